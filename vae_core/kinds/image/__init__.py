"""Images: uint8 [N, C, H, W] at rest, float in [0, 1] in a batch, grey (C = 1) or RGB (C = 3)."""

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, File, Kind, Prepared
from vae_core.numerals import numeral

MAX_PIXELS = 3 * 512 * 512
STRAY = 1.0
"""How far beyond [0, 1] noise may take a pixel."""


def as_float(x: Tensor) -> Tensor:
    """uint8 [N, …] at rest -> float32 [N, …] in [0, 1], the batch form."""
    return x.float().div_(255)


@dataclass(frozen=True)
class Config:
    """No options."""


@KINDS.register("image", Config)
class Image(Kind):
    """Pictures in grey or colour, of any size: each value is a pixel's lightness in a channel."""

    name = "image"
    unit = "image"
    likelihoods = ("bernoulli", "continuous_bernoulli", "gaussian")

    def check_spec(self, spec: DataSpec) -> None:
        whole = all(type(size) is int and size > 0 for size in spec.shape)
        if len(spec.shape) != 3 or not whole or spec.shape[0] not in (1, 3) or math.prod(spec.shape) > MAX_PIXELS:
            raise UserError(
                f"Images have 1 or 3 channels, a height and a width, at most {MAX_PIXELS:,} values; "
                f"{spec.name} has shape {spec.shape}."
            )
        if spec.symbols:
            raise UserError(f"Images consist of numbers; {spec.name} names {len(spec.symbols)} symbols.")

    def check_batch(self, spec: DataSpec, x: Tensor, values: bool = True) -> None:
        super().check_batch(spec, x, values)
        if values and x.numel():
            lowest, highest = (value.item() for value in x.aminmax())
            if lowest < -STRAY or highest > 1 + STRAY:
                raise UserError(
                    f"A batch of {spec.name} holds values from 0 to 1, not from {numeral(lowest, '.4g')} to "
                    f"{numeral(highest, '.4g')}: divide pictures of 0 to 255 by 255."
                )

    def feed(self, x: Tensor) -> Tensor:
        return as_float(x)

    def rest(self, shown: Tensor) -> Tensor:
        return (shown.clamp(0, 1) * 255).round_().to(torch.uint8)

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.rand(x.shape, generator=generator)

    def undecided(self, x: Tensor) -> Tensor:
        light = x.flatten(1).clamp(0, 1)
        ink = torch.minimum(light.sum(1), (1 - light).sum(1))
        return (light * (1 - light)).sum(1) / ink.clamp(min=1e-6)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        return self.rest(x).expand(-1, 3, -1, -1).permute(0, 2, 3, 1)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        channels, height, width = spec.shape
        colour = "grey" if channels == 1 else "colour"
        return [f"{height}×{width} {colour}, mean lightness {value:.0%}" for value in x.flatten(1).mean(1).tolist()]

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """A PNG each, grey or RGB, of the size of the model's pictures."""
        from PIL import Image as Picture  # which training does not need

        for i, picture in enumerate(self.rest(x)):
            out = io.BytesIO()
            Picture.fromarray(picture.movedim(0, -1).squeeze(-1).numpy()).save(out, "png")
            yield File(f"{i + 1:06}.png", out.getvalue())

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        from vae_core.kinds.image import imaging  # Pillow, which training does not need

        found = imaging.prepare(content, spec, options or imaging.Options())
        return Prepared([(step.id, step.image) for step in found.steps], found.x)

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        return {}
