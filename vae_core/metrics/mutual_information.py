"""How much the code tells about which example it is of."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior

ROWS = 500
"""Draws whose densities under all posteriors are in memory at once."""


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "mutual_information",
            "I(x; z)",
            "How much the code tells about which example it is of, at most the logarithm of their number.",
            "code",
            unit="nats",
            needs=("posterior",),
        ),
    )

    noise_seed: int = option(0, "Seed of the draw of each example.", minimum=0)


@METRICS.register("mutual_information", Config)
def mutual_information(config: Config, model: Model | None, split: Split | None, encoded: Posterior) -> dict[str, Any]:
    """I(x; z) in nats, one draw an example: KL less the distance of all codes from the prior (Hoffman & Johnson 2016).

    log q(z | x) − log q(z), averaged, where q(z) is the mixture of the examples' posteriors (He et al. 2019). The
    estimate is at most the logarithm of their number. {} for a deterministic code.
    """
    if encoded.logvar is None:
        return {}
    generator = torch.Generator().manual_seed(config.noise_seed)
    z = encoded.sample(generator).double()
    own = _log_density(z, encoded.mu.double(), encoded.logvar.double())
    return {"mutual_information": (own - _log_mixture(z, encoded)).mean().item()}


def _log_density(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mu, exp(logvar)) summed over the last axis, without the constant of π."""
    return -0.5 * ((z - mu).square() * torch.exp(-logvar) + logvar).sum(-1)


def _log_mixture(z: Tensor, encoded: Posterior) -> Tensor:
    """log of the mean of all posteriors' densities at z [N, D], without the constant of π: [N]."""
    assert encoded.logvar is not None
    mu, logvar = encoded.mu.double(), encoded.logvar.double()
    precision = torch.exp(-logvar)
    # (z − mu)² / var as three products of matrices: [rows, N] without a third axis.
    own = (mu.square() * precision + logvar).sum(1)
    found = []
    for rows in z.split(ROWS):
        distances = rows.square() @ precision.T - 2 * rows @ (mu * precision).T + own
        found.append(torch.logsumexp(-0.5 * distances, 1) - math.log(len(mu)))
    return torch.cat(found)
