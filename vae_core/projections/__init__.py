"""Latent vectors of any dimension on a map of two or three: PCA, UMAP, t-SNE, each one a file.

Add one: a file here with a frozen `Config` and a subclass of `Projection`, registered with
`@PROJECTIONS.register("name", Config)`. `fit` is all that it must have. What it can do better than distance-weighted
neighbours (placing new points, going back) it says by overriding `transform` and `inverse`.
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
"""Neighbours that stand for a place between the points, on the way back to latent space."""

Report = Callable[[float, str], None]
"""Called with the part that is done, 0 to 1, and what is being done."""


def silent(part: float, doing: str) -> None:
    """Reports to nobody."""


class Projection:
    """How latent vectors [N, D] get places [N, d] on a map, new ones too, and how places get latent vectors again.

    `instant`: so fast that it needs no process of its own. `own_transform`: new points are placed by the method itself,
    not by their neighbours. `exact_inverse`: a place goes back to the latent vector that the method puts there.
    """

    title = ""
    instant = False
    own_transform = False
    exact_inverse = False

    def __init__(self, config: Any):
        self.config = config

    def check(self, n: int) -> None:
        """UserError if `n` examples are too few for the config."""

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

    The k nearest points count with 1/distance²; a query on a point gets that point's value. `own` [B] are numbers of
    points that do not count, one for each query.
    """
    parts = []
    for start in range(0, len(query), 1000):  # no [B, N] of a whole data set at once
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
        """Places [B, d] of latent vectors z [B, D] that were not there when it was fitted."""
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
    """The name under which a checkpoint may hold this projection ready: only with the usual settings."""
    entry = PROJECTIONS.of(config)
    if config != entry.config():
        return None
    return entry.name if dimensions == 2 else f"{entry.name}-{dimensions}d"


def of_stored(config: Any, mu: Tensor, flat: Tensor) -> Fitted:
    """A projection whose map [N, d] a checkpoint holds."""
    return Fitted(configs.check(config), mu.float(), {"flat": flat.float()})
