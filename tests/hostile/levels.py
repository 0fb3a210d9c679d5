"""Levels as text: ragged, of other symbols, huge, and no text at all."""

import random

from tests.datasets.files import level_text
from tests.hostile.corpus import Bad


def files() -> list[Bad]:
    level = level_text(60)
    rows = level.strip().splitlines()
    draw = random.Random(0)
    good = {
        "plain.txt": level.encode(),
        "marked.txt": b"\xef\xbb\xbf" + level.encode(),
        "windows.txt": level.replace("\n", "\r\n").encode(),
        "empty lines around.txt": b"\n\n" + level.encode() + b"\n \n\n",
        "spaces behind.txt": "\n".join(row + "   " for row in rows).encode(),
        "one wide.txt": level_text(3000).encode(),
    }
    refused = {
        "empty.txt": (b"", "is empty"),
        "blank.txt": (b" \n\t\n\n", "is empty"),
        "two million lines.txt": (b"\n" * 1_999_999, "is empty"),
        "three megabytes.txt": (b"-" * 3_000_000, "larger than 2 MB"),
        "long line.txt": (b"-" * 1_500_000, "larger than 64 rows and 10,000 columns"),
        "many rows.txt": (b"-X\n" * 500_000, "larger than 64 rows"),
        "ragged.txt": (
            "\n".join([*rows[:-1], rows[-1][:-3]]).encode(),
            "rows of different lengths: row 14 has 57 tiles",
        ),
        "utf-16.txt": (level.encode("utf-16"), "is not text"),
        "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is not text"),
        "zeros.txt": (bytes(1000), r"U\+0000"),
        "null.txt": (level.replace("X", "\0").encode(), r"U\+0000"),
        "spaces.txt": (level.replace("-", " ").encode(), r"U\+0020, which cannot be a tile|different lengths"),
        "turned.txt": (level.replace("X", "\u202e").encode(), r"U\+202E"),
        "no width.txt": (level.replace("X", "\u200b").encode(), r"U\+200B"),
        "surrogate.txt": (b"\xed\xa0\x80" * 50, "is not text"),
        "vertical tabs.txt": (level.replace("\n", "\x0b\n").encode(), "different lengths|rows"),
        "many symbols.txt": (
            "\n".join("".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(60)) for _ in range(14)).encode(),
            "different tiles together|does not know",
        ),
    }
    either = {
        "other symbols.txt": level.replace("X", "@").encode(),
        "markdown.txt": level.replace("X", "*").replace("-", "`").encode(),
        "right to left.txt": level.replace("X", "א").encode(),
        "combining.txt": level.replace("X", "\u0301").encode(),
        "one tile.txt": b"-",
        "one symbol.txt": b"-" * 60 + b"\n" + b"-" * 60,
        "narrow.txt": "\n".join(row[:5] for row in rows).encode(),
        "low.txt": "\n".join(rows[:2]).encode(),
        "high.txt": "\n".join(rows[:1] * 40 + rows).encode(),
        "widest.txt": level_text(10_000).encode(),
        "all the largest.txt": "\n".join("-X" * 5000 for _ in range(64)).encode(),
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    found += [Bad(name, *rest) for name, rest in refused.items()]
    return found + [Bad(name, content) for name, content in either.items()]
