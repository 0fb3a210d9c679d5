"""How well the classes lie apart in latent space."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS
from vae_core.model import Model, Posterior

QUERIES = 250
"""Points whose distances to all others are held at once."""


@dataclass(frozen=True)
class Config:
    neighbours: int = option(10, "Neighbours that vote.", minimum=1, maximum=100)


@METRICS.register("knn", Config)
def knn(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Share of examples whose nearest neighbours, among the other half, vote for their class (1 is best)."""
    found = accuracy(encoded.mu, split.y, config.neighbours)
    return {} if found is None else {"knn_accuracy": found}


def accuracy(points: Tensor, y: Tensor, neighbours: int) -> float | None:
    """The same of any points [N, D] with classes y [N]; None where there is but one class, or too few points."""
    half = len(y) // 2
    if y.unique().numel() < 2 or half < neighbours:
        return None
    # Not scikit-learn's: a training's first checkpoint would wait 1.4 s for its import.
    points, classes = points.double(), functional.one_hot(y[:half])
    right = 0
    for some, truth in zip(points[half:].split(QUERIES), y[half:].split(QUERIES), strict=True):
        nearest = torch.cdist(some, points[:half]).topk(neighbours, largest=False).indices
        right += int((classes[nearest].sum(1).argmax(1) == truth).sum())  # of equal votes, the first class wins
    return right / (len(y) - half)
