"""The prior, from which a VAE is meant to be drawn."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from vae_core.model import Posterior
from vae_core.samplers import SAMPLERS


@dataclass(frozen=True)
class Config:
    """No options."""

    of_codes: ClassVar[bool] = False


@SAMPLERS.register("prior", Config)
def prior(config: Config, n: int, codes: Posterior, generator: torch.Generator | None = None) -> Tensor:
    """z from N(0, I): right for a VAE whose codes fill the prior, wrong for an autoencoder, which has none."""
    return torch.randn(n, codes.mu.shape[1], generator=generator)
