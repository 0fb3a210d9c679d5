"""The tile set: an 8×8 sprite and a plain colour for each symbol, drawn for this project.

The page gets these pixels (`Tiles.for_page`), so a level looks the same in a GIF and in the page.
"""

import functools

import numpy as np
import torch
from torch import Tensor

from vae_core.data import DataSpec

SIDE = 8

INKS = {
    ".": "d3e6f5", "g": "8f6f52", "G": "6d5139", "h": "b99670", "b": "b7583e", "m": "e6c1ae", "y": "f2b92d",
    "Y": "a8760f", "w": "ffffff", "k": "232c35", "t": "20907a", "T": "0f5c4d", "l": "6fd0b6", "p": "7c3a96",
    "P": "b581cb", "s": "a3acb4", "S": "5a646d", "u": "ab9362", "U": "786540",
}  # fmt: skip

ART = {
    "-": (".", ["........"] * 8),
    "X": ("g", ["hhhhhhhh", "hgggGggg", "gggGgggg", "gGgggggG", "ggggGggg", "gggggggg", "gGgggGgg", "GGGGGGGG"]),
    "S": ("b", ["bbbmbbbb", "bbbmbbbb", "mmmmmmmm", "bbbbbbbm", "bbbbbbbm", "mmmmmmmm", "bbbmbbbb", "mmmmmmmm"]),
    "?": ("y", ["YYYYYYYY", "YyywwyyY", "YywyywyY", "YyyywwyY", "YyyywyyY", "YyyyyyyY", "YyyywyyY", "YYYYYYYY"]),
    "Q": ("u", ["UUUUUUUU", "UuuuuuuU", "UuUuuUuU", "UuuuuuuU", "UuuuuuuU", "UuUuuUuU", "UuuuuuuU", "UUUUUUUU"]),
    "E": ("p", ["........", "..pppp..", ".pPPPPp.", ".pwkwkp.", ".pwkwkp.", ".pppppp.", "..p..p..", ".kk..kk."]),
    "o": ("Y", ["........", "..YYYY..", ".YyyyyY.", ".YywyyY.", ".YywyyY.", ".YyyyyY.", "..YYYY..", "........"]),
    "<": ("l", ["TTTTTTTT", "Tllttttt", "Tllttttt", "Tllttttt", "TTTTTTTT", ".Tlltttt", ".Tlltttt", ".Tlltttt"]),
    ">": ("T", ["TTTTTTTT", "ttttttTT", "ttttttTT", "ttttttTT", "TTTTTTTT", "tttttTT.", "tttttTT.", "tttttTT."]),
    "[": ("t", [".Tlltttt"] * 8),
    "]": ("t", ["tttttTT."] * 8),
    "B": ("k", ["SSSSSSSS", "SssssssS", "SskkkksS", "SskkkksS", "SssssssS", "SSSSSSSS", ".SssssS.", ".SssssS."]),
    "b": ("S", [".SssssS.", ".SssssS.", ".SssssS.", ".SssssS.", ".SssssS.", ".SssssS.", "SSSSSSSS", "SSSSSSSS"]),
}
"""For each symbol of the corpus: its plain colour and eight rows of inks."""

OTHERS = ("0072b2", "e69f00", "009e73", "d55e00", "cc79a7", "56b4e9", "8a7500", "5b4a9e", "7f7f7f", "8c3b00")
"""Backgrounds of symbols without a sprite, which show their character: Okabe & Ito's colours, extended."""


def _rgb(ink: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(ink))


def sprites(spec: DataSpec) -> Tensor:
    """Sprites uint8 [V, 8, 8, 3], in the order of `spec.symbols`."""
    return _sprites(spec.symbols, spec.symbol_roles)


def colors(spec: DataSpec) -> Tensor:
    """Plain colours uint8 [V, 3] for pictures with one pixel per tile, in the order of `spec.symbols`."""
    return _colors(spec.symbols, spec.symbol_roles)


@functools.lru_cache(maxsize=64)
def _sprites(symbols: tuple[str, ...], roles: tuple[str, ...]) -> Tensor:
    found = [_drawn(symbol) if symbol in ART else _written(symbol, i, roles) for i, symbol in enumerate(symbols)]
    return torch.from_numpy(np.stack(found))


@functools.lru_cache(maxsize=64)
def _colors(symbols: tuple[str, ...], roles: tuple[str, ...]) -> Tensor:
    found = [_rgb(INKS[ART[symbol][0]]) if symbol in ART else _ground(i, roles) for i, symbol in enumerate(symbols)]
    return torch.tensor(found, dtype=torch.uint8)


def _drawn(symbol: str) -> np.ndarray:
    return np.array([[_rgb(INKS[ink]) for ink in row] for row in ART[symbol][1]], dtype=np.uint8)


def _ground(index: int, roles: tuple[str, ...]) -> tuple[int, ...]:
    return _rgb(INKS["."]) if roles and roles[index] == "empty" else _rgb(OTHERS[index % len(OTHERS)])


def _written(symbol: str, index: int, roles: tuple[str, ...]) -> np.ndarray:
    """The character in white on its colour; an empty tile has no character."""
    from PIL import Image, ImageDraw, ImageFont  # only for levels of the user's own

    picture = Image.new("RGB", (SIDE, SIDE), _ground(index, roles))
    if not roles or roles[index] != "empty":
        text = symbol if symbol.isascii() else "?"
        ImageDraw.Draw(picture).text((1, -2), text, fill=(255, 255, 255), font=ImageFont.load_default_imagefont())
    return np.asarray(picture)
