"""Sentences of film reviews with their polarity (Pang & Lee 2005)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.sentences import LENGTH_HELP, build, file_of, place_of, read_lines
from vae_core.errors import UserError

FOLDER, SOURCE = "rt_polarity", "https://www.cs.cornell.edu/people/pabo/movie-review-data"
CLASSES = ("negative", "positive")
FILES = ("neg", "pos")


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Film reviews"
    kind: ClassVar[str] = "text"

    min_count: int = option(3, "Rarer words are unknown.", minimum=1, maximum=1000)
    max_symbols: int = option(24, LENGTH_HELP, minimum=4, maximum=256)


@DATASETS.register("reviews", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Sentences of film reviews, negative and positive (sentence polarity dataset v1.0).

    Pang & Lee 2005, for research. Files: `rt_polarity/train.neg`, `train.pos`, `test.neg` and `test.pos`, a sentence a
    line, packed (.gz) or not, in `data_dir`. UserError if a file is missing.
    """
    parts = []
    for part in ("train", "test"):
        lines: list[str] = []
        labels: list[int] = []
        for label, name in enumerate(FILES):
            file = file_of(data_dir, FOLDER, f"{part}.{name}")
            if file is None:
                place = place_of(data_dir, FOLDER)
                raise UserError(
                    f"The reviews are not on this computer: place {part}.{name} in {place}; the sentences are those of "
                    f"the sentence polarity dataset v1.0 ({SOURCE})."
                )
            found = read_lines(file, "Reviews", SOURCE)
            lines += found
            labels += [label] * len(found)
        parts.append((lines, labels))
    train, test = parts
    # Class by class, a half of the held-out sentences would be of one class alone.
    order = torch.randperm(len(test[0]), generator=torch.Generator().manual_seed(0)).tolist()
    test = [test[0][i] for i in order], [test[1][i] for i in order]
    return build("reviews", train, test, min_count=config.min_count, length=config.max_symbols, classes=CLASSES)


load.first = "the plot is dull and the characters are flat."
