"""Whether what stays the same in a group of examples shows in a dimension of its own."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.metrics.mig import binned
from vae_core.model import Model
from vae_core.posterior import Posterior

LEAST_VARIANCE = 0.01
"""A dimension whose mean varies less is not in use: its variance within a group, in its own units, would be chance."""


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    of_codes: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "factor_score",
            "FactorVAE score",
            "Right guesses of which factor a group of examples shares, from the dimension that varies least.",
            "factors",
            better="higher",
            needs=("factors",),
        ),
    )

    votes: int = option(1600, "Groups of examples that vote; half of them make the rule.", minimum=2, maximum=100_000)
    group_size: int = option(64, "Examples in a group, which share the value of a factor.", minimum=2, maximum=10_000)
    value_bins: int = option(
        10, "Bins of a factor of many values: those of a bin count as one.", minimum=2, maximum=200
    )
    group_seed: int = option(0, "Seed of the groups.", minimum=0)


@METRICS.register("factor_score", Config)
def factor_score(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """The FactorVAE score: share of right guesses of which factor a group of examples has in common (Kim & Mnih 2018).

    The guess follows from the dimension that varies least in the group, in units of its spread over all, by a majority
    vote of groups before. 1 is best; by chance about 1 of the number of factors. {} without factors.
    """
    if split.factors is None or split.factors.shape[1] < 2:
        return {}
    mu, variance = encoded.mu.double(), encoded.mu.double().var(0, correction=0)
    used = variance > LEAST_VARIANCE
    if not used.any():
        return {"factor_score": 1 / split.factors.shape[1]}  # a code that says nothing: chance
    scaled = mu[:, used] / variance[used].sqrt()
    factors = [binned(factor, config.value_bins) for factor in split.factors.T]
    generator = torch.Generator().manual_seed(config.group_seed)
    votes = torch.zeros(2, int(used.sum()), len(factors))
    for vote in range(config.votes):
        factor = int(torch.randint(len(factors), (), generator=generator))
        dimension = _steadiest(scaled, factors[factor], config.group_size, generator)
        votes[vote % 2, dimension, factor] += 1
    rule = votes[0].argmax(1)
    right = votes[1][torch.arange(len(rule)), rule].sum()
    return {"factor_score": float(right / votes[1].sum())}


def _steadiest(scaled: Tensor, factor: Tensor, size: int, generator: torch.Generator) -> int:
    """The dimension of scaled codes [N, D] that varies least among examples with one value of a factor [N]."""
    value = factor[torch.randint(len(factor), (), generator=generator)]
    alike = (factor == value).nonzero()[:, 0]
    group = alike[torch.randint(len(alike), (size,), generator=generator)]
    return int(scaled[group].var(0, correction=0).argmin())
