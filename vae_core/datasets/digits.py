"""The small digits that ship with scikit-learn: a dataset that needs no files and no network."""

import gzip
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from vae_core.config import option
from vae_core.data import Data, DataSpec, split_at_random
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import binarise, binarised
from vae_core.datasets._sources.one_class import learned_alone, one_class


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Small handwritten digits"

    test_fraction: float = option(0.2, "Share of held-out examples.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)
    binarise: bool = binarise()
    one_class: int = one_class()


@DATASETS.register("digits", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Handwritten digits, 8×8 grey, from scikit-learn: always available offline.

    1,797 images (Alpaydin & Kaynak 1998, the test part of UCI's "Optical Recognition of Handwritten Digits"), whose
    17 grey levels 0..16 are scaled to 0..255. `data_dir` is not used.
    """
    table = torch.from_numpy(_table())
    x = table[:, :-1].mul(255 / 16).round().to(torch.uint8).view(-1, 1, 8, 8)
    y = table[:, -1].long()
    train, test = split_at_random(x, y, config.test_fraction, config.split_seed)
    data = Data(DataSpec("digits", "image", (1, 8, 8), tuple("0123456789")), train, test)
    return learned_alone(binarised(data) if config.binarise else data, config.one_class)


def _table() -> np.ndarray:
    """The file of scikit-learn's `load_digits`, one row per image: 64 grey levels and the class. Reading it here avoids
    the import of scikit-learn, which takes longer than the first epochs of the default training."""
    sklearn = find_spec("sklearn")
    assert sklearn is not None and sklearn.submodule_search_locations is not None, "scikit-learn is a dependency"
    (folder,) = sklearn.submodule_search_locations
    with gzip.open(Path(folder, "datasets", "data", "digits.csv.gz"), "rt", encoding="ascii") as file:
        return np.loadtxt(file, delimiter=",")
