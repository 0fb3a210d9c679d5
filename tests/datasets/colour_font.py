"""A small font of pictures in colour, in the tables of OpenType that Noto Color Emoji has (CBDT, CBLC, GSUB).

https://learn.microsoft.com/typography/opentype/spec/cbdt and its neighbours say what each number is.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.datasets.files import encoded

WIDTH, HEIGHT, ASCENT, PPEM, EM = 136, 128, 101, 109, 2048
ADVANCE = round(WIDTH * EM / PPEM)


def glyph(seed: int, grey: bool = False) -> Image.Image:
    """A picture of 4×4 random squares around a transparent middle, in colour or grey."""
    squares = np.random.default_rng(seed).integers(0, 256, (4, 4, 4), dtype=np.uint8)
    squares[..., 3] = 255
    squares[1:3, 1:3, 3] = 0
    if grey:
        squares[..., 1] = squares[..., 2] = squares[..., 0]
    return Image.fromarray(squares).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)


def write_font(path: Path, pictures: Mapping[str, Image.Image]) -> Path:
    """A font with a picture for each text: a character, or several that are joined. Returns its path."""
    joined = [text for text in pictures if len(text) > 1]
    parts = {character for text in joined for character in text}
    characters = sorted(({text for text in pictures if len(text) == 1} | parts), key=ord)
    order = [*characters, *joined]
    index = {text: i + 1 for i, text in enumerate(order)}  # glyph 0 stands for what is missing
    drawn = [encoded(pictures[text] if text in pictures else Image.new("RGBA", (WIDTH, HEIGHT))) for text in order]
    bitmaps, places = _bitmaps(drawn)
    tables = {
        "CBDT": bitmaps,
        "CBLC": places,
        "GSUB": _ligatures([(tuple(index[each] for each in text), index[text]) for text in joined]),
        "cmap": _characters([ord(each) for each in characters]),
        "head": struct.pack(">4I2H2q4h2H3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, EM, EM, 0, 8, 2, 0, 0),
        "hhea": struct.pack(">I3hH11hH", 0x10000, 1900, -500, 0, ADVANCE, *[0] * 11, 1),
        "hmtx": struct.pack(f">H{len(order) + 1}h", ADVANCE, *[0] * (len(order) + 1)),
        "maxp": struct.pack(">IH", 0x5000, len(order) + 1),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file(tables))
    return path


def _file(tables: Mapping[str, bytes]) -> bytes:
    at, head, body = 12 + 16 * len(tables), struct.pack(">I4H", 0x10000, len(tables), 0, 0, 0), b""
    for tag, content in sorted(tables.items()):
        head += tag.encode() + struct.pack(">3I", 0, at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    return head + body


def _bitmaps(pngs: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The pictures, each with its place on the line (format 17), and where each begins (format 1)."""
    blocks = [struct.pack(">BBbbBI", HEIGHT, WIDTH, 0, ASCENT, WIDTH, len(png)) + png for png in pngs]
    offsets = np.cumsum([0, *map(len, blocks)]).tolist()
    n = len(blocks)
    places = struct.pack(f">HHI{n + 1}I", 1, 17, 4, *offsets)
    line = struct.pack(">bbB9b", ASCENT, ASCENT - HEIGHT, WIDTH, *[0] * 9)
    size = struct.pack(">4I", 56, 8 + len(places), 1, 0) + line + line + struct.pack(">HH4B", 1, n, PPEM, PPEM, 32, 1)
    return (
        struct.pack(">HH", 3, 0) + b"".join(blocks),
        struct.pack(">HHI", 3, 0, 1) + size + struct.pack(">HHI", 1, n, 8) + places,
    )


def _characters(points: Sequence[int]) -> bytes:
    """Which character has which glyph: the first has glyph 1 (format 12)."""
    groups = b"".join(struct.pack(">3I", point, point, i + 1) for i, point in enumerate(points))
    table = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(points)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _ligatures(pairs: Sequence[tuple[tuple[int, ...], int]]) -> bytes:
    """Glyphs in a row that become one."""
    first = sorted({parts[0] for parts, _ in pairs})
    sets = []
    for glyph_id in first:
        own = [struct.pack(f">HH{len(p) - 1}H", to, len(p), *p[1:]) for p, to in pairs if p[0] == glyph_id]
        starts = np.cumsum([2 + 2 * len(own), *map(len, own)])[:-1].tolist()
        sets.append(struct.pack(f">H{len(own)}H", len(own), *starts) + b"".join(own))
    coverage = struct.pack(f">HH{len(first)}H", 1, len(first), *first)
    at = 6 + 2 * len(sets)
    starts = np.cumsum([at + len(coverage), *map(len, sets)])[:-1].tolist()
    subtable = struct.pack(f">HHH{len(sets)}H", 1, at, len(sets), *starts) + coverage + b"".join(sets)
    scripts = struct.pack(">H4sHHHHHHH", 1, b"DFLT", 8, 4, 0, 0, 0xFFFF, 1, 0)
    features = struct.pack(">H4sHHHH", 1, b"ccmp", 8, 0, 1, 0)
    lookups = struct.pack(">HHHHHH", 1, 4, 4, 0, 1, 8) + subtable
    return (
        struct.pack(">HHHHH", 1, 0, 10, 10 + len(scripts), 10 + len(scripts) + len(features))
        + scripts
        + features
        + lookups
    )
