"""Letters and digits in many typefaces: what a character is stands apart from the style it is drawn in."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from vae_core.config import option
from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.typefaces import CHARACTERS, SIDE, Typefaces, designs, drawn, stored
from vae_core.errors import UserError

FILE = "letters/letters.npz"


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Letters in many typefaces"
    lines: ClassVar[tuple[float, float]] = (0.09, 0.73)

    fonts: str = option(
        "",
        "Folder of font files (TTF, OTF, TTC) to draw the letters from; empty: letters/letters.npz in the data folder.",
        place=True,
    )
    test_fraction: float = option(0.1, "Share of held-out examples.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("letters", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Letters and digits, 32×32 grey, in hundreds of typefaces, of which whole designs are held out.

    62 characters (0–9, A–Z, a–z), light on dark, on one baseline, as large as the typeface's tallest and widest
    characters allow. Typefaces of one family, or with a picture in common, lie in the same part, so that no held-out
    style was seen. From the font files in `fonts` and below it, at most 4,000 typefaces; a relative path is searched
    for in the current folder, then in `data_dir`. A typeface that lacks a character, or draws a box or nothing for it,
    is left out and logged. Without `fonts`: `letters/letters.npz` in `data_dir`, with `images` uint8 [N, 62, 32, 32],
    `characters` and `fonts`. UserError if the files are missing or are of a single design.
    """
    typefaces = drawn(_folder(config.fonts, data_dir)) if config.fonts.strip() else stored(_file(data_dir))
    groups = designs(typefaces)
    if len(groups) < 2:
        raise UserError(
            f"{config.fonts or FILE} holds {len(typefaces)} usable typefaces of a single design: at least two designs "
            "are needed, one to learn from and one to hold out."
        )
    generator = torch.Generator().manual_seed(config.split_seed)
    order = torch.randperm(len(groups), generator=generator).tolist()
    test: list[int] = []
    while len(test) < config.test_fraction * len(typefaces) and len(order) > 1:
        test += groups[order.pop()]
    train = [i for group in order for i in groups[group]]
    spec = DataSpec("letters", "image", (1, SIDE, SIDE), tuple(CHARACTERS))
    return Data(spec, _split(typefaces, sorted(train), generator), _split(typefaces, sorted(test), generator))


def _split(typefaces: Typefaces, chosen: list[int], generator: torch.Generator) -> Split:
    """Every character of the chosen typefaces. Each 62 examples hold each character once, from as many typefaces as
    there are: what looks at the first few sees all classes and many styles."""
    n, k = len(chosen), len(CHARACTERS)
    rows = torch.tensor(chosen)[torch.randperm(n, generator=generator)]
    y = torch.stack([torch.randperm(k, generator=generator) for _ in range(n)])  # [n, 62]
    typeface = rows[(torch.arange(n)[:, None] + y) % n]  # each with each character once
    x = typefaces.pictures[typeface.flatten().numpy(), y.flatten().numpy()]
    return Split(torch.from_numpy(np.ascontiguousarray(x[:, None])), y.flatten())


def by_typeface(split: Split) -> torch.Tensor:
    """The pictures of a part of the dataset, uint8 [typefaces, 62, 1, 32, 32], characters in their classes' order."""
    k = len(CHARACTERS)
    n = len(split) // k
    order = split.y.view(n, k).argsort(1)  # where each character stands in its stretch
    pictures = split.x.view(n, k, *split.x.shape[1:])[torch.arange(n)[:, None], order]
    typeface = torch.arange(n)[:, None]
    return pictures[(typeface - torch.arange(k)) % n, torch.arange(k)]


def _folder(path: str, data_dir: Path | None) -> Path:
    given = Path(os.path.expanduser(path))
    for place in [given] if data_dir is None else [given, data_dir / given]:
        if place.is_dir():
            return place
    raise UserError(f"There is no folder {given} of font files.")


def _file(data_dir: Path | None) -> Path:
    for place in () if data_dir is None else (data_dir / FILE, data_dir / Path(FILE).name):
        if place.is_file():
            return place
    where = f"{data_dir / FILE}" if data_dir else f"{FILE} in the data folder (--data-dir)"
    raise UserError(f"The letters are not on this computer ({where}): name a folder of font files with --fonts.")
