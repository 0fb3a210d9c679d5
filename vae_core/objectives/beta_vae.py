"""β-VAE and three common ways to control its KL: warm-up, free bits and capacity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_core.config import option
from vae_core.objectives import OBJECTIVES, Objective


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "β-VAE"

    beta: float = option(
        4.0,
        "Weight of the KL; 1 is the plain VAE, larger values push the code towards the prior.",
        minimum=0,
        maximum=1000,
        live=True,
    )
    warmup_epochs: float = option(
        0.0,
        "Epochs over which the weight of the KL rises from 0 to beta (Bowman et al. 2016).",
        minimum=0,
        maximum=1000,
    )
    free_bits: float = option(
        0.0, "Nats of KL per dimension that cost nothing (Kingma et al. 2016).", minimum=0, maximum=20
    )
    capacity: float = option(
        0.0,
        "Target of the total KL in nats, approached linearly; 0: off (Burgess et al. 2018).",
        minimum=0,
        maximum=1000,
    )
    capacity_epochs: float = option(
        10.0, "Epochs over which the capacity rises from 0 to its target.", minimum=0, maximum=1000
    )


@OBJECTIVES.register("beta_vae", Config)
class BetaVAE(Objective):
    """The ELBO with a weighted KL: loss = NLL + β·KL; warm-up, free bits and capacity (Higgins et al. 2017)."""

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        config = self.config
        # max(λ, KL_j) per dimension, of the batch's mean KL, as in Kingma et al. 2016, equation 15.
        kl = terms["kl_per_dim"].clamp(min=config.free_bits).sum() if config.free_bits else terms["kl"]
        if config.capacity:
            # Burgess et al. 2018, equation 8: γ·|KL − C|, where this γ is our beta and C rises with time.
            kl = (kl - config.capacity * ramp(epoch, config.capacity_epochs)).abs()
        return terms["nll"] + config.beta * ramp(epoch, config.warmup_epochs) * kl


def ramp(epoch: float, epochs: float) -> float:
    """Linear from 0 at the start to 1 after `epochs`; always 1 if `epochs` is 0."""
    return min(1.0, epoch / epochs) if epochs else 1.0
