"""Kinds of data: what an example is, how it is fed to a network, and what users may bring."""
