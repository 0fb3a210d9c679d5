"""Reconstruct: what a model keeps of a picture."""
