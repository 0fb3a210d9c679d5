"""Datasets, one file each. Add one: a file here with a frozen `Config` and a `load(config, data_dir) -> Data`,
registered with `@DATASETS.register("name", Config)`."""

import os
from pathlib import Path

from vae_core.registry import Registry

DATASETS = Registry("dataset", __name__)

DATA_DIR_VARIABLE = "LATENT_DATA_DIR"


def default_data_dir() -> Path | None:
    """The folder with dataset files that $LATENT_DATA_DIR names, if it names one."""
    value = os.environ.get(DATA_DIR_VARIABLE)
    return Path(value) if value else None
