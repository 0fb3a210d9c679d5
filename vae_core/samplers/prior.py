"""The prior, from which a VAE is meant to be drawn."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, Gaussians

NONE = "This model has no prior, so a Gaussian with the mean and the spread of its codes takes its place."


@dataclass(frozen=True)
class Config:
    """No options."""

    of_codes: ClassVar[bool] = False


@SAMPLERS.register("prior", Config)
def prior(config: Config, codes: Posterior, generator: torch.Generator | None = None) -> Gaussians:
    """z from the prior N(0, I), which the KL term pulls a VAE's codes to (Kingma & Welling 2014).

    A deterministic code has none; in its place stands a Gaussian of independent dimensions, with the codes' mean and
    standard deviation in each.
    """
    mean, std = torch.zeros(1, codes.mu.shape[1]), torch.ones(1, codes.mu.shape[1])
    if codes.logvar is not None:
        return Gaussians(mean, std)
    return Gaussians(codes.mu.mean(0, keepdim=True), codes.mu.std(0, correction=0, keepdim=True), note=NONE)
