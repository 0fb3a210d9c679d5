"""The faithfulness of a map of the latent space: neighbourhoods and classes it preserves, and its inverse."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from vae_core.metrics.knn import Config as KnnConfig
from vae_core.metrics.knn import accuracy
from vae_core.projections import Fitted, weighted_by_distance

NEIGHBOURS = 10
JUDGED = 2000
"""At most this many points are judged, each against all others."""
AT_ONCE = 100
"""Judged points per block: the block's distances to all others fit the processor's cache."""


@dataclass(frozen=True)
class Faithfulness:
    """How much of the latent space a map preserves.

    `trustworthiness` (Venna & Kaski 2001): 1 if all neighbours on the map are neighbours in latent space, about 0.5 for
    random neighbours; None for too few points. `knn_map`, `knn_latent`: the share of examples whose neighbours on the
    map or in latent space vote for their class; None without classes. `inverse_error`: the distance between latent
    vectors and the inverse of their places, relative to the vectors' spread (root mean square; 0: exact, 1: no better
    than their mean).
    """

    trustworthiness: float | None
    knn_map: float | None
    knn_latent: float | None
    inverse_error: float

    def to_json(self) -> dict[str, float | None]:
        return asdict(self)


def judge(fitted: Fitted, y: Tensor) -> Faithfulness:
    """Judge a map by its points' latent vectors and classes y [N]."""
    neighbours = KnnConfig().neighbours
    return Faithfulness(
        trustworthiness(fitted.mu, fitted.flat),
        accuracy(fitted.flat, y, neighbours),
        accuracy(fitted.mu, y, neighbours),
        inverse_error(fitted),
    )


def trustworthiness(mu: Tensor, flat: Tensor, k: int = NEIGHBOURS, judged: int = JUDGED) -> float | None:
    """As sklearn.manifold.trustworthiness of mu [N, D] and flat [N, d], but never with an [N, N] array.

    If there are more than `judged` points, a random sample of that size is judged against all.
    """
    n = len(mu)
    if k >= n / 2:
        return None
    chosen = _chosen(n, judged)
    mu, flat = mu.double(), flat.double()
    penalty = 0
    for part in chosen.split(AT_ONCE):
        near = _without_itself(torch.cdist(flat[part], flat), part).topk(k, largest=False).indices
        distance = _without_itself(torch.cdist(mu[part], mu), part)
        for of_neighbour in distance.gather(1, near).T:  # how many lie nearer in latent space: its rank there, from 0
            rank = (distance < of_neighbour[:, None]).sum(1) + 1
            penalty += (rank - k).clamp(min=0).sum().item()
    return 1 - 2 * penalty / (len(chosen) * k * (2 * n - 3 * k - 1))


def inverse_error(fitted: Fitted, judged: int = JUDGED) -> float:
    """See `Faithfulness`. An inverse by neighbours ignores the point itself."""
    mu, flat = fitted.mu, fitted.flat
    chosen = _chosen(len(mu), judged)
    if fitted.projection.exact_inverse:
        found = fitted.inverse(flat[chosen])
    else:
        found = weighted_by_distance(flat[chosen], flat, mu, own=chosen)
    spread = (mu - mu.mean(0)).square().sum(1).mean().sqrt().clamp(min=1e-12)
    return float((found - mu[chosen]).square().sum(1).mean().sqrt() / spread)


def _chosen(n: int, judged: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))[:judged]


def _without_itself(distance: Tensor, own: Tensor) -> Tensor:
    return distance.scatter_(1, own[:, None], torch.inf)
