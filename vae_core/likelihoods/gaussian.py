"""The Gaussian likelihood with one σ for all values, fixed or at its optimum (σ-VAE, Rybkin et al. 2021)."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.likelihoods import LIKELIHOODS, Likelihood

LOWEST_LOG_SIGMA = -6.0
WINDOW = 10
"""Batches over which σ² is averaged. One is precise already: a mean over every value of every example."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Gaussian"

    sigma: float = option(
        0.1,
        "Standard deviation of a pixel (grey range 0 to 1); if learned, until the first batch.",
        minimum=0.003,
        maximum=10,
    )
    learn_sigma: bool = option(False, "Learn sigma from the errors (Rybkin et al. 2021, sigma-VAE).")


@LIKELIHOODS.register("gaussian", Config)
class Gaussian(Likelihood):
    """Each pixel is normally distributed around the decoded value, with one sigma for all, fixed or learned.

    A learned σ is no weight: given the decoder, the σ² that maximises the likelihood of a batch is its mean squared
    error (Rybkin, Daniilidis & Levine 2021, "Simple and Effective VAE Training with Calibrated Decoders",
    https://arxiv.org/abs/2006.13202, equation 7). Training mode scores each batch with its own; evaluation mode, the
    page and the file use the mean σ² of the last batches of training.
    """

    excess: Tensor

    def __init__(self, config: Config, spec: DataSpec):
        super().__init__(config, spec)
        self.learns = config.learn_sigma
        self.register_buffer("excess", self._excess(torch.tensor(math.log(config.sigma))))
        self._averaged = 0  # batches; begins anew with each epoch, so that a resumed training goes on alike

    @staticmethod
    def _excess(log_sigma: Tensor) -> Tensor:
        """What is stored of σ: the inverse softplus of the distance of log σ to its lower bound."""
        # Bounded as in sigma-VAE: pixels that the decoder meets exactly would drive σ to 0 and the density to infinity.
        return torch.log(torch.expm1((log_sigma - LOWEST_LOG_SIGMA).clamp(min=1e-4)))

    @property
    def log_sigma(self) -> Tensor:
        """The logarithm of the standard deviation, a scalar."""
        return LOWEST_LOG_SIGMA + F.softplus(self.excess)

    def train(self, mode: bool = True) -> "Gaussian":
        self._averaged = 0
        return super().train(mode)

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        errors = x - self.shown(params)
        log_sigma = self.log_sigma
        if self.learns and self.training and torch.is_grad_enabled():
            log_sigma = self._learn(errors.detach())
        squares = (errors * torch.exp(-log_sigma)).square()
        return 0.5 * squares + log_sigma + 0.5 * math.log(2 * math.pi)

    @torch.no_grad()
    def _learn(self, errors: Tensor) -> Tensor:
        """The batch's optimal log σ, which enters the average. It is a constant to the gradient: at the optimum, the
        loss has no slope in σ."""
        variance = errors.float().square().mean()
        if self._averaged:
            average = torch.exp(2 * self.log_sigma)
            average = average + (variance - average) / min(self._averaged + 1, WINDOW)
        else:
            average = variance
        self._averaged += 1
        self.excess.copy_(self._excess(0.5 * torch.log(average)))
        return (0.5 * torch.log(variance)).clamp(min=LOWEST_LOG_SIGMA)

    def shown(self, params: Tensor) -> Tensor:
        return torch.sigmoid(params)

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(params.shape, generator=generator).to(params.device)
        return self.shown(params) + temperature * torch.exp(self.log_sigma) * noise

    def for_page(self) -> dict[str, Any]:
        return {"log_sigma": float(self.log_sigma)}
