"""Characters drawn in typefaces: from a folder of font files, which may hold anything, or from one file of pictures."""

import logging
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFont

from vae_core.errors import UserError

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIDE = 32
INK = 28
"""Pixels of the frame that a typeface fills: all its characters together are as tall or as wide as that."""
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
MAX_FILES, MAX_FACES, MAX_FILE_BYTES, MAX_TYPEFACES = 5000, 20, 40_000_000, 4000
"""Of a folder's files, the typefaces in one of them, its size, and the typefaces that are read in all."""
LEAST_DIFFERENT = 30
"""Different pictures among the characters: a typeface that writes capitals for small letters still has 36."""
_FINE = 4  # a character is drawn so many times larger, and reduced
_DRAFT = 96  # pixels an em of the drawing by which a typeface is measured
_MOST = 8 * _DRAFT  # pixels a side: nothing larger is drawn, or a file of a few bytes could take all the memory
_MISSING = "\uffff"  # no character, and never one: a font draws it as all that it lacks

log = logging.getLogger(__name__)


class Unusable(Exception):
    """Why a typeface is left out, in words that go on from its name."""


@dataclass(frozen=True)
class Typefaces:
    """Pictures uint8 [N, K, 32, 32] of K characters in N typefaces, light on dark, each typeface's `names` and
    `families`: those of one family are cuts of the same design, such as its bold and its italic."""

    pictures: np.ndarray
    names: list[str]
    families: list[str]

    def __len__(self) -> int:
        return len(self.names)


def drawn(folder: Path) -> Typefaces:
    """The typefaces of the font files in `folder` and below: each on one baseline, its characters centred, and all of
    them scaled alike. What cannot be used is left out and logged. UserError if nothing can be used, or for more files
    than are read."""
    pictures: list[np.ndarray] = []
    names: list[str] = []
    families: list[str] = []
    left_out: list[str] = []
    for path in _files(folder):
        called = str(path.relative_to(folder))
        try:
            for number, (family, picture) in enumerate(_faces(path)):
                if len(pictures) == MAX_TYPEFACES:
                    raise UserError(f"{folder} holds more than {MAX_TYPEFACES:,} typefaces, which is the limit.")
                names.append(called if number == 0 else f"{called} ({number + 1})")
                families.append(family)
                pictures.append(picture)
        except Unusable as error:
            left_out.append(f"{called} {error}")
    if left_out:
        more = f"; and {len(left_out) - 5:,} more" if len(left_out) > 5 else ""
        log.warning("%s: left out %s%s.", folder, "; ".join(left_out[:5]), more)
    if not pictures:
        found = f": {left_out[0]}" if left_out else ""
        raise UserError(
            f"{folder} holds no typeface with the digits and the Latin letters in a file of type "
            f"{' or '.join(SUFFIXES)}{found}."
        )
    return Typefaces(np.stack(pictures), names, families)


def stored(path: Path) -> Typefaces:
    """The typefaces of a NumPy archive: `images` uint8 [N, 62, 32, 32], `characters`, `fonts`; UserError if it is
    none."""
    try:
        with np.load(path, allow_pickle=False) as found:
            pictures, fonts = found["images"], [str(name) for name in found["fonts"]]
            characters = "".join(str(each) for each in found["characters"])
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read ({error}): replace it by a fresh copy.") from None
    if characters != CHARACTERS or pictures.dtype != np.uint8:
        raise UserError(f"{path} does not hold pictures of the {len(CHARACTERS)} characters {CHARACTERS}.")
    if pictures.shape != (len(fonts), len(CHARACTERS), SIDE, SIDE):
        raise UserError(
            f"{path} holds pictures of shape {pictures.shape}, not {SIDE}×{SIDE} of {len(fonts)} typefaces."
        )
    usable = [i for i, each in enumerate(pictures) if _different(each) >= LEAST_DIFFERENT]
    names = [fonts[i] for i in usable]
    return Typefaces(pictures[usable], names, [re.sub("[-_][^/]*$", "", name) for name in names])


