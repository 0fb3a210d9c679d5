"""The aggregated posterior: where the examples' codes really are."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.model import Posterior
from vae_core.samplers import SAMPLERS


@dataclass(frozen=True)
class Config:
    """No options."""


@SAMPLERS.register("aggregated_posterior", Config)
def aggregated_posterior(config: Config, n: int, codes: Posterior, generator: torch.Generator | None = None) -> Tensor:
    """z from q(z) = 1/N Σ q(z | x_n): the posterior of an example that is drawn first (Hoffman & Johnson 2016).

    Of a deterministic code each point gets the width of Scott's rule (Scott 1992): a kernel density estimate.
    """
    found = codes.take(torch.randint(len(codes.mu), (n,), generator=generator))
    if found.logvar is None:
        size, dimensions = codes.mu.shape
        width = codes.mu.std(0, correction=0) * size ** (-1 / (dimensions + 4))
        return found.mu + width * torch.randn(found.mu.shape, generator=generator)
    return found.sample(generator)
