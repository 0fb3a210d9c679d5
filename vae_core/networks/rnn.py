"""Encoder and decoder of recurrent layers: plain recurrent network."""

from dataclasses import dataclass
from typing import ClassVar

from vae_core.networks import NETWORKS, Network, Sizes
from vae_core.networks._cells import RecurrentConfig
from vae_core.networks._recurrent import recurrent


@dataclass(frozen=True)
class Config(RecurrentConfig):
    title: ClassVar[str] = "Recurrent (RNN)"


@NETWORKS.register("rnn", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """A plain recurrent network (Elman 1990) reads and writes a sentence: it forgets sooner than the others."""
    return recurrent("rnn", config, sizes)
