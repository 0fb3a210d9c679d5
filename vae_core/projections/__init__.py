"""Projections of latent vectors to maps in two or three dimensions, one per file: PCA, UMAP, t-SNE.

Add one: a file here with a frozen `Config` and a subclass of `Projection`, registered with
`@PROJECTIONS.register("name", Config)`. Only `fit` is required. By default, distance-weighted neighbours place new
points and map places back to latent space; override `transform` and `inverse` to do better.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from vae_core import config as configs
from vae_core.errors import UserError
from vae_core.registry import Registry

PROJECTIONS = Registry("projection", __name__)

DIMENSIONS = (2, 3)
NEIGHBOURS = 8
"""Neighbours that represent a place between points on the way back to latent space."""

Report = Callable[[float, str], None]
"""Called with the completed part, 0 to 1, and the name of the current step."""


def silent(part: float, doing: str) -> None:
    """Discards the report."""


class Projection:
    """Maps latent vectors [N, D] to places [N, d], also new ones, and places back to latent vectors.

    `instant`: fast enough to run without a process of its own. `own_transform`: the method itself places new points,
    not their neighbours. `exact_inverse`: `inverse` returns a latent vector that `transform` maps to the same place.
    """

    title = ""
    instant = False
    own_transform = False
    exact_inverse = False

    def __init__(self, config: Any):
        self.config = config

    def check(self, n: int) -> None:
        """UserError if the config needs more than `n` examples."""

    def fit(self, mu: Tensor, dimensions: int, report: Report = silent) -> dict[str, Tensor]:
        """mu float [N, D] -> `flat` [N, dimensions] and whatever else `transform` and `inverse` need."""
        raise NotImplementedError

    def transform(self, z: Tensor, mu: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        """Places [B, d] of new latent vectors z [B, D]: the weighted mean of their latent neighbours' places."""
        return weighted_by_distance(z, mu, fitted["flat"])

    def inverse(self, flat: Tensor, mu: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        """Latent vectors [B, D] of places flat [B, d]: the weighted mean of the vectors that lie nearby on the map."""
        return weighted_by_distance(flat, fitted["flat"], mu)


def weighted_by_distance(
    query: Tensor, points: Tensor, values: Tensor, k: int = NEIGHBOURS, own: Tensor | None = None
) -> Tensor:
    """Inverse-distance weighting (Shepard 1968): query [B, d] among points [N, d] with values [N, v] -> [B, v].

    The k nearest points have weights 1/distance²; a query on a point gets that point's value. `own` [B] is the index of
    one point per query to ignore.
    """
    parts = []
    for start in range(0, len(query), 1000):  # never [B, N] of a whole dataset at once
        distance = torch.cdist(query[start : start + 1000].double(), points.double())
        if own is not None:
            distance.scatter_(1, own[start : start + 1000, None], torch.inf)
        distance, index = distance.topk(min(k, len(points) - (own is not None)), largest=False)
        weight = 1 / distance.square().clamp(min=1e-18)
        weight = weight / weight.sum(1, keepdim=True)
        parts.append((weight[..., None] * values[index].double()).sum(1).float())
    return torch.cat(parts)


@dataclass(frozen=True)
class Fitted:
    """A fitted projection of the latent vectors `mu` [N, D]: `tensors["flat"]` [N, d] is the map."""

    config: Any
    mu: Tensor
    tensors: Mapping[str, Tensor]

    @cached_property
    def projection(self) -> Projection:
        return PROJECTIONS.build(self.config)

    @property
    def flat(self) -> Tensor:
        return self.tensors["flat"]

    @property
    def dimensions(self) -> int:
        return self.flat.shape[1]

    def transform(self, z: Tensor) -> Tensor:
        """Places [B, d] of latent vectors z [B, D] that were not part of the fit."""
        return self.projection.transform(z.float(), self.mu, self.tensors)

    def inverse(self, flat: Tensor) -> Tensor:
        """Latent vectors [B, D] of places [B, d], on a point or between them."""
        return self.projection.inverse(flat.float(), self.mu, self.tensors)


def fit(config: Any, mu: Tensor, dimensions: int = 2, report: Report = silent) -> Fitted:
    """Fit what `config` describes to latent vectors mu [N, D]. UserError if the values do not suit the data."""
    projection = PROJECTIONS.build(config)
    if dimensions not in DIMENSIONS:
        raise UserError(f"A map has 2 or 3 dimensions, not {dimensions}.")
    projection.check(len(mu))
    return Fitted(configs.check(config), mu.float(), projection.fit(mu.float(), dimensions, report))


def stored_name(config: Any, dimensions: int) -> str | None:
    """The name under which a checkpoint may store this projection; None for other than the default settings."""
    entry = PROJECTIONS.of(config)
    if config != entry.config():
        return None
    return entry.name if dimensions == 2 else f"{entry.name}-{dimensions}d"


def of_stored(config: Any, mu: Tensor, flat: Tensor) -> Fitted:
    """A projection whose map [N, d] is stored in a checkpoint."""
    return Fitted(configs.check(config), mu.float(), {"flat": flat.float()})
