"""How UMAP places new points, without its package: against the published algorithm, a point and an edge at a time."""

import math

import numpy as np
import pytest
import torch

from vae_core.errors import UserError
from vae_core.projections import umap

EPOCHS, RATE, PUSHES = 100, 0.25, 5


def settled(place, layout, neighbours, strength, a, b):
    """`optimize_layout_euclidean` of McInnes et al. 2018 (algorithm 5) for one point among fixed ones."""

    def clipped(values):
        return [max(-4.0, min(4.0, value)) for value in values]

    strangers, place = np.random.RandomState(42).randint(len(layout), size=65_536), list(place)
    every = [max(strength) / s if s >= max(strength) / EPOCHS else math.inf for s in strength]
    due, push_due = every[:], [each / PUSHES for each in every]
    for epoch in range(EPOCHS):
        step = RATE * (1 - epoch / EPOCHS)
        for rank, neighbour in enumerate(neighbours):
            if due[rank] > epoch:
                continue
            away = [p - q for p, q in zip(place, layout[neighbour], strict=True)]
            square = sum(value**2 for value in away)
            pull = -2 * a * b * square ** (b - 1) / (1 + a * square**b) if square > 0 else 0.0
            place = [p + step * g for p, g in zip(place, clipped(pull * value for value in away), strict=True)]
            due[rank] += every[rank]
            n = int((epoch - push_due[rank]) / (every[rank] / PUSHES))
            for i in range(n):
                stranger = layout[strangers[(PUSHES * (epoch * len(neighbours) + rank) + 7919 * i) % 65_536]]
                away = [p - q for p, q in zip(place, stranger, strict=True)]
                square = sum(value**2 for value in away)
                push = 2 * b / ((0.001 + square) * (1 + a * square**b))
                place = [p + step * g for p, g in zip(place, clipped(push * value for value in away), strict=True)]
            push_due[rank] += n * every[rank] / PUSHES
    return place


def test_new_points_are_placed_by_the_published_algorithm():
    draws = np.random.RandomState(1)
    mu, flat, z = draws.randn(40, 3), 4 * draws.randn(40, 2), draws.randn(3, 3)
    z[2] = mu[7]  # on a known point
    config = umap.Config(n_neighbors=6, min_dist=0.2)
    fitted = {"flat": torch.from_numpy(flat).float()}
    found = umap.UMAP(config).transform(torch.from_numpy(z).float(), torch.from_numpy(mu).float(), fitted)
    expected = []
    for point in z:
        distance = np.linalg.norm(mu - point, axis=1)
        near = np.argsort(distance)[:6]
        strength = umap.memberships(distance[near][None])[0]
        start = flat[7] if distance.min() == 0 else strength @ flat[near] / strength.sum()
        expected.append(settled(start, flat, near, strength, *umap.curve(0.2)))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-3, atol=1e-3)


def test_the_curve_falls_as_close_as_it_is_told():
    """By the package's own a and b for its usual distance of 0.1."""
    assert umap.curve(0.1) == pytest.approx((1.577, 0.895), abs=1e-3)


def test_memberships_of_equal_distances_and_of_far_points():
    found = umap.memberships(np.array([[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1e6, 1e6]]))
    assert found[0] == pytest.approx([1, 2 / 3, 2 / 3, 2 / 3], rel=1e-6)  # three that add up to log₂ 4
    assert (found[:, 0] == 1).all() and found[1, 1] > 0.99 and (found <= 1).all()
    # Equal points have no spread: a thousandth of the mean distance is the least width.
    assert umap.memberships(np.array([[0.0, 0.0, 0.0, 4.0]]))[0] == pytest.approx([1, 1, 1, math.exp(-4000)])


def test_a_point_on_another_and_few_points():
    found = umap.memberships(np.array([[0.5, 0.5]]))
    assert found.shape == (1, 2) and np.isfinite(found).all()
    distances, indices = umap.nearest(torch.tensor([[0.0]]), torch.tensor([[3.0], [1.0]]), 5, "euclidean")
    assert distances.tolist() == [[1, 3]] and indices.tolist() == [[1, 0]]
    for n, enough in ((7, True), (6, False)):
        if enough:
            umap.UMAP(umap.Config(n_neighbors=6)).check(n)
        else:
            with pytest.raises(UserError, match="take fewer"):
                umap.UMAP(umap.Config(n_neighbors=6)).check(n)
