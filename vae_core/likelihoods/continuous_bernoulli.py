"""The continuous Bernoulli likelihood of Loaiza-Ganem & Cunningham 2019, for grey values in [0, 1]."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.likelihoods import LIKELIHOODS, Likelihood

SMALL = 0.3
"""Logits below it are near a fair coin, where numerator and denominator vanish together: there, a series is exact."""


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "Continuous Bernoulli"


@LIKELIHOODS.register("continuous_bernoulli", Config)
class ContinuousBernoulli(Likelihood):
    """Each pixel has the density C(λ) λˣ (1 − λ)¹⁻ˣ on [0, 1], so that nats of grey pictures are those of a density.

    Loaiza-Ganem & Cunningham 2019, "The continuous Bernoulli: fixing a pervasive error in variational autoencoders".
    `bernoulli` leaves the normaliser C out, which makes a grey value cost more than it should, and no NLL of it that of
    a distribution. λ is the sigmoid of the decoder's output l, and C = l / tanh(l / 2). Densities may exceed 1, so an
    NLL may be negative. What is shown is the mean, which lies nearer to 0.5 than λ.
    """

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(params, x, reduction="none") - log_normaliser(params)

    def shown(self, params: Tensor) -> Tensor:
        small, safe = _apart(params)
        mean = -1 / torch.expm1(-safe) - 1 / safe
        return torch.where(small, 0.5 + params / 12 - params**3 / 720, mean).clamp(0, 1)

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        """By the inverse of the distribution function; the density's logarithm is divided by the temperature."""
        if temperature == 0:
            return self.shown(params)
        uniform = torch.rand(params.shape, generator=generator).to(params.device)
        size = (params / temperature).abs()
        small, safe = _apart(size)
        bright = 1 + torch.log(uniform + (1 - uniform) * torch.exp(-safe)) / safe
        bright = torch.where(small, uniform + size * uniform * (1 - uniform) / 2, bright).clamp(0, 1)
        return torch.where(params > 0, bright, 1 - bright)


def log_normaliser(logits: Tensor) -> Tensor:
    """log C = log(l / tanh(l / 2)) of logits of any shape: log 2 for a fair coin, about log |l| far from it."""
    small, safe = _apart(logits)
    size = safe.abs()
    series = math.log(2) + logits**2 / 12 - 7 * logits**4 / 1440
    return torch.where(small, series, torch.log(size) - torch.log(torch.tanh(size / 2)))


def _apart(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Which logits are small, and the logits with 1 in their place: a branch that is not taken must not give NaN as its
    gradient."""
    small = logits.abs() < SMALL
    return small, torch.where(small, torch.ones_like(logits), logits)
