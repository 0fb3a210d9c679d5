"""Captions of photographs, the English side of Multi30k (Elliott et al. 2016)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.sentences import LENGTH_HELP, build, file_of, place_of, read_lines
from vae_core.errors import UserError

FOLDER, SOURCE = "multi30k", "https://github.com/multi30k/dataset (data/task1/raw)"
TRAIN, TEST = "train.en", "test_2016_flickr.en"


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Captions of photographs"
    kind: ClassVar[str] = "text"

    min_count: int = option(5, "Rarer words are unknown.", minimum=1, maximum=1000)
    max_symbols: int = option(24, LENGTH_HELP, minimum=4, maximum=256)


@DATASETS.register("captions", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """English captions of photographs: 29,000 to learn from, 1,000 held out (Multi30k).

    Elliott, Frank, Sima'an & Specia 2016, for research. Files: `multi30k/train.en` and `test_2016_flickr.en`, packed
    (.gz) or not, in `data_dir`. Lower-cased words and punctuation marks. UserError if a file is missing.
    """
    files = [file_of(data_dir, FOLDER, name) for name in (TRAIN, TEST)]
    if None in files:
        place = place_of(data_dir, FOLDER)
        raise UserError(f"The captions are not on this computer: place {TRAIN} and {TEST} from {SOURCE} in {place}.")
    train, test = ((lines, [0] * len(lines)) for lines in (read_lines(f, "Captions", SOURCE) for f in files if f))
    return build("captions", train, test, min_count=config.min_count, length=config.max_symbols)
