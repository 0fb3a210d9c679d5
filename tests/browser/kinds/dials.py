"""A kind of data and a dataset of it, as a plug-in brings them: this file and dials.js beside it are all of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Data, DataSpec, split_at_random
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Kind, Prepared

SIDE = 9
"""Pixels along a dial in a picture."""


@dataclass(frozen=True)
class KindConfig:
    """No options."""


@KINDS.register("dials", KindConfig)
class Dials(Kind):
    """Rows of dials: each value in [0, 1] turns a hand from the left over the top to the right."""

    name = "dials"
    unit = "row"
    likelihoods = ("gaussian",)
    dtype = torch.float32

    def check_spec(self, spec: DataSpec) -> None:
        if len(spec.shape) != 1 or not 1 <= spec.shape[0] <= 12:
            raise UserError(f"A row has 1 to 12 dials; {spec.name} has shape {spec.shape}.")

    def feed(self, x: Tensor) -> Tensor:
        return x

    def rest(self, shown: Tensor) -> Tensor:
        return shown.clamp(0, 1)

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.rand(x.shape, generator=generator)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        """White dials with black hands, uint8 [N, SIDE, n·SIDE, 3]."""
        pictures = torch.full((len(x), SIDE, spec.shape[0] * SIDE, 3), 255, dtype=torch.uint8)
        angle = (1 - x.clamp(0, 1)) * math.pi  # [N, n]
        row, dial = torch.meshgrid(torch.arange(len(x)), torch.arange(spec.shape[0]), indexing="ij")
        for length in range(SIDE // 2 + 1):
            across, up = (length * angle.cos()).round().long(), (length * angle.sin()).round().long()
            pictures[row, SIDE // 2 - up, dial * SIDE + SIDE // 2 + across] = 0
        return pictures

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        return [" ".join(f"{value:.2f}" for value in row) for row in x.tolist()]

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        try:
            x = torch.tensor([[float(value) for value in content.decode().split()]])
        except ValueError:
            raise UserError("A row of dials is a line of numbers.") from None
        self.check(spec, x)
        return Prepared([("read", content.decode())], x)

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        return {"side": SIDE}


@dataclass(frozen=True)
class Config:
    kind: ClassVar[str] = "dials"
    n: int = option(400, "Rows, of which a quarter is held out.", minimum=8, maximum=10_000)


@DATASETS.register("dials", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Rows of three dials, of which the third shows the mean of the others."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(config.n, 3, generator=generator)
    x[:, 2] = x[:, :2].mean(1)
    train, test = split_at_random(x, torch.zeros(config.n, dtype=torch.int64), 0.25, seed=0)
    return Data(DataSpec("dials", "dials", (3,)), train, test)
