"""How well the classes lie apart in latent space."""

from dataclasses import dataclass
from typing import Any

from sklearn.neighbors import KNeighborsClassifier

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
    half = len(split) // 2
    if split.y.unique().numel() < 2 or half < config.neighbours:
        return {}
    mu, y = encoded.mu.numpy(), split.y.numpy()
    first = KNeighborsClassifier(config.neighbours).fit(mu[:half], y[:half]).score(mu[half:], y[half:])
    return {"knn_accuracy": float(first)}
