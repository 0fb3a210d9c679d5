"""A mixture of Gaussians fitted to the codes of training examples: what makes a generator of an autoencoder."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import torch

from vae_core.config import option
from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, Gaussians

MAX_CODES = 10_000
"""Codes that the mixture is fitted to; more change little and take longer."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Gaussian mixture"

    components: int = option(
        10, "Gaussians in the mixture; at most as many as there are codes.", minimum=1, maximum=100
    )


@SAMPLERS.register("mixture", Config)
def mixture(config: Config, codes: Posterior, generator: torch.Generator | None = None) -> Gaussians:
    """z from a Gaussian mixture fitted to a draw of each code, with full covariances (Ghosh et al. 2020).

    "From Variational to Deterministic Autoencoders", ex-post density estimation.
    """
    from sklearn.exceptions import ConvergenceWarning  # a second, which most commands do not need
    from sklearn.mixture import GaussianMixture

    z = codes.sample(generator)
    if len(z) > MAX_CODES:
        z = z[torch.randperm(len(z), generator=generator)[:MAX_CODES]]
    if len(z) == 1:  # nothing to fit
        return Gaussians(z, torch.zeros(1, z.shape[1], z.shape[1]))
    seed = int(torch.randint(2**31, (), generator=generator))
    fitted = GaussianMixture(min(config.components, len(z)), reg_covar=1e-5, random_state=seed)
    with warnings.catch_warnings():
        # Where steps gain little, the last is as good as the next; codes that are equal make fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(z.double().numpy())
    weights, means, covariances = (
        torch.from_numpy(values) for values in (fitted.weights_, fitted.means_, fitted.covariances_)
    )
    return Gaussians(means, torch.linalg.cholesky(covariances), weights)
