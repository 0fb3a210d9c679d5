"""q(z | x), what an encoder says of an example: a distribution over latent space, or a point."""

from typing import NamedTuple

import torch
from torch import Tensor


class Posterior(NamedTuple):
    """q(z | x): a diagonal normal with `mu` and `logvar` [B, D], or a point (`logvar` None): a deterministic code."""

    mu: Tensor
    logvar: Tensor | None

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z per example, [B, D], by the reparameterisation trick (Kingma & Welling 2014)."""
        if self.logvar is None:
            return self.mu
        noise = torch.randn(self.mu.shape, generator=generator, device=self.mu.device, dtype=self.mu.dtype)
        return self.mu + torch.exp(0.5 * self.logvar) * noise

    def take(self, index: Tensor | slice) -> "Posterior":
        """Those of some examples."""
        return Posterior(self.mu[index], None if self.logvar is None else self.logvar[index])

    def kl_per_dim(self) -> Tensor:
        """KL(q(z | x) ‖ N(0, I)) in nats, [B, D]; zeros for a deterministic code, which has no KL."""
        if self.logvar is None:
            return torch.zeros_like(self.mu)
        return 0.5 * (self.mu.square() + self.logvar.exp() - 1 - self.logvar)
