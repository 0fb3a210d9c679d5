"""The separation of the classes in latent space."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior

QUERIES = 250
"""Points whose distances to all others are in memory at once."""


@dataclass(frozen=True)
class Config:
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "knn_accuracy",
            "k-NN accuracy",
            "Examples whose nearest codes are of their own class.",
            "classes",
            better="higher",
            unit="%",
            needs=("classes",),
        ),
    )

    neighbours: int = option(10, "Neighbours that vote.", minimum=1, maximum=100)


@METRICS.register("knn", Config)
def knn(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Share of examples whose nearest neighbours in the other half vote for their class (1 is best)."""
    found = accuracy(encoded.mu, split.y, config.neighbours)
    return {} if found is None else {"knn_accuracy": found}


def accuracy(points: Tensor, y: Tensor, neighbours: int) -> float | None:
    """The same for any points [N, D] with classes y [N]; None for a single class or too few points."""
    half = len(y) // 2
    if y.unique().numel() < 2 or half < neighbours:
        return None
    # Without scikit-learn, whose import would delay a training's first checkpoint by 1.4 s.
    points, classes = points.double(), functional.one_hot(y[:half])
    right = 0
    for some, truth in zip(points[half:].split(QUERIES), y[half:].split(QUERIES), strict=True):
        nearest = torch.cdist(some, points[:half]).topk(neighbours, largest=False).indices
        right += int((classes[nearest].sum(1).argmax(1) == truth).sum())  # the first class wins a tie
    return right / (len(y) - half)
