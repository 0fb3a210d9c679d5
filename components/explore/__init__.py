"""Explore: sliders, pad and picture."""
