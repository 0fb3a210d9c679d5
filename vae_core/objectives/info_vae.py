"""InfoVAE: the distance of all codes together from the prior, beside the KL of each or instead of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, Split
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.posterior import Posterior

MEASURED_AT_ONCE = 1000
"""Held-out examples whose distances to each other are in memory at once."""
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Of the inverse multiquadratic kernel, as in the program of Tolstikhin et al. 2018."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "InfoVAE"

    information: float = option(
        0.9,
        "How free each code is of the KL, which counts 1 − α; at 1 it is off, which makes a Wasserstein autoencoder.",
        minimum=0,
        maximum=1,
        live=True,
    )
    mmd_weight: float = option(
        100.0,
        "What it costs that all codes lie otherwise than the prior: the MMD counts α + λ − 1.",
        minimum=1,
        maximum=1_000_000,
        live=True,
    )
    kernel: str = option(
        "multiquadratic",
        "What makes codes alike: the inverse multiquadratic kernel at seven scales, or a Gaussian.",
        choices=("multiquadratic", "gaussian"),
    )


@OBJECTIVES.register("info_vae", Config)
class InfoVAE(Objective):
    """All codes together lie as the prior does, and each may say more of its example (Zhao, Song & Ermon 2019).

    loss = NLL + (1 − α)·KL + (α + λ − 1)·MMD²(q(z), p(z)).
    With α = 1 the KL is off: the Wasserstein autoencoder of Tolstikhin et al. 2018, with a code that is drawn.
    MMD² is the maximum mean discrepancy of the batch's codes, one draw each, from as many draws of the prior, without
    bias (Gretton et al. 2012): about 0 where they are alike, and no nats. It keeps the aggregated posterior near the
    prior and leaves each posterior free, so that z need not lose what it says of x.
    """

    title = "InfoVAE"
    terms = ("loss", "nll", "kl", "mmd")
    labels: ClassVar[Mapping[str, str]] = {"mmd": "MMD²"}
    unitless = ("mmd",)

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        _, z, terms = self.encoded(model, batch, generator)
        prior = torch.randn(z.shape, generator=generator, device=z.device)
        terms["mmd"] = mmd(z, prior, KERNELS[self.config.kernel])
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        alpha = self.config.information
        return terms["nll"] + (1 - alpha) * terms["kl"] + (alpha + self.config.mmd_weight - 1) * terms["mmd"]

    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; the MMD is the mean of that of parts of MEASURED_AT_ONCE examples."""
        generator = torch.Generator().manual_seed(0)
        z, total = encoded.sample(generator), 0.0
        for part in z.split(MEASURED_AT_ONCE):
            prior = torch.randn(part.shape, generator=generator)
            total += mmd(part, prior, KERNELS[self.config.kernel]).item() * len(part)
        return self.with_loss(self.elbo(model, split, encoded) | {"mmd": total / len(z)}, epoch)


def multiquadratic(squares: Tensor, dimensions: int) -> Tensor:
    """Σ c / (c + ‖a − b‖²), c = 2·D·s over the scales s: squared distances [B, B] to [B, B].

    Its tails are heavy, so that codes far out still feel the prior.
    """
    return sum((c / (c + squares) for c in (2 * dimensions * scale for scale in SCALES)), torch.zeros_like(squares))


def gaussian(squares: Tensor, dimensions: int) -> Tensor:
    """exp(−‖a − b‖² / D), the kernel of the program of Zhao et al. 2019: squared distances [B, B] to [B, B]."""
    return torch.exp(-squares / dimensions)


Kernel = Callable[[Tensor, int], Tensor]
KERNELS: dict[str, Kernel] = {"multiquadratic": multiquadratic, "gaussian": gaussian}


def mmd(one: Tensor, other: Tensor, kernel: Kernel) -> Tensor:
    """The squared maximum mean discrepancy of two samples [B, D] of one size, without bias, a scalar; 0 for a single
    draw, which tells nothing."""
    n, dimensions = one.shape
    if n < 2:
        return (0 * one).sum()

    def within(points: Tensor) -> Tensor:
        alike = kernel(_squares(points, points), dimensions)
        return (alike.sum() - alike.diagonal().sum()) / (n * (n - 1))

    return within(one) + within(other) - 2 * kernel(_squares(one, other), dimensions).mean()


def _squares(one: Tensor, other: Tensor) -> Tensor:
    """Squared distances [A, B], never negative: `torch.cdist` has no gradient where a distance is 0."""
    found = one.square().sum(1)[:, None] + other.square().sum(1) - 2 * one @ other.T
    return found.clamp(min=0)
