"""Levels of Super Mario Bros. as tiles, from The Video Game Level Corpus (Summerville et al. 2016)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.level_windows import splicing, split_of, windows
from vae_core.errors import UserError
from vae_core.kinds.tiles import corpus
from vae_core.kinds.tiles.measures import FACTORS

FOLDER = "mario_levels"
HELD_OUT = ("4-1", "6-3")
TRAINED_ON = ("1-1", "1-2", "1-3", "2-1", "3-1", "3-3", "4-2", "5-1", "5-3", "6-1", "6-2", "7-1", "8-1")
ROWS = 14
SYMBOLS = tuple(corpus.KNOWN)
SOURCE = "https://github.com/TheVGLC/TheVGLC"


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Super Mario levels"
    kind: ClassVar[str] = "tiles"

    columns: int = option(16, "Width of a window in tiles.", minimum=8, maximum=64)
    splice: float = option(
        0.7,
        "Probability that a window in a batch continues as another one from a random column, against memorising.",
        minimum=0,
        maximum=1,
    )


@DATASETS.register("levels", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Levels of Super Mario Bros. in windows of 14 × 16 tiles, two of 15 levels held out.

    The Video Game Level Corpus (Summerville, Snodgrass, Mateas & Ontañón 2016), MIT licence; levels 4-1 and 6-3 are
    held out. Files: `mario_levels/mario-1-1.txt` … in `data_dir`. Factors: linearity, leniency, density and counts
    (`vae_core.kinds.tiles.measures`). UserError if a file is missing or is not such a level.
    """
    folder = folder_of(data_dir)
    spec = level_spec(config)
    train = torch.cat([windows(level(folder, name), config.columns) for name in TRAINED_ON])
    augment = splicing(spec, train, config.splice) if config.splice else None
    return Data(spec, split_of(train, spec), _held_out(folder, spec), augment)


def level_spec(config: Config) -> DataSpec:
    names, roles = corpus.named(SYMBOLS)
    shape = (ROWS, config.columns)
    return DataSpec("levels", "tiles", shape, (), FACTORS, SYMBOLS, names, roles)


def held_out(config: Config, data_dir: Path | None) -> Split | None:
    """The windows of the held-out levels; None if the files are not on this computer or are broken."""
    try:
        return _held_out(folder_of(data_dir), level_spec(config))
    except UserError:
        return None


load.held_out = held_out


def level(folder: Path, name: str) -> Tensor:
    """A whole level, uint8 [14, columns]. UserError if its file is missing or is not such a level."""
    path = folder / f"mario-{name}.txt"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): get it from {SOURCE}.") from None
    found = corpus.read_text(content, SYMBOLS, str(path))
    if len(found) != ROWS:
        raise UserError(f"{path} has {len(found)} rows instead of {ROWS}.")
    return found.to(torch.uint8)


def _held_out(folder: Path, spec: DataSpec) -> Split:
    return split_of(torch.cat([windows(level(folder, name), spec.shape[1]) for name in HELD_OUT]), spec)


def folder_of(data_dir: Path | None) -> Path:
    """Where the corpus's files lie. UserError if they are not on this computer."""
    for folder in () if data_dir is None else (data_dir / FOLDER, data_dir):
        if (folder / "mario-1-1.txt").is_file():
            return folder
    place = f"{data_dir / FOLDER}" if data_dir else f"a folder {FOLDER} in the data folder (--data-dir)"
    raise UserError(
        f"The levels are not on this computer: get the processed Super Mario Bros. levels from {SOURCE} and place "
        f"mario-1-1.txt and the others in {place}."
    )
