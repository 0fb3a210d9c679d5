"""Fashion-MNIST: clothes in MNIST's format, more varied than digits and harder to classify."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import binarise
from vae_core.datasets._sources.idx import Source, held_out_idx, load_idx
from vae_core.datasets._sources.one_class import learned_alone, one_class

SOURCE = Source(
    name="fashion_mnist",
    title="Fashion-MNIST",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    sha256=(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)


@dataclass(frozen=True)
class Config:
    """The split is the published one."""

    title: ClassVar[str] = "Clothes and shoes"

    binarise: bool = binarise()
    one_class: int = one_class()


@DATASETS.register("fashion_mnist", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Clothes and shoes, 28×28 grey: 60,000 for training, 10,000 held out (Fashion-MNIST).

    Xiao, Rasul & Vollgraf 2017, MIT licence. Files: see `vae_core.datasets._sources.idx`.
    """
    return learned_alone(load_idx(SOURCE, data_dir, config.binarise), config.one_class)


load.held_out = lambda config, data_dir: held_out_idx(SOURCE, data_dir, config.binarise)
