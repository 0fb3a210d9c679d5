"""How typical a latent point is of the encoded data, and so how far its decoded picture can be trusted.

The decoder is trained on points of the aggregated posterior q(z) = 1/N Σ q(z | x_n) (Hoffman & Johnson 2016). The
rating of a point is the share of held-out examples at places of lower density.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.posterior import Posterior

MAX_EXAMPLES = 2000
QUANTILES = 101
AT_ONCE = 200
"""Points that are rated together: each meets every component, and what that takes fits the processor's cache."""


@dataclass(frozen=True)
class Typicality:
    """A mixture density and its quantiles over held-out examples, in double precision.

    `mu` and `logvar` [M, D] are the mixture's components; `quantiles` [101] are the log densities (nats) at the 0th to
    100th percentile of held-out examples that are not among them.
    """

    mu: Tensor
    logvar: Tensor
    quantiles: Tensor

    @classmethod
    def of(cls, posterior: Posterior) -> "Typicality":
        """Half of the examples (at most 2,000) become components; as many others give the quantiles. A single example
        is both. For a deterministic code each component gets the width of Scott's rule (Scott 1992).
        """
        n, dim = posterior.mu.shape
        m = min(max(n // 2, 1), MAX_EXAMPLES)
        # At random, because held-out files have an order: the halves of MNIST's were written by different people.
        order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
        components, others = order[:m], order[m : 2 * m] if n > 1 else order
        mu = posterior.mu[components].double()
        if posterior.logvar is None:
            std = mu.std(0, correction=0).clamp(min=1e-6) * m ** (-1 / (dim + 4))
            logvar = (2 * std.log()).expand(m, -1).contiguous()
        else:
            logvar = posterior.logvar[components].double()
        unrated = cls(mu, logvar, mu.new_empty(0))
        levels = unrated.log_density(posterior.mu[others])
        return cls(mu, logvar, torch.quantile(levels, torch.linspace(0, 1, QUANTILES, dtype=torch.float64)))

    def log_density(self, z: Tensor) -> Tensor:
        """log q(z) in nats: z [B, D] -> [B]."""
        return torch.cat([self._log_density(some) for some in z.split(AT_ONCE)])

    def _log_density(self, z: Tensor) -> Tensor:
        m, dim = self.mu.shape
        z = z.double()
        constant = -0.5 * (dim * math.log(2 * math.pi) + self.logvar.sum(1)) - math.log(m)
        precision = torch.exp(-self.logvar)
        # Σ (z − μ)² / σ² expanded, so that no [B, M, D] array is ever made.
        squares = z.square() @ precision.T - 2 * z @ (self.mu * precision).T + (self.mu.square() * precision).sum(1)
        return torch.logsumexp(constant - 0.5 * squares, dim=1)

    def percentile(self, z: Tensor) -> Tensor:
        """The share of held-out examples, in percent, that are less typical: z [B, D] -> [B] in [0, 100]."""
        return percentile_of(self.log_density(z), self.quantiles)


def percentile_of(values: Tensor, quantiles: Tensor) -> Tensor:
    """Where `values` [B] stand among sorted `quantiles` [Q], in percent, linear in between."""
    upper = torch.searchsorted(quantiles, values.contiguous()).clamp(1, len(quantiles) - 1)
    low, high = quantiles[upper - 1], quantiles[upper]
    part = ((values - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
    return 100 * (upper - 1 + part) / (len(quantiles) - 1)


def reencoding_distance(z: Tensor, again: Posterior) -> Tensor:
    """The distance between z and its re-encoded picture, in posterior standard deviations (root mean square over
    dimensions): [B].

    About 1 or less: the picture preserves z. NaN for a deterministic code, which has no σ.
    """
    if again.logvar is None:
        return torch.full((len(z),), float("nan"))
    return ((z - again.mu).square() / again.logvar.exp()).mean(1).sqrt()
