"""Digits on photographed sheets: `python -m benchmarks.sheets --data-dir DIR [--photos N]`.

Makes photos of a sheet of paper with one digit (plain, ruled or squared paper, tilted and turned, on tables of many
kinds, with shadows) and prints a table: the share whose sheet is found, and whose digit the shipped reader reads,
without and with finding the sheet and removing the shadow. The digits are MNIST's test images with --data-dir, else
decoded posterior means of a checkpoint's examples.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

from benchmarks import exit_status
from benchmarks.preparation import digits
from vae_core import checkpoints
from vae_core.kinds.image import sheet
from vae_core.kinds.image.imaging import Options, prepare
from vae_core.latent.reader import reader_of

SIZE = 900, 1200
"""Of a photo, width and height."""
PAPER = 600, 800
TABLES = ("dark", "wood", "cloth", "light", "tiles")
PAPERS = ("plain", "ruled", "squared")


@dataclass(frozen=True)
class Scene:
    """What a photo shows: the table ("": the sheet fills the photo), the paper, and whether a shadow lies on it."""

    table: str = "wood"
    paper: str = "plain"
    shadow: bool = False


@dataclass(frozen=True)
class Photo:
    """A JPEG, and the sheet's corners in it: [4, 2] in parts of its size, clockwise from the top left."""

    content: bytes
    corners: np.ndarray


def photo(digit: Tensor, scene: Scene, seed: int, size: tuple[int, int] = SIZE) -> Photo:
    """Photograph a digit [H, W] in [0, 1] on a sheet of paper, as `scene` says."""
    rng = np.random.default_rng(seed)
    page = np.asarray(_page(digit, scene.paper, rng), dtype=np.float64) / 255
    width, height = size
    corners = _corners(rng) if scene.table else np.array([[-0.1, -0.1], [1.1, -0.1], [1.1, 1.1], [-0.1, 1.1]])
    pixels = corners * [width, height]
    if scene.table:
        inside = _warped(Image.new("L", PAPER, 255), pixels, size)[..., None] / 255
        table = _table(scene.table, rng, height, width)
    else:
        inside, table = np.ones((height, width, 1)), np.zeros((height, width, 3))
    shown = np.stack([_warped(Image.fromarray(_bytes(page[..., c])), pixels, size) for c in range(3)], axis=-1) / 255
    light = table * (1 - inside) + shown * inside
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    light *= (1 - rng.uniform(0, 0.12) * (1 + np.cos(angle) * x + np.sin(angle) * y))[..., None]
    if scene.shadow:
        light *= _shadow(rng, x, y)[..., None]
    light += rng.normal(0, rng.uniform(0.005, 0.025), light.shape)
    image = Image.fromarray(_bytes(light)).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(70, 93)))
    return Photo(file.getvalue(), corners)


def _bytes(light: np.ndarray) -> np.ndarray:
    return (255 * light.clip(0, 1)).astype(np.uint8)


def _page(digit: Tensor, paper: str, rng: np.random.Generator) -> Image.Image:
    """The sheet seen from above, RGB."""
    width, height = PAPER
    white = rng.uniform(0.78, 0.93) * np.array([1, rng.uniform(0.95, 1), rng.uniform(0.85, 1)])
    image = Image.new("RGB", PAPER, tuple(int(255 * part) for part in white))
    draw = ImageDraw.Draw(image)
    line = tuple(int(255 * part) for part in white * [rng.uniform(0.7, 0.85), rng.uniform(0.78, 0.9), 0.95])
    step = int(rng.integers(22, 42))
    if paper != "plain":
        for at in range(step, height, step):
            draw.line([(0, at), (width, at)], line, 2)
    if paper == "squared":
        for at in range(step, width, step):
            draw.line([(at, 0), (at, height)], line, 2)
    side = int(rng.integers(200, 420))
    ink = Image.fromarray(_bytes(digit.numpy())).resize((side, side), Image.Resampling.BICUBIC)
    ink = ink.point(lambda value: min(255, max(0, 3 * (value - 85))))  # a pen's edge is sharper than MNIST's
    left, top = int(rng.integers(20, width - side - 19)), int(rng.integers(20, height - side - 19))
    pen = tuple(int(255 * rng.uniform(0.05, 0.25)) for _ in range(2))
    image.paste((*pen, int(255 * rng.uniform(0.1, 0.4))), (left, top), ink)
    return image


def _corners(rng: np.random.Generator) -> np.ndarray:
    """A sheet turned by up to 15° and seen at a slant, within the photo."""
    box = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    while True:
        angle = np.deg2rad(rng.uniform(-15, 15))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        flat = (box * PAPER / np.array(SIZE) * rng.uniform(0.8, 1.35)) * SIZE @ turn.T / SIZE
        found = flat * (1 + rng.uniform(-0.1, 0.1, (4, 1))) + rng.uniform(0.4, 0.6, 2)
        if found.min() > 0.02 and found.max() < 0.98:
            return found


