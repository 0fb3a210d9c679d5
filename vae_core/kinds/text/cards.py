"""Sentences as small pictures, so that whatever shows thumbnails (previews, films, grids, strips) shows sentences."""

import functools

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

WIDTH, HEIGHT = 144, 72
"""Of a card in pixels; components/shared/kinds/text.js draws the same."""
FONT_SIZE, LINE, MARGIN = 15, 18, 6
INK, PAPER = (26, 29, 31), (252, 252, 250)


@functools.lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(FONT_SIZE)


def cards(lines: list[str]) -> Tensor:
    """A card for each line, uint8 [N, HEIGHT, WIDTH, 3]; what does not fit is cut off with an ellipsis."""
    found = np.empty((len(lines), HEIGHT, WIDTH, 3), dtype=np.uint8)
    for row, line in zip(found, lines, strict=True):
        image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        draw = ImageDraw.Draw(image)
        for i, part in enumerate(_wrapped(line)):
            draw.text((MARGIN, MARGIN + i * LINE), part, INK, _font())
        row[:] = np.asarray(image)
    return torch.from_numpy(found)


def _wrapped(line: str) -> list[str]:
    """The rows of a card: as many words in each as fit, in a script without spaces as many characters."""
    rows, most = [""], (HEIGHT - 2 * MARGIN) // LINE
    pieces = line.split(" ") if " " in line else list(line)
    space = " " if " " in line else ""
    for piece in pieces:
        longer = f"{rows[-1]}{space if rows[-1] else ''}{piece}"
        if not rows[-1] or _font().getlength(longer) <= WIDTH - 2 * MARGIN:
            rows[-1] = longer
        elif len(rows) < most:
            rows.append(piece)
        else:
            rows[-1] = rows[-1][: max(1, len(rows[-1]) - 1)] + "…"
            break
    return rows
