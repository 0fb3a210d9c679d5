"""Kuzushiji-MNIST: ten cursive Japanese characters in MNIST's format, each with several old forms."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import binarise
from vae_core.datasets._sources.idx import Source, held_out_idx, load_idx
from vae_core.datasets._sources.one_class import learned_alone, one_class

SOURCE = Source(
    name="kmnist",
    title="Kuzushiji-MNIST",
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    sha256=(
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
)


@dataclass(frozen=True)
class Config:
    """The split is the published one."""

    title: ClassVar[str] = "Japanese characters"

    binarise: bool = binarise()
    one_class: int = one_class()


@DATASETS.register("kmnist", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Cursive Japanese characters, 28×28 grey: 60,000 to learn from, 10,000 held out (KMNIST).

    Clanuwat et al. 2018, ROIS-DS Center for Open Data in the Humanities, CC BY-SA 4.0; the classes are the romanised
    names of the hiragana. Files: see `vae_core.datasets._sources.idx`.
    """
    return learned_alone(load_idx(SOURCE, data_dir, config.binarise), config.one_class)


load.held_out = lambda config, data_dir: held_out_idx(SOURCE, data_dir, config.binarise)
