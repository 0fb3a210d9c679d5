"""The small digits that come with scikit-learn: a dataset that needs no files and no network."""

from dataclasses import dataclass
from pathlib import Path

import torch
from sklearn.datasets import load_digits

from vae_core.config import option
from vae_core.data import Data, DataSpec, split_at_random
from vae_core.datasets import DATASETS


@dataclass(frozen=True)
class Config:
    test_fraction: float = option(0.2, "Share of the images that is held out.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("digits", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Handwritten digits, 8×8 grey, from scikit-learn: always there, offline.

    1,797 images (Alpaydin & Kaynak 1998, the test part of UCI's "Optical Recognition of Handwritten Digits"), whose
    17 grey levels 0..16 are spread over 0..255. `data_dir` is not used.
    """
    digits = load_digits()
    x = torch.from_numpy(digits.images).mul(255 / 16).round().to(torch.uint8).unsqueeze(1)  # [N, 1, 8, 8]
    y = torch.from_numpy(digits.target).long()
    train, test = split_at_random(x, y, config.test_fraction, config.split_seed)
    return Data(DataSpec("digits", "image", (1, 8, 8), tuple("0123456789")), train, test)
