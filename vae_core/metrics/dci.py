"""Whether each dimension knows one factor, and each factor is known by one dimension."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.metrics.mig import binned
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "disentanglement",
            "Disentanglement",
            "Whether each dimension matters for one factor alone, 0 to 1 (DCI).",
            "factors",
            better="higher",
            needs=("factors",),
        ),
        Measure(
            "completeness",
            "Completeness",
            "Whether one dimension alone matters for each factor, 0 to 1 (DCI).",
            "factors",
            better="higher",
            needs=("factors",),
        ),
        Measure(
            "informativeness",
            "Informativeness",
            "How well a random forest reads the factors off the code, 0 to 1 (DCI).",
            "factors",
            better="higher",
            needs=("factors",),
        ),
    )

    trees: int = option(50, "Trees in the forest that predicts a factor.", minimum=1, maximum=1000)
    forest_seed: int = option(0, "Seed of the forest.", minimum=0, maximum=2**31 - 1)
    few_values: int = option(20, "A factor with at most so many values is a class.", minimum=2, maximum=200)


@METRICS.register("dci", Config)
def dci(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Disentanglement, completeness and informativeness of posterior means, 0 to 1 (Eastwood & Williams 2018).

    A random forest predicts each factor from the codes of one half. By its importances, a dimension is disentangled
    that matters for one factor alone, and a factor is completely represented that one dimension alone matters for;
    `informativeness` is the accuracy on the other half, or R² (not below 0) for a factor of many values. {} without
    factors.
    """
    half = len(encoded.mu) // 2
    if split.factors is None or half < 2:
        return {}
    codes = encoded.mu.double().numpy()
    found = [_predicted(codes, split.factors[:, factor], config) for factor in range(split.factors.shape[1])]
    importance = np.stack([each[0] for each in found], 1)  # [D, F]
    per_dimension, per_factor = importance.sum(1), importance.sum(0)
    total = importance.sum()
    return {
        "disentanglement": float((per_dimension / total) @ _decided(importance)) if total else 0.0,
        "completeness": float((per_factor / total) @ _decided(importance.T)) if total else 0.0,
        "informativeness": float(np.mean([each[1] for each in found])),
    }


def _predicted(codes: np.ndarray, factor: Tensor, config: Config) -> tuple[np.ndarray, float]:
    """The importance of each dimension [D] for a factor [N], and how well the other half is predicted."""
    # A second, which most commands do not need.
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    half = len(codes) // 2
    few = len(factor.unique()) <= config.few_values
    # Each split chooses among all dimensions: a tree that is shown only some makes do with those that know little.
    make = RandomForestClassifier if few else RandomForestRegressor
    forest = make(config.trees, max_features=None, random_state=config.forest_seed)
    truth = (binned(factor, config.few_values) if few else factor.double()).numpy()
    forest.fit(codes[:half], truth[:half])
    return forest.feature_importances_, max(0.0, float(forest.score(codes[half:], truth[half:])))


def _decided(importance: np.ndarray) -> np.ndarray:
    """1 − entropy of each row [A, B] in units of log B: 1 if one entry has all of it, 0 if all have as much. [A]"""
    shares = importance / np.maximum(importance.sum(1, keepdims=True), 1e-12)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    columns = importance.shape[1]
    return 1 + (shares * logs).sum(1) / np.log(columns) if columns > 1 else np.ones(len(importance))
