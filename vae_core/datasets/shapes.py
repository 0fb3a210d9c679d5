"""Sprites rendered from known factors, in the manner of dSprites: the ground truth of the latent dimensions."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS

SHAPES = ("square", "ellipse", "heart")
FACTORS = ("shape", "scale", "rotation", "x", "y")
SCALE = (0.5, 1.0)
ROTATION = (0.0, math.pi / 2)
POSITION = (0.25, 0.75)
RADIUS = 0.23  # of the largest sprite's circumscribed circle, in frame widths: below 0.25, with half a pixel to spare
_CHUNK = 16  # images drawn at a time: few enough that the intermediate planes stay in the processor's cache


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Shapes"

    n_train: int = option(20_000, "Examples to learn from.", minimum=100, maximum=200_000)
    n_test: int = option(5_000, "Examples held out.", minimum=10, maximum=50_000)
    image_size: int = option(64, "Width and height in pixels.", choices=(28, 32, 64))
    color: bool = option(False, "Draw in colour, with the hue as one more factor.")
    shapes_seed: int = option(0, "Seed from which the factors are drawn.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("shapes", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Squares, ellipses and hearts of known shape, scale, rotation and position, rendered on the fly.

    The factors (float32 [N, 5], in colour [N, 6]) are independent of each other and uniform:

    - shape: 0 square, 1 ellipse, 2 heart
    - scale: 0.5 to 1, relative to the largest sprite; at the same scale all shapes have the same area
    - rotation: 0 to π/2 radians, counterclockwise
    - x, y: 0.25 to 0.75 frame widths from the left and from the top to the centre of gravity
    - hue: 0 to 1, once around the colour circle (only in colour)

    A square repeats itself every quarter turn, an ellipse every half turn, a heart never. The range of the rotation is
    the largest in which no shape repeats, so that every image has one factor vector only. (dSprites turns all shapes
    full circle, so that up to four rotations give the same image and no model can tell them apart.)

    Images are white, or of full saturation, on black, and lie wholly inside the frame. `data_dir` is not used.
    After Matthey, Higgins, Hassabis & Lerchner 2017, "dSprites: Disentanglement testing Sprites dataset".
    """
    generator = torch.Generator().manual_seed(config.shapes_seed)
    # The test images come first, so that they stay the same whatever the size of the training set.
    test, train = (_draw_split(n, config, generator) for n in (config.n_test, config.n_train))
    shape = (3 if config.color else 1, config.image_size, config.image_size)
    factors = (*FACTORS, "hue") if config.color else FACTORS
    return Data(DataSpec("shapes", "image", shape, SHAPES, factors), train, test)


# The test images do not depend on how many are trained on.
load.held_out = lambda config, data_dir: load(replace(config, n_train=100), data_dir).test


def render(factors: Tensor, size: int = 64, color: bool = False) -> Tensor:
    """Draw the sprites of given factors, without randomness: uint8 [N, 1, size, size], in colour [N, 3, size, size].

    `factors`: [N, 5] in the order and units that `load` describes, [N, 6] in colour. Values outside of the ranges that
    `load` draws from are allowed: any rotation, and sprites that the frame cuts off. ValueError if the vectors are too
    long or short, if a value is not finite, if there is no such shape, or if the scale is not positive.
    """
    n_factors = len(FACTORS) + color
    if factors.ndim != 2 or factors.shape[1] != n_factors:
        raise ValueError(f"factors must be [N, {n_factors}], not {list(factors.shape)}")
    # NumPy, because it works on one core: 20,000 sprites take a second, also where other programs keep the cores busy.
    values = factors.float().numpy()
    shape = values[:, 0].round()
    if not (np.isfinite(values).all() and np.isin(shape, range(len(SHAPES))).all() and (values[:, 1] > 0).all()):
        raise ValueError(f"factors must be finite, with a shape from 0 to {len(SHAPES) - 1} and a scale above 0")
    images = np.empty((len(values), 3 if color else 1, size, size), np.uint8)
    for index, distance in enumerate(_DISTANCES):
        rows = np.flatnonzero(shape == index)
        for chunk in np.array_split(rows, math.ceil(len(rows) / _CHUNK) or 1):
            light = 255 * _coverage(values[chunk], distance, size)[:, None]  # [n, 1, H, W]
            if color:
                light = light * _hue_to_rgb(values[chunk, 5])[:, :, None, None]  # [n, 3, H, W]
            images[chunk] = light.round()
    return torch.from_numpy(images)


