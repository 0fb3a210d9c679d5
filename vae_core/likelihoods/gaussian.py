"""The Gaussian likelihood with one σ for all values, fixed or learned (Rybkin et al. 2021)."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.likelihoods import LIKELIHOODS, Likelihood

LOWEST_LOG_SIGMA = -6.0


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Gaussian"

    sigma: float = option(
        0.1,
        "Standard deviation of a pixel (grey range 0 to 1); initial value if learned.",
        minimum=0.003,
        maximum=10,
    )
    learn_sigma: bool = option(False, "Learn sigma with the weights (Rybkin et al. 2021, sigma-VAE).")


@LIKELIHOODS.register("gaussian", Config)
class Gaussian(Likelihood):
    """Each pixel is normally distributed around the decoded value, with one sigma for all, fixed or learned."""

    def __init__(self, config: Config, spec: DataSpec):
        super().__init__(config, spec)
        # Bounded below as in sigma-VAE: constant pixels would otherwise drive sigma to 0 and the density to infinity.
        # `excess` is the inverse softplus of the distance to the bound.
        excess = torch.tensor(math.log(math.expm1(math.log(config.sigma) - LOWEST_LOG_SIGMA)))
        if config.learn_sigma:
            self.excess = nn.Parameter(excess)
        else:
            self.register_buffer("excess", excess)

    @property
    def log_sigma(self) -> Tensor:
        """The logarithm of the standard deviation, a scalar."""
        return LOWEST_LOG_SIGMA + F.softplus(self.excess)

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        squares = ((x - self.shown(params)) * torch.exp(-self.log_sigma)).square()
        return 0.5 * squares + self.log_sigma + 0.5 * math.log(2 * math.pi)

    def shown(self, params: Tensor) -> Tensor:
        return torch.sigmoid(params)

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(params.shape, generator=generator).to(params.device)
        return self.shown(params) + temperature * torch.exp(self.log_sigma) * noise

    def for_page(self) -> dict[str, Any]:
        return {"log_sigma": float(self.log_sigma)}
