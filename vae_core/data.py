"""What a dataset is: its spec (kind, shape, classes, ground-truth factors) and its examples, resident as uint8.

Nothing here assumes grey 28×28 images: `shape` is free, and `kind` leaves room for sequences, tokens and tiles.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class DataSpec:
    """What a model must know of its data, and all that a checkpoint keeps of it.

    `shape` is one example's, for images (channels, height, width). `classes` are the names that labels index.
    `factors` are the names of the ground-truth factors, where the data has them.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "DataSpec":
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


@dataclass(frozen=True)
class Split:
    """Examples: `x` uint8 [N, *shape], `y` int64 [N] class labels (zeros without classes), `factors` float [N, F]."""

    x: Tensor
    y: Tensor
    factors: Tensor | None = None

    def __post_init__(self):
        if self.x.dtype != torch.uint8 or self.y.dtype != torch.int64 or len(self.x) != len(self.y):
            raise ValueError(f"x must be uint8 and y int64 of one length, not {self.x.dtype} and {self.y.dtype}")

    def __len__(self) -> int:
        return len(self.x)

    def to(self, device: str | torch.device) -> "Split":
        factors = None if self.factors is None else self.factors.to(device)
        return Split(self.x.to(device), self.y.to(device), factors)

    def take(self, index: Tensor | slice) -> "Split":
        return Split(self.x[index], self.y[index], None if self.factors is None else self.factors[index])


@dataclass(frozen=True)
class Data:
    """A loaded dataset: its spec, what is trained on, and what is held out."""

    spec: DataSpec
    train: Split
    test: Split


def as_float(x: Tensor) -> Tensor:
    """uint8 [N, …] at rest -> float32 [N, …] in [0, 1], as a batch is fed to a model."""
    return x.float().div_(255)


def split_at_random(x: Tensor, y: Tensor, test_fraction: float, seed: int) -> tuple[Split, Split]:
    """A seeded split into train and test; at least one example on each side."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    n_test = min(max(1, round(len(x) * test_fraction)), len(x) - 1)
    whole = Split(x, y)
    return whole.take(order[n_test:]), whole.take(order[:n_test])
