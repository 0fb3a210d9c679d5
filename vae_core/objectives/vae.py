"""The evidence lower bound of Kingma & Welling 2014, "Auto-Encoding Variational Bayes"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_core.objectives import OBJECTIVES, Objective


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "VAE"


@OBJECTIVES.register("vae", Config)
class VAE(Objective):
    """The evidence lower bound: loss = −ELBO = NLL + KL (Kingma & Welling 2014)."""

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"] + terms["kl"]
