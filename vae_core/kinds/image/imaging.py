"""Uploaded images: bytes -> model input, keeping each step for display.

The steps imitate the preprocessing of the training data, as far as a `Look` at them reveals it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps, ImageStat
from torch import Tensor

from vae_core import pictures
from vae_core.data import DataSpec

WORKING_SIDE = 768
"""Larger images are first reduced to this side: no model here sees more than 128 pixels."""
LONGEST = 4 * WORKING_SIDE
"""Of what is decoded with no less than WORKING_SIDE on its shorter side, a strip can be millions of pixels long."""
MOSTLY_EMPTY = 0.3
"""Share of a picture that is transparent where its ink, rather than the picture, chooses the ground."""
LIGHT_INK = 160
"""Mean lightness, of 255, above which ink vanishes on white."""


@dataclass(frozen=True)
class Look:
    """How training images look: whether the border is dark, and whether each image is one centred drawing. `box` is the
    longer side of the drawing relative to the image's side; `by_mass` tells whether the centre of mass is centred.
    """

    dark: bool = True
    drawing: bool = True
    box: float = 20 / 28
    by_mass: bool = True

    @classmethod
    def of(cls, images: Tensor) -> "Look":
        """Measure the look of images, float [N, C, H, W] in [0, 1]."""
        grey = images.mean(1)
        height, width = grey.shape[1:]
        border = torch.cat([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], dim=1)
        dark = bool(border.median() < 0.5)
        light = grey if dark else 1 - grey
        ink = light > 0.3
        mass = light.sum((1, 2)).clamp(min=1e-6)
        rows, columns = torch.arange(height) / (height - 1) - 0.5, torch.arange(width) / (width - 1) - 0.5
        centre = torch.stack([(light.sum(2) @ rows) / mass, (light.sum(1) @ columns) / mass], dim=1)
        away = (centre - centre.median(0).values).square().sum(1).mean().sqrt().item()
        sizes = torch.maximum(ink.any(2).sum(1) / height, ink.any(1).sum(1) / width)
        evenly_bordered = bool((border < 0.25 if dark else border > 0.75).float().mean() > 0.6)
        return cls(
            dark=dark,
            drawing=images.shape[1] == 1 and evenly_bordered and away < 0.08,
            box=float(sizes.median().clamp(0.3, 1)),
            by_mass=away < 0.02,
        )


DEFAULT_LOOK = Look()
"""The look of MNIST."""


Corners = tuple[tuple[float, float], ...]
"""Four points in parts of a picture's width and height, clockwise from the top left: what is seen from above."""


@dataclass(frozen=True)
class Options:
    """Which steps to apply. None decides by the look of the image and of the training data. `corners` enclose the part
    of the upright picture that is used, instead of a sheet that is looked for."""

    rotate: bool = True
    sheet: bool | None = None
    corners: Corners | None = None
    background: str | None = None
    light: bool | None = None
    invert: bool | None = None
    crop: bool | None = None
    center: bool | None = None
    contrast: bool | None = None

    @classmethod
    def off(cls) -> "Options":
        """Only what any image needs: grey or colour, the centre crop, the model's size."""
        return cls(rotate=False, sheet=False, light=False, invert=False, crop=False, center=False, contrast=False)


@dataclass(frozen=True)
class Step:
    """An applied step and the image after it. `id` is the field of `Options` that switches the step, if there is one;
    `label` is what users read."""

    id: str
    label: str
    image: Image.Image


@dataclass(frozen=True)
class Prepared:
    """`steps` in order, the upload first; `x` float [1, C, H, W] in [0, 1]; `background` is what a transparent picture
    was laid on, "white" or "black", and None for any other; `corners` enclose what was used of it, None: all."""

    steps: list[Step]
    x: Tensor
    background: str | None = None
    corners: Corners | None = None


