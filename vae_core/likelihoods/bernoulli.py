"""The Bernoulli likelihood of Kingma & Welling 2014, for values in [0, 1]."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.likelihoods import LIKELIHOODS, Likelihood


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "Bernoulli"


@LIKELIHOODS.register("bernoulli", Config)
class Bernoulli(Likelihood):
    """Each pixel is a biased coin, its bias the decoder's output; a grey value in [0, 1] is a fraction of heads."""

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(params, x, reduction="none")

    def shown(self, params: Tensor) -> Tensor:
        return torch.sigmoid(params)

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        if temperature == 0:
            return self.shown(params)
        return torch.bernoulli(torch.sigmoid(params / temperature).cpu(), generator=generator).to(params.device)
