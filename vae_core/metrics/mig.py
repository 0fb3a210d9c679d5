"""How well single latent dimensions represent single factors."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS
from vae_core.model import Model, Posterior


@dataclass(frozen=True)
class Config:
    bins: int = option(20, "Bins per latent dimension and per continuous factor.", minimum=2, maximum=200)


@METRICS.register("mig", Config)
def mig(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Mutual information gap: lead of each factor's best dimension over the second, 0 to 1 (Chen et al. 2018)."""
    if split.factors is None or encoded.mu.shape[1] < 2:
        return {}
    from sklearn.metrics import mutual_info_score  # a second, which most commands do not need

    codes = [_binned(encoded.mu[:, dim], config.bins) for dim in range(encoded.mu.shape[1])]
    gaps = []
    for factor in range(split.factors.shape[1]):
        values = _binned(split.factors[:, factor], config.bins)
        entropy = mutual_info_score(values, values)
        first, second = sorted((mutual_info_score(values, code) for code in codes), reverse=True)[:2]
        gaps.append((first - second) / entropy if entropy > 0 else 0.0)
    return {"mig": sum(gaps) / len(gaps), "mig_per_factor": gaps}


def _binned(values: Tensor, bins: int) -> Tensor:
    """Keep few distinct values as they are; cut others into bins of equal width, as in disentanglement_lib."""
    distinct, index = torch.unique(values, return_inverse=True)
    if len(distinct) <= bins:
        return index
    low, high = values.min(), values.max()
    return ((values - low) / (high - low) * bins).long().clamp(max=bins - 1)