def _warped(page: Image.Image, corners: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The page with its corners there, [H, W] in 0..255; 0 beside it."""
    coefficients = sheet.perspective(corners, page.size)
    transform = Image.Transform.PERSPECTIVE
    return np.asarray(page.transform(size, transform, coefficients, Image.Resampling.BICUBIC), dtype=np.float64)


def _table(name: str, rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Its surface, [H, W, 3] in [0, 1]."""
    y, x = np.meshgrid(np.arange(height) / height, np.arange(width) / height, indexing="ij")
    base = np.array([1.0, rng.uniform(0.65, 0.9), rng.uniform(0.4, 0.75)])  # brownish
    if name == "dark":
        return np.broadcast_to(base * rng.uniform(0.08, 0.3), (height, width, 3))
    if name == "light":
        return np.broadcast_to((0.5 + 0.5 * base) * rng.uniform(0.5, 0.62), (height, width, 3))
    if name == "wood":
        angle = rng.uniform(0, np.pi)
        across = np.cos(angle) * x + np.sin(angle) * y + 0.01 * np.sin(9 * (np.cos(angle) * y - np.sin(angle) * x))
        grain = sum(np.sin(across * f + rng.uniform(0, 7)) for f in rng.uniform(20, 250, 6)) / 6
        return base * (rng.uniform(0.35, 0.6) + 0.12 * grain)[..., None]
    if name == "cloth":
        small = rng.normal(0, 1, (height // 6, width // 6))
        coarse = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
        return rng.uniform(0.2, 0.9, 3) * (rng.uniform(0.3, 0.5) + 0.1 * coarse).clip(0, 1)[..., None]
    square = (np.floor(x * 7 + rng.uniform()) + np.floor(y * 7 + rng.uniform())) % 2
    return base * (rng.uniform(0.25, 0.35) + rng.uniform(0.1, 0.25) * square)[..., None]


def _shadow(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What is left of the light behind a straight, soft edge through the middle, [H, W]."""
    angle = rng.uniform(0, 2 * np.pi)
    away = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-0.35, 0.35)
    lit = 1 / (1 + np.exp(-away / rng.uniform(0.01, 0.06)))
    dark = rng.uniform(0.35, 0.55)
    return dark + (1 - dark) * lit


def scenes() -> Iterator[tuple[str, list[Scene]]]:
    """The rows of the table."""
    bare = Scene(table="")
    yield "no table", [replace(bare, paper=paper) for paper in PAPERS]
    yield "no table, shadow", [replace(bare, paper=paper, shadow=True) for paper in PAPERS]
    for table in TABLES:
        yield f"table: {table}", [Scene(table, paper) for paper in PAPERS]
    yield "table, shadow", [Scene(table, paper, True) for table in TABLES for paper in PAPERS]
    for paper in PAPERS:
        yield f"paper: {paper}", [Scene(table, paper) for table in TABLES]


BEFORE = Options(sheet=False, light=False)


def measure(photos: list[Photo], y: Tensor, tables: list[bool]) -> tuple[float, float, float]:
    """The shares of photos whose sheet is found (or rightly not), and that are read without and with the new steps."""
    spec = checkpoints.load("mnist-vae-16d").spec
    reader = reader_of(spec)
    assert reader is not None
    right = []
    for each, table in zip(photos, tables, strict=True):
        found = sheet.find(Image.open(io.BytesIO(each.content)))
        right.append(found is not None and np.abs(found - each.corners).max() < 0.04 if table else found is None)
    read = []
    for options in (BEFORE, Options()):
        x = torch.cat([prepare(each.content, spec, options).x for each in photos])
        read.append((reader.read(x)[:, :-1].argmax(1) == y).float().mean().item())
    return float(np.mean(right)), *read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--photos", type=int, default=60, help="of each row")
    arguments = parser.parse_args()
    images, labels = digits(checkpoints.load("mnist-vae-16d"), arguments.data_dir)
    print(f"| {arguments.photos} photos each | sheet found | read before | read now |\n|---|---|---|---|")
    for row, (name, kinds) in enumerate(scenes()):
        some = [kinds[i % len(kinds)] for i in range(arguments.photos)]
        chosen = [(i + 17 * row) % len(images) for i in range(arguments.photos)]
        made = [photo(images[k], scene, 1000 * row + i) for i, (k, scene) in enumerate(zip(chosen, some, strict=True))]
        found, before, now = measure(made, labels[chosen], [bool(scene.table) for scene in some])
        print(f"| {name} | {found:.0%} | {before:.0%} | {now:.0%} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
