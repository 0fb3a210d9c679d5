"""Whether one class can be told from all others by its own codes alone."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    of_codes: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "one_class_auc",
            "One-class AUC",
            "How well the codes of one class alone tell all others: 1 without a mistake, 0.5 by chance.",
            "classes",
            better="higher",
            needs=("classes",),
        ),
    )

    ridge: float = option(
        0.001, "Added to a variance, as a share of the mean one: a class may be flat.", minimum=1e-9, maximum=1
    )


@METRICS.register("one_class", Config)
def one_class(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Mean over classes of the AUC with which one class's codes tell strangers (1 is best, 0.5 chance).

    A Gaussian is fitted to the posterior means of a class in one half; the other half's are ranked by their Mahalanobis
    distance to it (Lee et al. 2018), the class's own against all others. The model itself has seen all classes. {} for
    a single class; classes with fewer than two examples in a half are left out.
    """
    half = len(split.y) // 2
    mu, y = encoded.mu.double(), split.y
    found = []
    for label in y.unique():
        own, other = mu[:half][y[:half] == label], y[half:] != label
        if len(own) < 2 or other.all() or not other.any():
            continue
        centred = own - own.mean(0)
        covariance = centred.T @ centred / len(own)
        level = covariance.diagonal().mean().clamp(min=1e-12)
        covariance += config.ridge * level * torch.eye(len(covariance), dtype=torch.float64)
        away = mu[half:] - own.mean(0)
        distances = (away * torch.linalg.solve(covariance, away.T).T).sum(1)
        found.append(auc(distances[~other], distances[other]))
    return {"one_class_auc": sum(found) / len(found), "one_class_auc_per_class": found} if found else {}


def auc(usual: Tensor, strange: Tensor) -> float:
    """How often a score of `strange` [M] is higher than one of `usual` [N]; equal ones count half. NaN counts never."""
    ordered = usual.sort().values
    below = torch.searchsorted(ordered, strange.contiguous()).double()
    up_to = torch.searchsorted(ordered, strange.contiguous(), right=True).double()
    return ((below + up_to).mean() / (2 * len(usual))).item()
