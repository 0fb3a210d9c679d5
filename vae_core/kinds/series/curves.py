"""Thumbnails of windows: a curve a channel on a fixed scale, so that a shift of the level is seen. series.js draws them
alike."""

import numpy as np
import torch
from torch import Tensor

WIDTH, HEIGHT = 96, 48
HIGHEST = 3.5
"""Standard deviations from the middle to the upper edge; what lies beyond is drawn at the edge."""
PAPER = (250, 250, 248)
MIDDLE = (222, 222, 216)
COLORS = ((31, 102, 168), (200, 84, 32), (42, 128, 82), (132, 72, 160), (150, 116, 20), (60, 130, 150))
"""Of the channels, in turn."""


def curves(x: Tensor) -> Tensor:
    """Windows [N, C, T], scaled -> uint8 [N, HEIGHT, WIDTH, 3]."""
    found = np.empty((len(x), HEIGHT, WIDTH, 3), np.uint8)
    found[:] = PAPER
    found[:, HEIGHT // 2] = MIDDLE
    rows = np.arange(HEIGHT)[None, :, None]
    for channel in range(x.shape[1] - 1, -1, -1):  # the first lies on top
        heights = _heights(x[:, channel].double().numpy())
        before = np.concatenate([heights[:, :1], heights[:, :-1]], 1)
        low, high = np.minimum(before, heights)[:, None], np.maximum(before, heights)[:, None]
        cover = np.clip(np.minimum(rows + 1, high + 0.75) - np.maximum(rows, low - 0.75), 0, 1)[..., None]
        found = (found * (1 - cover) + np.array(COLORS[channel % len(COLORS)]) * cover + 0.5).astype(np.uint8)
    return torch.from_numpy(found)


def _heights(windows: np.ndarray) -> np.ndarray:
    """Where a curve crosses each column of pixels, from the upper edge: [N, T] -> [N, WIDTH]."""
    steps = windows.shape[1]
    at = np.linspace(0, steps - 1, WIDTH)
    left = np.minimum(at.astype(int), steps - 2)
    part = at - left
    values = windows[:, left] * (1 - part) + windows[:, left + 1] * part
    return np.clip((0.5 - values / (2 * HIGHEST)) * HEIGHT, 1, HEIGHT - 1)
