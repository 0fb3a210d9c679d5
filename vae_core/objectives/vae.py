"""The evidence lower bound of Kingma & Welling 2014, "Auto-Encoding Variational Bayes"."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from vae_core.objectives import OBJECTIVES, Objective


@dataclass(frozen=True)
class Config:
    """No options."""


@OBJECTIVES.register("vae", Config, title="VAE")
class VAE(Objective):
    """The evidence lower bound: loss = −ELBO = NLL + KL (Kingma & Welling 2014)."""

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"] + terms["kl"]