def flattened(image: Image.Image, background: str | None = None) -> Image.Image:
    """The image on `background` ("white" or "black"; None: by its ink) where it is transparent."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, background or ground_of(image))
    return Image.alpha_composite(ground, image).convert("RGB")


def ground_of(image: Image.Image) -> str:
    """What to lay a transparent RGBA image on: "black" if it is light ink on nothing, which would vanish on white."""
    opaque = ImageStat.Stat(image.getchannel("A")).mean[0] / 255
    # Laid on black, each pixel counts as far as it is opaque.
    ink = ImageStat.Stat(Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)).mean[:3]
    light = sum(ink) / 3 / max(opaque, 1e-6)
    return "black" if opaque < 1 - MOSTLY_EMPTY and light > LIGHT_INK else "white"


def prepare(
    content: bytes,
    spec: DataSpec,
    options: Options = Options(),
    look: Look = DEFAULT_LOOK,
    decode: Callable[[bytes, int], pictures.Decoded] = pictures.decode,
) -> Prepared:
    """Turn an uploaded file into input for a model of `spec`, step by step. UserError if the file is refused.

    `decode` reads the file: `pictures.guarded.decode` where strangers bring it.
    """
    decoded = decode(content, WORKING_SIDE)
    image = decoded.image
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    channels, height, width = spec.shape
    steps = [Step("upload", "Uploaded", image)]

    def done(step: str, label: str, result: Image.Image) -> None:
        nonlocal image
        image = result
        steps.append(Step(step, label, image))

    if options.rotate and decoded.orientation != 1:
        done("rotate", "Upright", decoded.upright)
    background = None
    if image.mode == "RGBA":
        background = options.background or ground_of(image)
        done("background", f"On {background}", flattened(image, background))
    drawing = look.drawing and channels == 1
    corners = _corners(image, options, drawing)
    if corners is not None:
        from vae_core.kinds.image import sheet  # SciPy, as below

        label = "Part" if options.corners else "Sheet"
        done("sheet", label, sheet.straighten(image, np.array(corners), WORKING_SIDE))
    image.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.LANCZOS)
    colour = "L" if channels == 1 else "RGB"
    if image.mode != colour:
        done("color", "Grey" if channels == 1 else "Colour", image.convert(colour))
    if drawing if options.light is None else options.light and channels == 1:
        from vae_core.kinds.image import light

        evened = light.even(image)
        if evened is not None:
            done("light", "Shadow removed", evened)
    invert = options.invert
    if invert is None:
        invert = drawing and _has_dark_border(image) != look.dark
    if invert:
        done("invert", "Inverted", ImageOps.invert(image))
    image = _ink_steps(image, spec, options, look, done)
    if image.size != (width, height):
        done("resize", "Model's size", _fitted(image, (width, height)))
    pixels = torch.from_numpy(np.array(image).reshape(height, width, channels))
    return Prepared(steps, (pixels.permute(2, 0, 1).float() / 255)[None], background, corners)


def _corners(image: Image.Image, options: Options, drawing: bool) -> Corners | None:
    """The part of the image to use; None for all of it."""
    if options.corners is not None or not (drawing if options.sheet is None else options.sheet):
        return options.corners
    from vae_core.kinds.image import sheet

    found = sheet.find(image)
    return None if found is None else tuple((float(x), float(y)) for x, y in found)


def _ink_steps(image: Image.Image, spec: DataSpec, options: Options, look: Look, done) -> Image.Image:
    """Contrast, crop and centring, all of which depend on the position of the ink."""
    wanted = {
        name: look.drawing if value is None else value
        for name, value in (("contrast", options.contrast), ("crop", options.crop), ("center", options.center))
    }
    if spec.shape[0] != 1 or not any(wanted.values()):
        return image
    # `find_ink` wants light ink; by now the image has the polarity of the training data.
    from vae_core.kinds.image.ink import find_ink  # imports SciPy: a quarter of a second that only photographs need

    ink = find_ink(np.asarray(image if look.dark else ImageOps.invert(image), dtype=np.float32) / 255)
    if ink is None:  # an even picture: nothing to crop to
        return image

    def as_image(light: np.ndarray) -> Image.Image:
        found = Image.fromarray((255 * light.clip(0, 1)).round().astype(np.uint8))
        return found if look.dark else ImageOps.invert(found)

    if wanted["contrast"]:
        image = as_image(ink.clean)
        done("contrast", "Contrast", image)
    if wanted["crop"]:
        image = image.crop(ink.box)
        done("crop", "Cropped", image)
    if wanted["center"]:
        light = image if look.dark else ImageOps.invert(image)
        if not wanted["crop"]:
            light = light.crop(ink.box)
        image = as_image(centred(light, spec.shape[1:], look, stretch=wanted["contrast"]))
        done("center", "Centred", image)
    return image


def _has_dark_border(image: Image.Image) -> bool:
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    edge = max(1, min(grey.shape) // 20)
    inside = np.zeros(grey.shape, dtype=bool)
    inside[edge:-edge, edge:-edge] = True
    low, high = np.percentile(grey, [0.2, 99.8])  # extreme enough that a thin stroke on a large sheet counts
    return bool(np.median(grey[~inside]) < (low + high) / 2)


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The largest centred crop with the proportions of `size`, scaled to it."""
    width, height = size
    scale = min(image.width / width, image.height / height)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (image.width - w) // 2, (image.height - h) // 2
    # Crop before scaling, so that pixels outside the crop do not bleed into its edge.
    return image.crop((left, top, left + w, top + h)).resize(size, Image.Resampling.LANCZOS)


def centred(light: Image.Image, size: tuple[int, ...], look: Look, stretch: bool) -> np.ndarray:
    """Light ink scaled to the box of the training data, with its centre of mass (or its box) centred."""
    height, width = size
    scale = look.box * min(height, width) / max(light.size)
    w, h = (max(1, round(side * scale)) for side in light.size)
    small = np.asarray(light.resize((w, h), Image.Resampling.LANCZOS), dtype=np.float32) / 255
    if stretch and small.max() > 0:  # thin strokes fade when scaled down
        small = (small / np.percentile(small[small > 0.1 * small.max()], 80)).clip(0, 1)
    y, x = (h - 1) / 2, (w - 1) / 2
    if look.by_mass and small.sum() > 0:
        y = (small.sum(1) @ np.arange(h)) / small.sum()
        x = (small.sum(0) @ np.arange(w)) / small.sum()
    top, left = round((height - 1) / 2 - y), round((width - 1) / 2 - x)
    canvas = np.zeros((height + 2 * h, width + 2 * w), dtype=np.float32)  # room for ink beyond the edge
    canvas[top + h : top + 2 * h, left + w : left + 2 * w] = small
    return canvas[h : h + height, w : w + width]
