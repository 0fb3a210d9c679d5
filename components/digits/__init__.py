"""Digits: one style for every class of a conditional model."""
