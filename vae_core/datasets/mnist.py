"""MNIST, the handwritten digits that most papers on VAEs begin with."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import binarise
from vae_core.datasets._sources.idx import Source, held_out_idx, load_idx
from vae_core.datasets._sources.one_class import learned_alone, one_class

SOURCE = Source(
    name="mnist",
    title="MNIST",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    sha256=(
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    classes=tuple("0123456789"),
)


@dataclass(frozen=True)
class Config:
    """The split is the published one."""

    title: ClassVar[str] = "Handwritten digits"

    binarise: bool = binarise()
    one_class: int = one_class()


@DATASETS.register("mnist", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Handwritten digits, 28×28 grey: 60,000 to learn from, 10,000 held out (MNIST).

    LeCun, Cortes & Burges 1998, CC BY-SA 3.0. Files: see `vae_core.datasets._sources.idx`.
    """
    return learned_alone(load_idx(SOURCE, data_dir, config.binarise), config.one_class)


load.held_out = lambda config, data_dir: held_out_idx(SOURCE, data_dir, config.binarise)
