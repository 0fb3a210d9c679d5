"""The recurrent cells and their options."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from vae_core.config import option
from vae_core.networks._writing import word_dropout

CELLS: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@dataclass(frozen=True)
class RecurrentConfig:
    embedding: int = option(128, "Numbers that stand for one symbol.", minimum=1, maximum=1024)
    state: int = option(256, "Width of the recurrent layers.", minimum=1, maximum=2048)
    depth: int = option(1, "Layers, one above the other.", minimum=1, maximum=4)
    bidirectional: bool = option(False, "The encoder reads in both directions.")
    word_dropout: float = word_dropout()