def designs(typefaces: Typefaces) -> list[list[int]]:
    """Which typefaces belong together: those of a family, and those that have a picture in common; in order."""
    parent = list(range(len(typefaces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str | bytes, int] = {}
    for i, (family, pictures) in enumerate(zip(typefaces.families, typefaces.pictures, strict=True)):
        for key in (family, *(picture.tobytes() for picture in pictures)):
            parent[root(i)] = root(first.setdefault(key, i))
    found: dict[int, list[int]] = {}
    for i in range(len(typefaces)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = sorted(name for name in files if name.lower().endswith(SUFFIXES) and not name.startswith("."))
        found += [Path(place) / name for name in names]
        if len(found) > MAX_FILES:
            raise UserError(f"{folder} holds more than {MAX_FILES:,} font files, which is the limit.")
    return found


def _faces(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Family and pictures [62, 32, 32] of each typeface in a file. Unusable at the first that cannot be used."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Unusable(f"is larger than {MAX_FILE_BYTES // 10**6} MB")
        for number in range(MAX_FACES if path.suffix.lower() in (".ttc", ".otc") else 1):
            try:
                draft = _font(path, _DRAFT, number)
            except OSError:
                if number == 0:
                    raise
                return  # the file holds no further one
            yield str(draft.getname()[0] or path.stem), _pictures(path, number, draft)
    except (OSError, ValueError, MemoryError, OverflowError) as error:  # FreeType's, of damaged files
        raise Unusable(f"is damaged or no font ({error or type(error).__name__})") from None


def _font(path: Path, size: float, number: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=number, layout_engine=ImageFont.Layout.BASIC)


def _pictures(path: Path, number: int, draft: ImageFont.FreeTypeFont) -> np.ndarray:
    missing = _draft(draft, _MISSING)[1]
    boxes = []
    for character in CHARACTERS:
        box, ink = _draft(draft, character)
        if not any(ink):
            raise Unusable(f"draws nothing for {character}")
        if ink == missing:
            raise Unusable(f"lacks {character}")
        boxes.append(box)
    lefts, tops, rights, bottoms = np.array(boxes).T
    top, bottom, width = tops.min(), bottoms.max(), (rights - lefts).max()
    font = _font(path, _DRAFT * _FINE * INK / max(bottom - top, width), number)
    scale = font.size / _DRAFT
    # The tallest and the lowest stroke lie as far from the frame as each other.
    baseline = _FINE * SIDE / 2 - scale * (top + bottom) / 2
    pictures = np.stack([_picture(font, character, baseline) for character in CHARACTERS])
    if _different(pictures) < LEAST_DIFFERENT:
        raise Unusable("draws different characters alike")
    return pictures


def _draft(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[float, float, float, float], bytes]:
    """The box of a character around its origin, and its pixels. Unusable if it is many times larger than the others of
    any typeface."""
    left, top, right, bottom = font.getbbox(character, anchor="ls")
    if right - left > _MOST or bottom - top > _MOST:
        raise Unusable("draws characters many times as large as it says")
    return (left, top, right, bottom), bytes(font.getmask(character))


def _picture(font: ImageFont.FreeTypeFont, character: str, baseline: float) -> np.ndarray:
    """A character, centred on its ink, uint8 [32, 32]."""
    mask, offset = font.getmask2(character, mode="L", anchor="ls")
    light = Image.frombytes("L", mask.size, bytes(mask))
    frame = Image.new("L", (_FINE * SIDE, _FINE * SIDE))
    frame.paste(light, ((frame.width - light.width) // 2, round(baseline + offset[1])))
    return np.asarray(frame.reduce(_FINE))


def _different(pictures: np.ndarray) -> int:
    return len({picture.tobytes() for picture in pictures})
