"""Where things lie: the program, the models that come with it, and what people train."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS_VARIABLE = "LATENT_RUNS"
_PACKAGED = ROOT / "vae_core" / "_shipped"
INSTALLED = _PACKAGED.is_dir()
"""Whether this is an installed package, which contains the shipped checkpoints, or the repository."""
SHIPPED = _PACKAGED if INSTALLED else ROOT / "checkpoints"
SERIES = SHIPPED / "series"
"""Shipped models that mean something beside each other only: found by their names, and listed nowhere."""
RUNS = Path(os.environ.get(RUNS_VARIABLE) or ("runs" if INSTALLED else ROOT / "runs")).resolve()
