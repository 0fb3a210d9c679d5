"""The importance-weighted autoencoder: several draws of z for each example, a tighter bound."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, Split
from vae_core.metrics import METRICS
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "IWAE"

    draws: int = option(5, "Draws of z for each example; with 1 it is the VAE.", minimum=1, maximum=1000)
    doubly_reparameterised: bool = option(
        False, "The encoder's gradient by Tucker et al. 2019, which does not drown in noise as the draws grow."
    )


@OBJECTIVES.register("iwae", Config)
class IWAE(Objective):
    """Several draws of z for each example, the good ones counting most: a tighter bound than −ELBO (Burda et al. 2016).

    loss = −E log 1/k Σ p(x, zᵢ) / q(zᵢ | x), zᵢ from q(z | x): between −ELBO and −log p(x).
    `nll` is the mean over the draws and `kl` that of the posterior, as for a VAE, so −ELBO can be compared; with one
    draw the loss is −ELBO with the KL of that draw. The doubly reparameterised gradient (Tucker, Lawson, Gu & Maddison
    2019) has the same mean: the encoder's is Σ wᵢ² ∂ log(p/q) / ∂zᵢ · ∂zᵢ / ∂φ, w the normalised weights, with q's own
    parameters held.
    """

    title = "IWAE"

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        k, posterior = self.config.draws, model.encode(batch.x, batch.y)
        several = posterior.take(torch.arange(len(batch), device=batch.x.device).repeat_interleave(k))  # [B·k, D]
        z = several.sample(generator)
        y = None if batch.y is None else batch.y.repeat_interleave(k, 0)
        nll = model.nll(batch.x.repeat_interleave(k, 0), z, y).view(-1, k)
        held = several
        if self.config.doubly_reparameterised and several.logvar is not None:
            held = Posterior(several.mu.detach(), several.logvar.detach())
        weights = log_prior(z).view(-1, k) - log_posterior(z, held).view(-1, k) - nll  # [B, k]
        kl_per_dim = posterior.kl_per_dim().mean(0)
        terms = {"nll": nll.mean(), "kl": kl_per_dim.sum(), "kl_per_dim": kl_per_dim}
        terms["bound"] = math.log(k) - weights.logsumexp(1).mean()
        if self.config.doubly_reparameterised and z.requires_grad:
            share = weights.detach().softmax(1)
            z.register_hook(lambda gradient: share.view(-1, 1) * gradient)  # a second w, for the encoder alone
            surrogate = -(share * weights).sum(1).mean()
            terms["bound"] = terms["bound"].detach() + surrogate - surrogate.detach()
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["bound"]

    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; `loss` is the bound with as many draws as in training."""
        importance = METRICS["importance"].config(samples=self.config.draws)
        bound = METRICS.build(importance, model, split, encoded)["iw_nll"]
        return {"loss": bound, **self.elbo(model, split, encoded)}


def log_prior(z: Tensor) -> Tensor:
    """log N(z; 0, I) of z [B, D], [B]."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)


def log_posterior(z: Tensor, posterior: Posterior) -> Tensor:
    """log q(z | x) of one z [B, D] for each posterior, [B]."""
    mu, logvar = posterior
    assert logvar is not None
    return -0.5 * ((z - mu).square() * torch.exp(-logvar) + logvar + math.log(2 * math.pi)).sum(1)
