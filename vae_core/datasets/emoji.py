"""Emoji in colour, drawn from Google's font."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, features

from vae_core.config import option
from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.emoji_groups import ALIKE, GROUPS, code_points
from vae_core.datasets._sources.one_class import learned_alone, one_class
from vae_core.errors import UserError

FOLDER, FILE = "noto_emoji", "NotoColorEmoji.ttf"
SOURCE = "https://github.com/googlefonts/noto-emoji/tree/main/fonts"
CLASSES = tuple(GROUPS)
FLAGS = CLASSES.index("Flags")
BITMAPS = 109
"""The font's only size: its pictures are 136×128 pixels there."""
SIDE, TOP = 136, 4
SCALING = Image.Resampling.LANCZOS
HELD_OUT = 8
"""One in so many families of emoji that look alike is held out."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Emoji"

    image_size: int = option(64, "Width and height in pixels.", minimum=8, maximum=128)
    flags: bool = option(True, "Flags of countries too: letters in pairs, which take FriBiDi to join.")
    one_class: int = one_class()
    mirrored: bool = option(True, "Mirror every other picture of a batch, against memorising.")


@DATASETS.register("emoji", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Emoji in colour on white, 64×64, in the nine groups of Unicode; one in eight is held out.

    Noto Color Emoji (Google, SIL Open Font License 1.1): emoji of one character and flags of countries, 1,635 in all,
    of which those that look alike (clock faces, flags that two countries share) lie on one side of the split, which
    depends on the characters alone. Skin tones and other variants of the same emoji are left out. File:
    `NotoColorEmoji.ttf` in `data_dir/noto_emoji` or `data_dir`, or where the system keeps its fonts. UserError if it is
    not there, if it has no pictures in colour, and for flags if Pillow finds no FriBiDi.
    """
    spec = DataSpec("emoji", "image", (3, config.image_size, config.image_size), CLASSES)
    train, test = (_split(config, data_dir, held_out) for held_out in (False, True))
    return learned_alone(Data(spec, train, test, mirrored if config.mirrored else None), config.one_class)


load.held_out = lambda config, data_dir: _split(config, data_dir, True)


def mirrored(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Pictures [B, C, H, W], each with probability ½ seen in a mirror."""
    turned = torch.rand(len(x), generator=generator) < 0.5
    return torch.where(turned.to(x.device)[:, None, None, None], x.flip(3), x)


def is_held_out(text: str) -> bool:
    """Whether an emoji is held out: by the checksum of the first of those that it looks like, the same everywhere."""
    return zlib.crc32(_FIRST.get(text, text).encode()) % HELD_OUT == 0


def flag(letters: str) -> str:
    """The emoji of a country's two letters: "DE" -> two regional indicators."""
    return "".join(chr(0x1F1E6 + ascii_uppercase.index(letter)) for letter in letters)


def _first_of_alike() -> dict[str, str]:
    found: dict[str, str] = {}
    for family in ALIKE.split():
        step = 2 if family.isascii() else 1
        members = [family[i : i + step] for i in range(0, len(family), step)]
        texts = [flag(member) for member in members] if step == 2 else members
        found |= dict.fromkeys(texts, texts[0])
    return found


_FIRST = _first_of_alike()


def _split(config: Config, data_dir: Path | None, held_out: bool) -> Split:
    draw, is_joined = _pen(data_dir, config)
    emoji = [(chr(point), label) for label, group in enumerate(CLASSES) for point in code_points(group)]
    if config.flags:
        pairs = (flag("".join(pair)) for pair in product(ascii_uppercase, repeat=2))
        emoji += [(text, FLAGS) for text in pairs if is_joined(text)]
    # Mixed, but alike on every computer: the first few then show every group.
    emoji.sort(key=lambda each: zlib.crc32(each[0].encode()))
    # What a font shows for a character that it lacks, and for a flag: ZZ will be no country's.
    nothing = {draw(text).tobytes() for text in ("\U0010ffff", flag("ZZ"))}
    pictures, labels = [], []
    for text, label in emoji:
        if is_held_out(text) == held_out and (drawn := draw(text)).tobytes() not in nothing:
            pictures.append(np.asarray(drawn.resize((config.image_size, config.image_size), SCALING)))
            labels.append(label)
    if not any((picture != picture[..., :1]).any() for picture in pictures):
        raise UserError(f"The font has no pictures in colour that can be drawn: get {FILE} from {SOURCE}.")
    return Split(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))


def _pen(data_dir: Path | None, config: Config) -> tuple[Callable[[str], Image.Image], Callable[[str], bool]]:
    """What draws a text, and what says whether the font joins its characters into one picture."""
    if config.flags and not features.check("raqm"):
        raise UserError(
            "Pillow finds no FriBiDi on this computer, which joins the letters of flags: install it "
            "(libfribidi), or leave the flags out (--no-flags)."
        )
    path = _font(data_dir)

    def opened(layout: Any) -> Any:
        try:
            return ImageFont.truetype(path, BITMAPS, layout_engine=layout)
        except OSError as error:
            if path == FILE:  # not among the system's fonts either
                raise _missing(data_dir) from None
            raise UserError(f"{path} cannot be drawn from ({error}): get {FILE} from {SOURCE}.") from None

    single = opened(ImageFont.Layout.BASIC)
    pairs = opened(ImageFont.Layout.RAQM) if config.flags else single

    def draw(text: str) -> Image.Image:
        image = Image.new("RGB", (SIDE, SIDE), "white")
        font = single if len(text) == 1 else pairs
        ImageDraw.Draw(image).text((0, TOP), text, font=font, embedded_color=True)
        return image

    return draw, lambda text: pairs.getlength(text) < 1.5 * pairs.getlength(text[:1])


def _font(data_dir: Path | None) -> str:
    """The font's file; its bare name, for which Pillow searches the system's fonts, if the data folder has none."""
    for folder in () if data_dir is None else (data_dir / FOLDER, data_dir):
        if (folder / FILE).is_file():
            return str(folder / FILE)
    return FILE


def _missing(data_dir: Path | None) -> UserError:
    place = data_dir / FOLDER if data_dir else f"a folder {FOLDER} in the data folder (--data-dir)"
    return UserError(
        f"The font of the emoji is not on this computer: get {FILE} from {SOURCE} and place it in {place}."
    )
