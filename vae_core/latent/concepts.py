"""Evaluation of concept vectors: how well one separates its two groups, and what else it changes.

`geometry.concept_vector` computes the vector; `concept_files.py` stores it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.latent.geometry import concept_vector

SPLITS, DIRECTIONS = 20, 100
MOST = 1000
"""At most this many examples of a group enter the evaluation."""
RELIABLE, WEAK = 0.9, 0.7
FEW = 20
NEIGHBOURS = 10


@dataclass(frozen=True)
class Reliability:
    """How well a direction separates two groups, as AUC: the share of pairs (one of each group) that the projection
    onto it orders correctly; 0.5 is chance.

    `auc` is the mean over repeated splits, `low` and `high` are its extremes: each vector comes from one half of the
    groups and is evaluated on the other. `random` and `random_high` are the mean and the 95th percentile over random
    directions, whose length does not matter. `counts` are the sizes of the groups.
    """

    auc: float
    low: float
    high: float
    random: float
    random_high: float
    counts: tuple[int, int]

    @property
    def level(self) -> str:
        """`reliable`, `weak` or `none`; at most `weak` for groups too small to tell.

        Random directions are no criterion: in a plane one in ten lies close to the best one.
        """
        if self.auc < WEAK:
            return "none"
        return "reliable" if self.auc >= RELIABLE and min(self.counts) >= FEW else "weak"


def reliability(
    positive: Tensor, negative: Tensor, splits: int = SPLITS, directions: int = DIRECTIONS, seed: int = 0
) -> Reliability:
    """Evaluate the concept vector of two groups of codes, [N, D] and [M, D]. UserError if one has fewer than two."""
    counts = len(positive), len(negative)
    if min(counts) < 2:
        raise UserError("Each group needs at least two pictures: one to make the vector from, one to judge it by.")
    generator = torch.Generator().manual_seed(seed)

    def drawn(group: Tensor) -> Tensor:
        return group[torch.randperm(len(group), generator=generator)[:MOST]].double()

    found = []
    for _ in range(splits):
        up, down = drawn(positive), drawn(negative)
        half = len(up) // 2, len(down) // 2
        vector = concept_vector(up[: half[0]], down[: half[1]])
        found.append(auc(up[half[0] :] @ vector, down[half[1] :] @ vector))
    up, down = drawn(positive), drawn(negative)
    others = torch.randn(directions, positive.shape[1], generator=generator, dtype=torch.float64)
    chance = torch.tensor([auc(up @ vector, down @ vector) for vector in others])
    return Reliability(
        auc=sum(found) / splits,
        low=min(found),
        high=max(found),
        random=chance.mean().item(),
        random_high=torch.quantile(chance, 0.95).item(),
        counts=counts,
    )


def auc(positive: Tensor, negative: Tensor) -> float:
    """The area under the ROC curve of scores [N] and [M]: the share of pairs in which the first exceeds the second;
    ties count half (Mann & Whitney 1947)."""
    ordered = negative.sort().values
    below, not_above = (torch.searchsorted(ordered, positive, right=right) for right in (False, True))
    return (below + not_above).double().mean().item() / (2 * len(negative))


@dataclass(frozen=True)
class Effects:
    """The effect of a vector on a set of pictures, measured by their nearest examples before and after.

    `classes_before` and `classes_after` [K]: the mean share of each class among the neighbours. `factors` [F]: the
    change in the mean of each factor, in its standard deviations over the examples.
    """

    classes_before: Tensor
    classes_after: Tensor
    factors: Tensor

    def moved_to(self) -> Tensor:
        """The change in the share of each class, [K]; sums to 0."""
        return self.classes_after - self.classes_before


def effects(
    before: Tensor, after: Tensor, examples: Tensor, y: Tensor, n_classes: int, factors: Tensor, k: int = NEIGHBOURS
) -> Effects:
    """Compare pictures `before` and `after` [Q, R] by their k nearest of `examples` [N, R] with labels `y` [N], and of
    the first M of these, whose `factors` [M, F] are known (F may be 0).

    R may be codes or pixels. The pictures must not be among the examples, or they would vote for themselves.
    """
    std = (factors.double() - factors.double().mean(0)).square().mean(0).sqrt().clamp(min=1e-12)
    shares, means = [], []
    for pictures in (before, after):
        near = _nearest(pictures, examples, k)
        votes = torch.nn.functional.one_hot(y[near], n_classes) if n_classes else torch.zeros(*near.shape, 0)
        shares.append(votes.double().mean((0, 1)))
        means.append(factors[_nearest(pictures, examples[: len(factors)], k)].double().mean((0, 1)))
    return Effects(shares[0], shares[1], (means[1] - means[0]) / std)


def _nearest(pictures: Tensor, examples: Tensor, k: int) -> Tensor:
    """The indices of the k nearest examples: [Q, k]."""
    return torch.cdist(pictures, examples).topk(min(k, len(examples)), largest=False).indices
