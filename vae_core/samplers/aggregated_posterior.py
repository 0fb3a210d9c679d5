"""The aggregated posterior: where the examples' codes really are."""

from dataclasses import dataclass

import torch

from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, Gaussians


@dataclass(frozen=True)
class Config:
    """No options."""


@SAMPLERS.register("aggregated_posterior", Config)
def aggregated_posterior(config: Config, codes: Posterior, generator: torch.Generator | None = None) -> Gaussians:
    """z from q(z) = 1/N Σ q(z | xₙ): the posterior of an example that is drawn first (Hoffman & Johnson 2016).

    Of a deterministic code each point gets the width of Scott's rule (Scott 1992): a kernel density estimate.
    """
    if codes.logvar is not None:
        return Gaussians(codes.mu, torch.exp(0.5 * codes.logvar))
    size, dimensions = codes.mu.shape
    width = codes.mu.std(0, correction=0) * size ** (-1 / (dimensions + 4))
    return Gaussians(codes.mu, width.expand(size, -1))
