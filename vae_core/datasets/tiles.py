"""The user's own levels: a folder of text files, one character per tile."""

import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from vae_core.config import option
from vae_core.data import Data, DataSpec
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.level_windows import splicing, split_of, windows
from vae_core.errors import UserError
from vae_core.kinds.tiles import MAX_SYMBOLS, corpus
from vae_core.kinds.tiles.measures import FACTORS

MAX_FILES, MAX_WINDOWS, MAX_TILES = 2000, 200_000, 50_000_000
"""The tiles are those of all windows together, a byte each."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Own levels"
    kind: ClassVar[str] = "tiles"

    level_path: str = option("", "Folder of text files, one level per file, one character per tile.", place=True)
    level_columns: int = option(16, "Width of a window in tiles; narrower levels are skipped.", minimum=4, maximum=64)
    solid: str = option("", "Characters of solid tiles, beside those of The Video Game Level Corpus.")
    held_out_share: float = option(0.2, "Share of held-out levels.", minimum=0.05, maximum=0.5)
    level_splice: float = option(
        0.7, "Probability that a window in a batch continues as another one from a random column.", minimum=0, maximum=1
    )
    level_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("tiles", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Your own levels, a folder of text files with one character per tile; whole levels are held out.

    Every text file in the folder is a level; all must have the same number of rows. The symbols are those that occur,
    the most frequent first; that one counts as empty unless the corpus knows it. Windows are one column apart. Of a
    single level the last part is held out. A relative `level_path` is resolved here, then in `data_dir`. UserError if
    the folder is missing or holds no levels, and for a file that is not a level.
    """
    folder = _folder(config.level_path, data_dir)
    return read(config, folder, f"The folder {folder}")


def read(config: Config, folder: Path, called: str) -> Data:
    """The levels in a folder, which messages call `called`. UserError as for `load`."""
    rows = {path: corpus.rows_of(_content(path), path.name) for path in _files(folder, called)}
    by_height = {len(level): path.name for path, level in rows.items()}
    if len(by_height) > 1:
        some = " and ".join(f"{name} has {n}" for n, name in list(by_height.items())[:2])
        raise UserError(f"{called} holds levels of different numbers of rows: {some}.")
    heights = by_height
    counts = Counter(symbol for level in rows.values() for row in level for symbol in row)
    symbols = tuple(symbol for symbol, _ in counts.most_common())
    if not 2 <= len(symbols) <= MAX_SYMBOLS:
        path = max(rows, key=lambda path: len(set().union(*rows[path])))
        raise UserError(
            f"{called} holds levels of {len(symbols):,} different tiles together, {path.name} most of them; 2 to "
            f"{MAX_SYMBOLS} are allowed."
        )
    levels = [_ids(level, symbols) for level in rows.values() if len(level[0]) >= config.level_columns]
    if not levels:
        raise UserError(f"{called} holds no level that is {config.level_columns} tiles wide: take narrower windows.")
    names, roles = corpus.named(symbols, config.solid)
    spec = DataSpec("tiles", "tiles", (*heights, config.level_columns), (), FACTORS, symbols, names, roles)
    n_windows = sum(level.shape[1] - config.level_columns + 1 for level in levels)
    most = min(MAX_WINDOWS, MAX_TILES // math.prod(spec.shape))
    if n_windows > most:  # before they take memory
        raise UserError(f"{called} gives {n_windows:,} windows, of which {most:,} are the limit: take fewer levels.")
    train, test = _divided(levels, config)
    augment = splicing(spec, train, config.level_splice) if config.level_splice else None
    return Data(spec, split_of(train, spec), split_of(test, spec), augment)


def _divided(levels: list[torch.Tensor], config: Config) -> tuple[torch.Tensor, torch.Tensor]:
    """Training and held-out windows, from different levels or from two parts of a single one."""
    width = config.level_columns
    if len(levels) == 1:
        (level,) = levels
        cut = level.shape[1] - max(width, round(level.shape[1] * config.held_out_share))
        if cut < width:
            raise UserError(f"A single level must be at least {2 * width} tiles wide, so that a part can be held out.")
        parts = [level[:, :cut]], [level[:, cut:]]
    else:
        order = torch.randperm(len(levels), generator=torch.Generator().manual_seed(config.level_seed)).tolist()
        n_test = min(max(1, round(len(levels) * config.held_out_share)), len(levels) - 1)
        parts = [levels[i] for i in sorted(order[n_test:])], [levels[i] for i in sorted(order[:n_test])]
    train, test = (torch.cat([windows(level, width) for level in part]) for part in parts)
    return train, test


def _ids(rows: list[str], symbols: tuple[str, ...]) -> torch.Tensor:
    ids = {symbol: index for index, symbol in enumerate(symbols)}
    return torch.tensor([[ids[symbol] for symbol in row] for row in rows], dtype=torch.uint8)


def _folder(path: str, data_dir: Path | None) -> Path:
    if not path.strip():
        raise UserError("Say which folder holds the levels: the option level_path is empty.")
    given = Path(os.path.expanduser(path))
    for place in [given] if data_dir is None else [given, data_dir / given]:
        if place.is_dir():
            return place
    raise UserError(f"There is no folder {given}.")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(corpus.MAX_BYTES + 1)  # one more than is allowed says that it is too large
    except OSError as error:
        raise UserError(f"{path.name} cannot be read: {error.strerror}.") from None


def _files(folder: Path, called: str) -> list[Path]:
    found = sorted(path for path in folder.glob("*.txt") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise UserError(f"{called} holds no text files (NAME.txt), one level each.")
    if len(found) > MAX_FILES:
        raise UserError(f"{called} holds more than {MAX_FILES:,} levels, which is the limit.")
    return found
