"""Datasets, one per file. Add one: a file here with a frozen `Config` and a `load(config, data_dir) -> Data`,
registered with `@DATASETS.register("name", Config)`. Add `load.held_out(config, data_dir) -> Split | None` if the
held-out examples load faster than the whole dataset, or if `load` may download, and `load.first`, a line of text that
pages begin with. A dataset of another kind than images
names it in its Config: `kind: ClassVar[str] = "tiles"`; `title` there is what a person calls it,
`lines` where what is drawn stands."""

import os
from pathlib import Path
from typing import Any

from vae_core.data import Split
from vae_core.errors import UserError
from vae_core.registry import Registry

DATASETS = Registry("dataset", __name__)

DATA_DIR_VARIABLE = "LATENT_DATA_DIR"
PATH_HELP = "What you bring: a folder or zip file of images, one subfolder per class or none; or a text or CSV file."
"""Of the option `path`, which means the same for every dataset that has it."""


def default_data_dir() -> Path | None:
    """The folder with dataset files that $LATENT_DATA_DIR names; None if it is not set."""
    value = os.environ.get(DATA_DIR_VARIABLE)
    return Path(value) if value else None


def kind_name(config: Any) -> str:
    """The kind of data of a dataset, from its config's class alone; "image" unless the class sets `kind`."""
    return getattr(config if isinstance(config, type) else type(config), "kind", "image")


def title(config: Any) -> str:
    """What a person calls a dataset, from its config."""
    return getattr(config, "title", None) or DATASETS.of(config).name.replace("_", " ").capitalize()


def lines(config: Any) -> tuple[float, float] | None:
    """The lines between which most examples stand where they keep their place in the frame, as letters do: parts of its
    height from above. None: an example is centred on its ink."""
    return getattr(config, "lines", None)


def protocol(config: Any) -> str:
    """How a dataset's examples were prepared, where numbers of others do not compare: "binarised", or ""."""
    return "binarised" if getattr(config, "binarise", False) else ""


def held_out(config: Any, data_dir: Path | None = None) -> Split | None:
    """The held-out examples of a dataset; None if they are not on this computer or cannot be read."""
    load = DATASETS.of(config).build
    try:
        return load.held_out(config, data_dir) if hasattr(load, "held_out") else load(config, data_dir).test
    except (UserError, OSError):
        return None
