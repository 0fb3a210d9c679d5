"""Font files for the tests: TrueType, of characters made of blocks, and the one real typeface that Pillow brings."""

import struct
from collections.abc import Mapping
from pathlib import Path

from PIL import ImageFont

from vae_core.datasets._sources.typefaces import CHARACTERS

Box = tuple[int, int, int, int]  # left, bottom, right, top, in units of which an em has 1000

REAL = ImageFont.load_default(10).font_bytes
"""The file of Aileron Regular."""


def blocks(thick: int = 120, characters: str = CHARACTERS) -> dict[str, list[Box]]:
    """A design: each character is a stem and those of six blocks that its number's bits say."""
    found = {}
    for character in characters:
        number = CHARACTERS.index(character) + 1
        found[character] = [(0, 0, thick, 700)]
        for bit in range(6):
            if number >> bit & 1:
                left, bottom = 200 + 200 * (bit % 2), 250 * (bit // 2)
                found[character].append((left, bottom, left + thick, bottom + 200))
    return found


def truetype(family: str, glyphs: Mapping[str, list[Box]], missing: tuple[Box, ...] = ((50, 0, 550, 700),)) -> bytes:
    """A TrueType font of rectangles; `missing` is drawn for every character that it lacks."""
    drawn = [_glyph(missing), *(_glyph(boxes) for boxes in glyphs.values())]
    offsets = [sum(map(len, drawn[:i])) for i in range(len(drawn) + 1)]
    pairs = sorted((ord(character), i + 1) for i, character in enumerate(glyphs))
    groups = b"".join(struct.pack(">III", code, code, glyph) for code, glyph in pairs)
    mapping = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(pairs)) + groups
    name = family.encode("utf-16-be")
    head = (0x10000, 0x10000, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 1000, 1000, 0, 8, 2, 1, 0)
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12) + mapping,
        b"glyf": b"".join(drawn),
        b"head": struct.pack(">IIIIHHqqhhhhHHhhh", *head),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, 700, *[0] * 11, len(drawn)),
        b"hmtx": struct.pack(">Hh", 700, 0) * len(drawn),
        b"loca": struct.pack(f">{len(offsets)}I", *offsets),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, len(drawn), 64, 16, 0, 0, 1, *[0] * 8),
        b"name": struct.pack(">HHHHHHHHH", 0, 1, 18, 3, 1, 0x409, 1, len(name), 0) + name,
    }
    at, entries, content = 12 + 16 * len(tables), b"", b""
    for tag, table in tables.items():
        entries += tag + struct.pack(">III", 0, at + len(content), len(table))
        content += table + bytes(-len(table) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 0, 0, 0) + entries + content


def write_fonts(folder: Path) -> Path:
    """A folder of three designs, one of them in two cuts; returns it."""
    folder.mkdir(parents=True)
    (folder / "Aileron.ttf").write_bytes(REAL)
    for name, family, thick in (("Wall", "Wall", 120), ("Wall-Bold", "Wall", 180), ("Brick", "Brick", 60)):
        (folder / f"{name}.ttf").write_bytes(truetype(family, blocks(thick)))
    return folder


def _glyph(boxes: tuple[Box, ...] | list[Box]) -> bytes:
    if not boxes:
        return b""
    points = [(box[i], box[j]) for box in boxes for i, j in ((0, 1), (0, 3), (2, 3), (2, 1))]
    xs, ys = zip(*points, strict=True)
    content = struct.pack(">hhhhh", len(boxes), min(xs), min(ys), max(xs), max(ys))
    content += struct.pack(f">{len(boxes)}H", *(4 * i + 3 for i in range(len(boxes)))) + struct.pack(">H", 0)
    content += b"\x01" * len(points)
    for values in (xs, ys):
        content += struct.pack(f">{len(values)}h", *(b - a for a, b in zip((0, *values), values, strict=False)))
    return content + bytes(-len(content) % 4)