def _draw_split(n: int, config: Config, generator: torch.Generator) -> Split:
    y = torch.randint(len(SHAPES), (n,), generator=generator)
    # A hue is drawn even if it is not used: the sprites of a seed are the same in grey and in colour.
    low, high = torch.tensor([SCALE, ROTATION, POSITION, POSITION, (0.0, 1.0)]).T
    others = low + (high - low) * torch.rand(n, len(low), generator=generator)
    factors = torch.cat([y.float().unsqueeze(1), others], dim=1)[:, : len(FACTORS) + config.color]
    return Split(render(factors, config.image_size, config.color), y, factors)


def _coverage(factors: np.ndarray, distance: Callable[..., np.ndarray], size: int) -> np.ndarray:
    """How much of each pixel a sprite covers, [n, size, size] in [0, 1], from its signed distance at pixel centres.

    The sprite's own coordinates (u to its right, v upwards) have the circumscribed circle as their unit.
    """
    scale, rotation, x, y = factors[:, 1:5].T[:, :, None]  # each [n, 1]
    radius = RADIUS * scale
    centres = (np.arange(size, dtype=np.float32) + 0.5) / size
    right, up = (centres - x) / radius, (y - centres) / radius  # [n, W], [n, H]; rows count downwards
    cos, sin = np.cos(rotation), np.sin(rotation)
    u = (right * cos)[:, None, :] + (up * sin)[:, :, None]  # [n, H, W]
    v = (up * cos)[:, :, None] - (right * sin)[:, None, :]
    return np.clip(0.5 - distance(u, v) * (radius * size)[:, :, None], 0, 1)


# Signed distances, negative inside. The unit is the circumscribed circle's radius, in which every shape's area is 2.


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(u), np.abs(v)) - math.sqrt(0.5)


_MINOR_AXIS = 2 / math.pi


def _ellipse(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """To first order, which is exact enough within a pixel of the outline: the implicit function over its gradient."""
    w = v / _MINOR_AXIS
    gradient = 2 * np.sqrt(u * u + (w / _MINOR_AXIS) ** 2)
    return (u * u + w * w - 1) / np.maximum(gradient, 1e-6)


# A heart is a square standing on its tip, corners (0, 0), (±1/2, 1/2), (0, 1), with half discs on its upper sides.
_HEART_DISC = math.sqrt(2) / 4
_HEART_AREA = 1 / 2 + math.pi / 8
_HEART_CENTRE = (1 / 4 + math.pi / 8 * (3 / 4 + 1 / (3 * math.pi))) / _HEART_AREA
_HEART_UNIT = math.sqrt(2 / _HEART_AREA)


def _heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    across, up = np.abs(u) / _HEART_UNIT, v / _HEART_UNIT + _HEART_CENTRE
    square = (across + np.abs(up - 0.5) - 0.5) * math.sqrt(0.5)
    disc = np.sqrt((across - 0.25) ** 2 + (up - 0.75) ** 2) - _HEART_DISC
    return np.minimum(square, disc) * _HEART_UNIT


_DISTANCES = (_square, _ellipse, _heart)


def _hue_to_rgb(hue: np.ndarray) -> np.ndarray:
    """Hues [n], 0 and 1 being red, as RGB [n, 3] in [0, 1] at full saturation and value."""
    turned = (6 * hue[:, None] + np.array([0, 4, 2], np.float32)) % 6
    return np.clip(np.abs(turned - 3) - 1, 0, 1)
