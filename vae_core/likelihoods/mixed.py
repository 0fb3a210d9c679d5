"""The likelihood of records: a product over columns of numbers, flags and symbols."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, Likelihood

LOWEST_LOG_SIGMA = -3.0
"""In standard deviations of a column: a column that the decoder meets exactly would drive its σ to 0."""
LAPLACE = "laplace"
WINDOW = 10
"""Batches over which σ² is averaged, as in gaussian.py."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Columns"

    learn_spread: bool = option(
        True, "Learn the spread of each column of numbers from the errors; otherwise it is a standard deviation of it."
    )
    tails: str = option(
        "normal",
        "How numbers lie around the decoded ones; laplace: a far one costs its distance, not the square of it.",
        choices=("normal", LAPLACE),
    )


@LIKELIHOODS.register("mixed", Config)
class Mixed(Likelihood):
    """Numbers normal or Laplace, flags Bernoulli, symbols categorical; given z, columns are independent.

    Each column of numbers has a σ of its own. A learned one is, as in `gaussian`, the root mean square error of the
    batch while training and its average over the last batches afterwards (Rybkin et al. 2021), bounded from below. With
    the tails of a Laplace distribution, it is the mean absolute error in the same way. The decoder puts out a mean for
    each number, a logit for each flag and a logit for each symbol of the rest.
    """

    variance: Tensor

    def __init__(self, config: Config, spec: DataSpec):
        super().__init__(config, spec)
        if len(spec.shape) != 1 or len(spec.columns) != spec.shape[0]:
            raise UserError(f"The likelihood mixed is for records, whose columns are described; {spec.name} has none.")
        self.columns = tuple(len(column.values) for column in spec.columns)
        self.numbers = [i for i, size in enumerate(self.columns) if not size]
        self.flags = [i for i, size in enumerate(self.columns) if 0 < size <= 2]
        self.symbols = [i for i, size in enumerate(self.columns) if size > 2]
        widths = [column.width for column in spec.columns]
        self.starts = [sum(widths[:i]) for i in range(len(widths))]
        self.learns = config.learn_spread
        self.laplace = config.tails == LAPLACE
        self.register_buffer("variance", torch.ones(len(self.numbers)))
        self._averaged = 0  # batches; begins anew with each epoch, so that a resumed training goes on alike

    def parameter_shape(self, spec: DataSpec) -> tuple[int, ...]:
        return (sum(column.width for column in spec.columns),)

    def train(self, mode: bool = True) -> "Mixed":
        self._averaged = 0
        return super().train(mode)

    @property
    def log_sigma(self) -> Tensor:
        """Of each column of numbers, in order: of its σ, or of the scale of its Laplace distribution."""
        return (0.5 * self.variance.log()).clamp(min=LOWEST_LOG_SIGMA)

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        found = x.new_zeros(x.shape)
        if self.numbers:
            errors = x[:, self.numbers] - params[:, self._at(self.numbers)]
            log_sigma = self.log_sigma
            if self.learns and self.training and torch.is_grad_enabled():
                log_sigma = self._learn(errors.detach())
            far = (errors * torch.exp(-log_sigma)).abs()
            shape = far + math.log(2) if self.laplace else 0.5 * far.square() + 0.5 * math.log(2 * math.pi)
            found[:, self.numbers] = shape + log_sigma
        if self.flags:
            logits = params[:, self._at(self.flags)]
            found[:, self.flags] = F.binary_cross_entropy_with_logits(logits, x[:, self.flags], reduction="none")
        for i in self.symbols:
            found[:, i] = F.cross_entropy(self._logits(params, i), x[:, i].long(), reduction="none")
        return found

    @torch.no_grad()
    def _learn(self, errors: Tensor) -> Tensor:
        variance = errors.float().abs().mean(0).square() if self.laplace else errors.float().square().mean(0)
        self._averaged += 1
        share = 1.0 if self._averaged == 1 else 1 / min(self._averaged, WINDOW)
        self.variance.lerp_(variance, share)
        return (0.5 * variance.log()).clamp(min=LOWEST_LOG_SIGMA)

    def _at(self, columns: list[int]) -> list[int]:
        return [self.starts[i] for i in columns]

    def _logits(self, params: Tensor, column: int) -> Tensor:
        start = self.starts[column]
        return params[:, start : start + self.columns[column]]

    def shown(self, params: Tensor) -> Tensor:
        found = params.new_zeros(len(params), len(self.columns))
        found[:, self.numbers] = params[:, self._at(self.numbers)]
        found[:, self.flags] = (params[:, self._at(self.flags)] > 0).to(params.dtype)
        for i in self.symbols:
            found[:, i] = self._logits(params, i).argmax(1).to(params.dtype)
        return found

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        found = self.shown(params)
        if not temperature:
            return found
        shape = (len(params), len(self.numbers))
        if self.laplace:
            half = torch.rand(shape, generator=generator) - 0.5
            noise = -half.sign() * torch.log1p(-2 * half.abs().clamp(max=0.4999999))
        else:
            noise = torch.randn(shape, generator=generator)
        noise = noise.to(params.device)
        found[:, self.numbers] += temperature * noise * torch.exp(self.log_sigma)
        uniform = torch.rand(len(params), len(self.flags), generator=generator).to(params.device)
        found[:, self.flags] = (uniform < torch.sigmoid(params[:, self._at(self.flags)] / temperature)).to(params.dtype)
        for i in self.symbols:
            chances = torch.softmax(self._logits(params, i).cpu() / temperature, 1)
            found[:, i] = torch.multinomial(chances, 1, generator=generator)[:, 0].to(params)
        return found

    def for_page(self) -> dict[str, Any]:
        found: dict[str, Any] = {"columns": list(self.columns), "log_sigma": self.log_sigma.tolist()}
        return found | {"tails": LAPLACE} if self.laplace else found
