"""Likelihoods p(x | z): what the decoder's numbers mean. An objective asks the likelihood; it never names BCE or MSE.

Add one: a class here with a frozen config, registered with `@LIKELIHOODS.register("name", Config)`.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.registry import Registry

LIKELIHOODS = Registry("likelihood", __name__)


class Likelihood(nn.Module):
    """Scores data in [0, 1] under the decoder's output. `nonlinearity` is what turns `logits` into the mean."""

    nonlinearity = "sigmoid"

    def parameter_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that the decoder must put out for one example of `shape`."""
        return shape

    def mean(self, logits: Tensor) -> Tensor:
        """The expected x, [B, *shape] in [0, 1], which is what a picture shows."""
        return torch.sigmoid(logits)

    def nll(self, logits: Tensor, x: Tensor) -> Tensor:
        """−log p(x | z) in nats, [B]: summed over all dimensions of an example."""
        return self.nll_per_value(logits, x).flatten(1).sum(1)

    def nll_per_value(self, logits: Tensor, x: Tensor) -> Tensor:
        """The terms of that sum, [B, *shape]: given z the values are independent."""
        raise NotImplementedError


@dataclass(frozen=True)
class BernoulliConfig:
    """No options."""


@LIKELIHOODS.register("bernoulli", BernoulliConfig)
class Bernoulli(Likelihood):
    """Each pixel is a coin whose bias the decoder gives; grey values in [0, 1] count as fractions of heads."""

    def __init__(self, config: BernoulliConfig):
        super().__init__()

    def nll_per_value(self, logits: Tensor, x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


LOWEST_LOG_SIGMA = -6.0


@dataclass(frozen=True)
class GaussianConfig:
    sigma: float = option(
        0.1, "Standard deviation of a pixel (grey range 0 to 1); the start if learned.", minimum=0.003, maximum=10
    )
    learn_sigma: bool = option(False, "Learn sigma with the weights (Rybkin et al. 2021, sigma-VAE).")


@LIKELIHOODS.register("gaussian", GaussianConfig)
class Gaussian(Likelihood):
    """Each pixel is normal around the decoded grey value, with one sigma for all, fixed or learned."""

    def __init__(self, config: GaussianConfig):
        super().__init__()
        # Bounded below as in sigma-VAE: data that are always black would else drive sigma to 0 and the density to
        # infinity. What is stored is the inverse softplus of the distance to the bound.
        excess = torch.tensor(math.log(math.expm1(math.log(config.sigma) - LOWEST_LOG_SIGMA)))
        if config.learn_sigma:
            self.excess = nn.Parameter(excess)
        else:
            self.register_buffer("excess", excess)

    @property
    def log_sigma(self) -> Tensor:
        """The logarithm of the standard deviation, a scalar."""
        return LOWEST_LOG_SIGMA + F.softplus(self.excess)

    def nll_per_value(self, logits: Tensor, x: Tensor) -> Tensor:
        squares = ((x - self.mean(logits)) * torch.exp(-self.log_sigma)).square()
        return 0.5 * squares + self.log_sigma + 0.5 * math.log(2 * math.pi)
