"""The deterministic autoencoder, the contrast to every VAE (Hinton & Salakhutdinov 2006)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_core.objectives import OBJECTIVES, Objective


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "Autoencoder"


@OBJECTIVES.register("autoencoder", Config)
class Autoencoder(Objective):
    """Reconstruction only: loss = NLL. Without a prior and a KL, the latent space may have holes."""

    variational = False
    title = "plain autoencoder"

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"]
