"""Chorales: how well unseen ones are modelled, beside what needs no network."""
