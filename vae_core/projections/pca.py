"""Principal component analysis: the plane on which the points spread most."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.latent.geometry import principal_directions
from vae_core.projections import PROJECTIONS, Projection, Report, silent


@dataclass(frozen=True)
class Config:
    """No options: the directions of largest variance are what they are."""


def pca(mu: Tensor, n_components: int = 2) -> Tensor:
    """The directions of largest variance: mu [N, D] -> [N, n_components] (zeros where D is smaller)."""
    return fit(mu, n_components)["flat"]


def fit(mu: Tensor, n_components: int) -> dict[str, Tensor]:
    """`flat` [N, n], `mean` [D] and `components` [n, D], so that flat = (mu − mean) · componentsᵀ."""
    mean, components = mu.double().mean(0), torch.zeros(n_components, mu.shape[1], dtype=torch.float64)
    kept = min(n_components, *mu.shape)
    if (mu != mu[0]).any():  # what has no variance at all, such as one point alone, stays at the origin
        components[:kept] = torch.stack([direction.vector for direction in principal_directions(mu, kept)])
    flat = (mu.double() - mean) @ components.T
    return {"flat": flat.float(), "mean": mean.float(), "components": components.float()}


@PROJECTIONS.register("pca", Config)
class PCA(Projection):
    """The plane on which the points spread most: straight, at once, the same every time (Pearson 1901)."""

    title = "PCA"
    instant = True
    own_transform = True
    exact_inverse = True

    def fit(self, mu: Tensor, dimensions: int, report: Report = silent) -> dict[str, Tensor]:
        return fit(mu, dimensions)

    def transform(self, z: Tensor, mu: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        return (z - fitted["mean"]) @ fitted["components"].T

    def inverse(self, flat: Tensor, mu: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        """The point of the plane itself: `transform` leads back to `flat` exactly."""
        return fitted["mean"] + flat @ fitted["components"]
