"""Find the drawing on a photographed sheet: light ink on a darker, unevenly lit, noisy ground."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SIDE = 160
"""The search uses a copy of about this size: strokes survive and noise averages out."""
CLEAR = 4.0
"""Ink exceeds the ground by at least this many standard deviations of the noise."""


@dataclass(frozen=True)
class Ink:
    """`clean` [H, W] in [0, 1]: the ground black, the ink white; `box`: left, top, right, bottom of the ink."""

    clean: np.ndarray
    box: tuple[int, int, int, int]


def find_ink(light: np.ndarray) -> Ink | None:
    """Find light ink in a picture [H, W] in [0, 1]; None if there is only ground."""
    step = max(1, round(max(light.shape) / SIDE))
    small = reduced(light, step)
    above = small - smooth_ground(small)
    smooth = ndimage.gaussian_filter(above, 1.0) if min(small.shape) > 40 else above
    ground = smooth[smooth <= np.quantile(smooth, 0.7)]
    noise = 1.4826 * np.median(np.abs(ground - np.median(ground)))
    threshold = max(_otsu(smooth), CLEAR * noise, 0.04)
    mask = _large_parts(smooth > threshold)
    if not mask.any():
        return None
    full = np.kron(ndimage.binary_dilation(mask, iterations=2), np.ones((step, step), dtype=bool))
    full = np.pad(full, [(0, max(0, n - m)) for n, m in zip(light.shape, full.shape, strict=True)])
    full = full[: light.shape[0], : light.shape[1]]
    level = np.percentile(smooth[mask], 75)
    even = light - enlarged(small - above, light.shape)
    low = min(0.5 * threshold, 0.25 * level)
    clean = np.where(full, (even - low) / max(0.9 * level - low, 1e-6), 0).clip(0, 1)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (
        int(columns[0] * step),
        int(rows[0] * step),
        int(min((columns[-1] + 1) * step, light.shape[1])),
        int(min((rows[-1] + 1) * step, light.shape[0])),
    )
    return Ink(clean, box)


def reduced(light: np.ndarray, step: int) -> np.ndarray:
    """Means of step × step blocks; the edge is repeated to fill the last ones."""
    height, width = light.shape
    padded = np.pad(light, [(0, -height % step), (0, -width % step)], mode="edge")
    return padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step).mean((1, 3))


def enlarged(small: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    # The ground is smooth, so linear interpolation between its blocks is as good as evaluating it again.
    grids = [np.linspace(0, n - 1, m) for n, m in zip(small.shape, shape, strict=True)]
    return ndimage.map_coordinates(small, np.meshgrid(*grids, indexing="ij"), order=1)


def smooth_ground(small: np.ndarray) -> np.ndarray:
    """A quadratic surface through the ground, refitted without the outliers (ink) until it settles."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in small.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = small.ravel()
    # The start is flat: a curved surface would bend over a large drawing.
    surface = np.full(values.shape, np.median(values))
    for round_ in range(8):
        above = values - surface
        spread = 1.4826 * np.median(np.abs(above - np.median(above))) + 1e-3
        kept = np.abs(above) < (4.0 if round_ < 2 else 2.5) * spread
        if kept.sum() < 0.3 * len(values):
            break
        some = terms[kept]
        # Normal equations suffice: six unknowns, terms of similar size, tens of thousands of pixels.
        surface = terms @ np.linalg.lstsq(some.T @ some, some.T @ values[kept], rcond=None)[0]
    return surface.reshape(small.shape)


def _otsu(values: np.ndarray) -> float:
    """The threshold that best separates values into two groups (Otsu 1979)."""
    counts, edges = np.histogram(values, 128)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1:][np.nanargmax(between)]) if np.isfinite(between).any() else float(edges[-1])


def _large_parts(mask: np.ndarray) -> np.ndarray:
    """Drop specks: keep the connected parts with at least a twentieth of the largest one's area."""
    labels, n = ndimage.label(mask, structure=np.ones((3, 3)))
    if not n:
        return mask
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    return (areas >= max(2, areas.max() / 20))[labels]
