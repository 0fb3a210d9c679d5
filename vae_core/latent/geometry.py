"""Geometry of a latent space: grids, traversals, interpolation, and summaries of its dimensions."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.posterior import Posterior

INACTIVE_KL = 0.05
"""KL in nats per example below which a dimension counts as inactive."""
DIRECTIONS = 32
"""Default number of principal directions."""


@dataclass(frozen=True)
class Dimension:
    """One latent dimension over the encoded data: its mean KL (nats per example; None for a deterministic code), and
    the mean, standard deviation and outer quantiles of its posterior means."""

    index: int
    kl: float | None
    mean: float
    std: float
    low: float
    high: float

    @property
    def active(self) -> bool:
        return self.kl is None or self.kl >= INACTIVE_KL


def dimensions(posterior: Posterior, tail: float = 0.005) -> list[Dimension]:
    """A summary of each dimension, the most informative first: by KL, by variance for a deterministic code.

    `low` and `high` leave `tail` of the encoded data outside on each side.
    """
    mu = posterior.mu.float()
    kl = None if posterior.logvar is None else posterior.kl_per_dim().mean(0)
    low, high = torch.quantile(mu, torch.tensor([tail, 1 - tail]), dim=0)
    order = (mu.var(0, correction=0) if kl is None else kl).argsort(descending=True)
    return [
        Dimension(
            index=i,
            kl=None if kl is None else kl[i].item(),
            mean=mu[:, i].mean().item(),
            std=mu[:, i].std(correction=0).item(),
            low=low[i].item(),
            high=high[i].item(),
        )
        for i in order.tolist()
    ]


@dataclass(frozen=True)
class Direction:
    """A principal direction of the encoded data: a unit `vector` [D] through their mean, its share of their variance,
    and the standard deviation and outer quantiles of the data along it."""

    vector: Tensor
    share: float
    std: float
    low: float
    high: float


def principal_directions(mu: Tensor, n: int = DIRECTIONS, tail: float = 0.005) -> list[Direction]:
    """The first `n` principal directions of mu [N, D], largest variance first (Härkönen et al. 2020, GANSpace)."""
    centred = (mu - mu.mean(0)).double()
    variance, vectors = torch.linalg.eigh(centred.T @ centred / len(mu))  # ascending
    found = []
    for value, vector in list(zip(variance.flip(0), vectors.T.flip(0), strict=True))[:n]:
        vector = vector * vector[vector.abs().argmax()].sign()  # an eigenvector's sign is arbitrary; this one is stable
        along = centred @ vector
        low, high = torch.quantile(along, torch.tensor([tail, 1 - tail], dtype=along.dtype))
        share = (value / variance.sum().clamp(min=1e-12)).item()
        found.append(Direction(vector.float(), share, along.std().item(), low.item(), high.item()))
    return found


def normal_quantiles(n: int, edge: float = 0.01) -> Tensor:
    """`n` quantiles of the standard normal at equal steps of probability, from `edge` to 1 − `edge`: [n]."""
    return torch.special.ndtri(torch.linspace(edge, 1 - edge, n, dtype=torch.float64)).float()


def grid(xs: Tensor, ys: Tensor, base: Tensor, dims: tuple[int, int] = (0, 1)) -> Tensor:
    """Every pair of `xs` [W] and `ys` [H] in the plane of two dimensions through `base` [D]: [H, W, D].

    Row 0 holds the largest y, as a picture is read.
    """
    points = base.expand(len(ys), len(xs), -1).clone()
    points[..., dims[0]] = xs
    points[..., dims[1]] = ys.flip(0)[:, None]
    return points


def traversal(base: Tensor, dim: int, values: Tensor) -> Tensor:
    """`base` [D] with one dimension taking each of `values` [K]: [K, D]."""
    points = base.repeat(len(values), 1)
    points[:, dim] = values
    return points


def interpolate(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The straight line from `a` to `b` [D], ends included: [steps, D]."""
    t = torch.linspace(0, 1, steps)[:, None]
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The great-circle path from `a` to `b` [D], ends included: [steps, D] (Shoemake 1985; White 2016).

    Norms change linearly, so that the path stays on the prior's shell if both ends lie on it. Opposite, parallel and
    zero vectors have no unique great circle; the path between them is the straight line.
    """
    norm_a, norm_b = a.norm(), b.norm()
    cosine = (a @ b / (norm_a * norm_b)).clamp(-1, 1) if norm_a > 0 and norm_b > 0 else torch.tensor(1.0)
    angle = torch.arccos(cosine)
    if torch.sin(angle) < 1e-4:
        return interpolate(a, b, steps)
    t = torch.linspace(0, 1, steps)[:, None]
    direction = (torch.sin((1 - t) * angle) * a / norm_a + torch.sin(t * angle) * b / norm_b) / torch.sin(angle)
    return direction * ((1 - t) * norm_a + t * norm_b)


def concept_vector(positive: Tensor, negative: Tensor) -> Tensor:
    """The difference of two groups' mean codes, [N, D] and [M, D] -> [D] (Larsen et al. 2016)."""
    return positive.mean(0) - negative.mean(0)


def analogy(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """What is to `c` as `b` is to `a`, each [D]: c + (b − a) (Mikolov et al. 2013; for images, Radford et al. 2016)."""
    return c + (b - a)
