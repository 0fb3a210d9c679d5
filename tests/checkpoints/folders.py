"""What the tests of checkpoints share."""

from vae_core import checkpoints

FILES = {*checkpoints.FILES, "manifest.json"}
"""The names of what a checkpoint's folder holds, and of nothing else."""
