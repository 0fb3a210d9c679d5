"""Encoder and decoder of recurrent layers: gated recurrent units."""

from dataclasses import dataclass
from typing import ClassVar

from vae_core.networks import NETWORKS, Network, Sizes
from vae_core.networks._cells import RecurrentConfig
from vae_core.networks._recurrent import recurrent


@dataclass(frozen=True)
class Config(RecurrentConfig):
    title: ClassVar[str] = "Recurrent (GRU)"


@NETWORKS.register("gru", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Gated recurrent units (Cho et al. 2014) read and write a sentence word by word (Bowman et al. 2016)."""
    return recurrent("gru", config, sizes)
