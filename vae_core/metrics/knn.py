"""How well the classes lie apart in latent space."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS
from vae_core.model import Model, Posterior


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
    from sklearn.neighbors import KNeighborsClassifier  # a second, which most commands do not need

    points, y = points.numpy(), y.numpy()
    return float(KNeighborsClassifier(neighbours).fit(points[:half], y[:half]).score(points[half:], y[half:]))
