"""Encoder and decoder of recurrent layers: long short-term memory."""

from dataclasses import dataclass
from typing import ClassVar

from vae_core.networks import NETWORKS, Network, Sizes
from vae_core.networks._cells import RecurrentConfig
from vae_core.networks._recurrent import recurrent


@dataclass(frozen=True)
class Config(RecurrentConfig):
    title: ClassVar[str] = "Recurrent (LSTM)"


@NETWORKS.register("lstm", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Long short-term memory (Hochreiter & Schmidhuber 1997) reads and writes a sentence (Bowman et al. 2016)."""
    return recurrent("lstm", config, sizes)
