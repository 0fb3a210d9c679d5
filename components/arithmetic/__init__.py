"""Arithmetic: between pictures, concept vectors and analogies."""
