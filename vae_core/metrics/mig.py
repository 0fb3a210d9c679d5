"""How well single latent dimensions represent single factors."""

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
    of_codes: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "mig",
            "MIG",
            "Lead of each factor's best dimension over its second, 0 to 1, in posterior means.",
            "factors",
            better="higher",
            needs=("factors", "dimensions"),
        ),
        Measure(
            "mig_of_draws",
            "MIG of draws",
            "The same in draws of each posterior, as the paper defines it.",
            "factors",
            better="higher",
            needs=("posterior", "factors", "dimensions"),
        ),
    )

    bins: int = option(20, "Bins per latent dimension and per continuous factor.", minimum=2, maximum=200)
    draw_seed: int = option(0, "Seed of the draw of each posterior.", minimum=0)


@METRICS.register("mig", Config)
def mig(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Mutual information gap: lead of each factor's best dimension over the second, 0 to 1 (Chen et al. 2018).

    `mig` is of posterior means, as most programs have it; `mig_of_draws` of a draw of each posterior, as the paper
    defines it: less where a mean moves within the posterior's width.
    """
    if split.factors is None or encoded.mu.shape[1] < 2:
        return {}
    found = _gaps(encoded.mu, split.factors, config.bins)
    results = {"mig": sum(found) / len(found), "mig_per_factor": found}
    if encoded.logvar is not None:
        drawn = _gaps(encoded.sample(torch.Generator().manual_seed(config.draw_seed)), split.factors, config.bins)
        results["mig_of_draws"] = sum(drawn) / len(drawn)
    return results


def _gaps(z: Tensor, factors: Tensor, n_bins: int) -> list[float]:
    """The gap of each factor [N, F] in codes z [N, D]."""
    from sklearn.metrics import mutual_info_score  # a second, which most commands do not need

    codes = [binned(code, n_bins) for code in z.T]
    gaps = []
    for factor in factors.T:
        values = binned(factor, n_bins)
        entropy = mutual_info_score(values, values)
        first, second = sorted((mutual_info_score(values, code) for code in codes), reverse=True)[:2]
        gaps.append((first - second) / entropy if entropy > 0 else 0.0)
    return gaps


def binned(values: Tensor, bins: int) -> Tensor:
    """Keep few distinct values as they are; cut others into bins of equal width, as in disentanglement_lib."""
    distinct, index = torch.unique(values, return_inverse=True)
    if len(distinct) <= bins:
        return index
    low, high = values.min(), values.max()
    return ((values - low) / (high - low) * bins).long().clamp(max=bins - 1)
