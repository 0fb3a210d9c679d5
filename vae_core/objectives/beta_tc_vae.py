"""β-TC-VAE: the KL in three parts, each with a weight of its own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, Split
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.posterior import Posterior

MEASURED_AT_ONCE = 128
"""Held-out examples in an estimate: the default batch size, since the estimate depends on it."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "β-TC-VAE"

    tc_weight: float = option(
        6.0,
        "What it costs that dimensions depend on each other: the weight of the total correlation (β).",
        minimum=0,
        maximum=1000,
        live=True,
    )
    mi_weight: float = option(
        1.0,
        "What it costs that a code says which example it is of: the weight of I(x; z) (α).",
        minimum=0,
        maximum=1000,
        live=True,
    )
    dimension_weight: float = option(
        1.0, "Weight of each dimension's distance from the prior (γ).", minimum=0, maximum=1000, live=True
    )


@OBJECTIVES.register("beta_tc_vae", Config)
class BetaTCVAE(Objective):
    """The KL in three parts: dimensions that depend on each other cost most, so that each may mean a thing of its own.

    loss = NLL + α·I(x; z) + β·TC(z) + γ·Σ KL(q(z_d) ‖ p(z_d)): what z says of x, how much its dimensions depend on each
    other, and how far each lies from the prior (Chen, Li, Grosse & Duvenaud 2018, "Isolating Sources of Disentanglement
    in VAEs"). q(z) is the aggregated posterior: `index_code_mi` = KL(q(z, n) ‖ q(z) p(n)), `total_correlation` =
    KL(q(z) ‖ Π q(z_d)), `dimension_kl` is the rest; their sum estimates the KL. They are estimated from each batch by
    minibatch-stratified sampling (appendix C.2), which overrates the first, by less in larger batches; none is negative
    in truth, an estimate may be.
    """

    title = "β-TC"
    terms = ("loss", "nll", "kl", "index_code_mi", "total_correlation", "dimension_kl")
    labels: ClassVar[Mapping[str, str]] = {
        "index_code_mi": "I(x; z)",
        "total_correlation": "Total correlation",
        "dimension_kl": "KL of the dimensions",
    }

    _total: int | None = None
    """Training examples, of which a batch has told: the estimate on held-out ones is one of the same size."""

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        posterior, z, terms = self.encoded(model, batch, generator)
        self._total = batch.total or len(batch)
        terms |= parts_of_kl(z, posterior, self._total)
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        config = self.config
        return (
            terms["nll"]
            + config.mi_weight * terms["index_code_mi"]
            + config.tc_weight * terms["total_correlation"]
            + config.dimension_weight * terms["dimension_kl"]
        )

    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; the three parts are estimated as in training, in batches of MEASURED_AT_ONCE."""
        z, n = encoded.sample(torch.Generator().manual_seed(0)), len(split)
        total = self._total or n
        sums = dict.fromkeys(self.labels, 0.0)
        for start in range(0, n, MEASURED_AT_ONCE):
            rows = slice(start, start + MEASURED_AT_ONCE)
            for name, value in parts_of_kl(z[rows], encoded.take(rows), total).items():
                sums[name] += value.item() * len(z[rows])
        parts = {name: value / n for name, value in sums.items()}
        return self.with_loss(self.elbo(model, split, encoded) | parts, epoch)


def parts_of_kl(z: Tensor, posterior: Posterior, total: int) -> dict[str, Tensor]:
    """Estimates of the three parts of the KL in nats, scalars, from draws z [B, D] of the posteriors of a batch out of
    `total` examples. Their sum is the mean of log q(z | x) − log p(z)."""
    assert posterior.logvar is not None
    mu, logvar = posterior.mu, posterior.logvar
    constant = math.log(2 * math.pi)
    errors = (z[:, None] - mu).square() * torch.exp(-logvar)  # [B, B, D]: each z under each posterior
    density = -0.5 * (errors + logvar + constant)
    weights = stratified(len(z), max(total, len(z)), z.device).log()
    own = density.diagonal().sum(0)  # log q(z | x), [B]
    together = torch.logsumexp(weights + density.sum(2), 1)  # log q(z)
    apart = torch.logsumexp(weights[..., None] + density, 1).sum(1)  # Σ log q(z_d)
    prior = -0.5 * (z.square() + constant).sum(1)
    return {
        "index_code_mi": (own - together).mean(),
        "total_correlation": (together - apart).mean(),
        "dimension_kl": (apart - prior).mean(),
    }


def stratified(n: int, total: int, device: torch.device | None = None) -> Tensor:
    """Weights [n, n] of q(z_i | x_j) with which a batch of n out of `total` examples estimates q(z_i) without bias.

    Chen et al. 2018, appendix C.2, with M = n − 1: the example that z_i is of counts 1/N, the others 1/M each, but
    one of them (N − M)/(N·M). Each row sums to 1.
    """
    others = n - 1
    if not others:
        return torch.ones(1, 1, device=device)
    weights = torch.full((n, n), 1 / others, device=device)
    rows = torch.arange(n, device=device)
    weights[rows, (rows + 1) % n] = (total - others) / (total * others)
    weights[rows, rows] = 1 / total
    return weights
