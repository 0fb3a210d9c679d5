"""Levels: one long level from a walk through latent space, whether it can be played, and what changes it."""
