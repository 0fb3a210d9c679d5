"""The Gaussian likelihood for values of any size, such as scaled measurements."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.likelihoods import LIKELIHOODS, gaussian

LOWEST_LOG_SIGMA = -4.0
"""Of a σ that the decoder predicts, in standard deviations of the data: values that it meets exactly would drive σ to 0
and the density to infinity."""
PREDICTED = "predicted"


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Gaussian, any size"

    spread: str = option(
        "learned",
        "Standard deviation: one for all, learned from the errors or fixed, or predicted for each value.",
        choices=("learned", "fixed", PREDICTED),
    )
    deviation: float = option(
        0.5,
        "Standard deviation of a value, if fixed; if learned, until the first batch.",
        minimum=0.003,
        maximum=10,
    )


@LIKELIHOODS.register("normal", Config)
class Normal(gaussian.Gaussian):
    """Each value is normally distributed around the decoded one, with one sigma for all, or one for each.

    As `gaussian`, but the decoded value may be of any size. With a predicted σ, the decoder puts out the means, then as
    many channels again for log σ (Nix & Weigend 1994), bounded from below.
    """

    def __init__(self, config: Config, spec: DataSpec):
        super().__init__(gaussian.Config(sigma=config.deviation, learn_sigma=config.spread == "learned"), spec)
        self.predicts = config.spread == PREDICTED

    def parameter_shape(self, spec: DataSpec) -> tuple[int, ...]:
        return (2 * spec.shape[0], *spec.shape[1:]) if self.predicts else spec.shape

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        if not self.predicts:
            return super().nll_per_value(params, x)
        log_sigma = self.log_sigmas(params)
        squares = ((x - self.shown(params)) * torch.exp(-log_sigma)).square()
        return 0.5 * squares + log_sigma + 0.5 * math.log(2 * math.pi)

    def log_sigmas(self, params: Tensor) -> Tensor:
        """The logarithm of each value's standard deviation, [B, *shape]."""
        if not self.predicts:
            return self.log_sigma.expand(params.shape)
        return LOWEST_LOG_SIGMA + F.softplus(params.chunk(2, 1)[1] - LOWEST_LOG_SIGMA)

    def shown(self, params: Tensor) -> Tensor:
        return params.chunk(2, 1)[0] if self.predicts else params

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        mean = self.shown(params)
        noise = torch.randn(mean.shape, generator=generator).to(mean.device)
        return mean + temperature * torch.exp(self.log_sigmas(params)) * noise

    def for_page(self) -> dict[str, Any]:
        return {"predicts": True, "lowest": LOWEST_LOG_SIGMA} if self.predicts else super().for_page()
