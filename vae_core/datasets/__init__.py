"""Datasets, one file each. Add one: a file here with a frozen `Config` and a `load(config, data_dir) -> Data`,
registered with `@DATASETS.register("name", Config)`. `load.held_out(config, data_dir) -> Split | None` is for those
whose held-out examples can be had sooner than the whole, or which would be downloaded. A dataset of another kind than
images says so in its Config: `kind: ClassVar[str] = "tiles"`."""

import os
from pathlib import Path
from typing import Any

from vae_core.data import Split
from vae_core.errors import UserError
from vae_core.registry import Registry

DATASETS = Registry("dataset", __name__)

DATA_DIR_VARIABLE = "LATENT_DATA_DIR"


def default_data_dir() -> Path | None:
    """The folder with dataset files that $LATENT_DATA_DIR names, if it names one."""
    value = os.environ.get(DATA_DIR_VARIABLE)
    return Path(value) if value else None


def kind_name(config: Any) -> str:
    """The kind of data of a dataset, from its config or the config's class: `kind = "tiles"` there, else "image"."""
    return getattr(config if isinstance(config, type) else type(config), "kind", "image")


def held_out(config: Any, data_dir: Path | None = None) -> Split | None:
    """The held-out examples of a dataset if they are on this computer; None if they are not, or cannot be read."""
    load = DATASETS.of(config).build
    try:
        return load.held_out(config, data_dir) if hasattr(load, "held_out") else load(config, data_dir).test
    except (UserError, OSError):
        return None
