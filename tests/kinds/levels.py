"""Levels that tests write down as text."""

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.tiles import corpus

SYMBOLS = tuple(corpus.KNOWN)
NAMES, ROLES = corpus.named(SYMBOLS)


def spec_of(rows: int, columns: int) -> DataSpec:
    return DataSpec("levels", "tiles", (rows, columns), (), (), SYMBOLS, NAMES, ROLES)


def level(text: str) -> tuple[Tensor, DataSpec]:
    """Symbol ids int64 [rows, columns] of a level written as rows between blanks, and its spec."""
    rows = text.split()
    tiles = torch.tensor([[SYMBOLS.index(symbol) for symbol in row] for row in rows])
    return tiles, spec_of(*tiles.shape)


def written(tiles: Tensor) -> list[str]:
    return corpus.as_text(tiles, SYMBOLS).split()
