import math

import pytest
import torch
from torch.distributions import Normal

from vae_core.latent.geometry import (
    DIRECTIONS,
    INACTIVE_KL,
    concept_vector,
    dimensions,
    grid,
    interpolate,
    normal_quantiles,
    principal_directions,
    slerp,
    traversal,
)
from vae_core.posterior import Posterior


def test_dimensions_come_by_kl_with_their_statistics(generator):
    mu = torch.randn(4000, 3, generator=generator) * torch.tensor([0.0, 2.0, 1.0]) + torch.tensor([0.0, 5.0, -1.0])
    logvar = torch.tensor([0.0, -4.0, -2.0]).expand(4000, 3)
    found = dimensions(Posterior(mu, logvar))
    assert [dimension.index for dimension in found] == [1, 2, 0]
    assert [dimension.active for dimension in found] == [True, True, False]
    first = found[0]
    assert first.kl == pytest.approx(0.5 * (4 + 25 + math.exp(-4) - 1 + 4), rel=0.05)
    assert first.mean == pytest.approx(5, abs=0.1) and first.std == pytest.approx(2, rel=0.05)
    # 0.5 % on each side of N(5, 2²)
    assert first.low == pytest.approx(5 - 2 * 2.576, abs=0.4) and first.high == pytest.approx(5 + 2 * 2.576, abs=0.4)
    assert found[2].kl == 0 and (found[2].low, found[2].high, found[2].std) == (0, 0, 0)


def test_dimensions_of_a_deterministic_code_come_by_variance():
    mu = torch.tensor([[0.0, 3.0, 1.0], [0.0, -3.0, -1.0]])
    found = dimensions(Posterior(mu, None))
    assert [dimension.index for dimension in found] == [1, 2, 0]
    assert all(dimension.kl is None and dimension.active for dimension in found)
    assert [dimension.std for dimension in found] == [3, 1, 0]


def test_the_limit_of_activity():
    # mu² / 2 is the KL where the variance is the prior's.
    mu = torch.tensor([[math.sqrt(2 * INACTIVE_KL) * 0.99, math.sqrt(2 * INACTIVE_KL) * 1.01]])
    active = {dimension.index: dimension.active for dimension in dimensions(Posterior(mu, torch.zeros(1, 2)))}
    assert active == {0: False, 1: True}


def test_dimensions_of_a_single_example_are_numbers():
    (found,) = dimensions(Posterior(torch.tensor([[2.0]]), None))
    assert (found.mean, found.std, found.low, found.high) == (2, 0, 2, 2)


def test_tail_is_what_stays_outside():
    mu = torch.arange(101.0).unsqueeze(1)
    (found,) = dimensions(Posterior(mu, None), tail=0.1)
    assert (found.low, found.high) == pytest.approx((10, 90))


@pytest.mark.parametrize("n", [2, 3, 10, 31])
def test_normal_quantiles_against_torch(n):
    values = normal_quantiles(n, edge=0.02)
    expected = Normal(0.0, 1.0).icdf(torch.linspace(0.02, 0.98, n))
    torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(values, -values.flip(0))


def test_grid_spans_the_plane_through_its_base():
    base = torch.tensor([7.0, 8.0, 9.0])
    points = grid(torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([-2.0, 2.0]), base, dims=(2, 0))
    assert points.shape == (2, 3, 3)
    assert points[0, 0].tolist() == [2, 8, -1]  # top left: the largest y, the smallest x
    assert points[1, 2].tolist() == [-2, 8, 1]
    assert base.tolist() == [7, 8, 9]


def test_traversal_moves_one_dimension():
    base = torch.tensor([7.0, 8.0])
    assert traversal(base, 1, torch.tensor([0.0, 1.0])).tolist() == [[7, 0], [7, 1]]
    assert base.tolist() == [7, 8]


def test_interpolate_is_straight_with_exact_ends(generator):
    a, b = torch.randn(2, 5, generator=generator)
    path = interpolate(a, b, 5)
    assert torch.equal(path[0], a) and torch.equal(path[-1], b)
    torch.testing.assert_close(path[1], 0.75 * a + 0.25 * b)


def test_slerp_keeps_the_ends_and_turns_evenly(generator):
    a, b = torch.randn(2, 16, generator=generator)
    path = slerp(a, b, 9)
    torch.testing.assert_close(path[0], a)
    torch.testing.assert_close(path[-1], b)
    torch.testing.assert_close(path.norm(dim=1), torch.linspace(0, 1, 9) * (b.norm() - a.norm()) + a.norm())
    unit = path / path.norm(dim=1, keepdim=True)
    angles = torch.arccos((unit[:-1] * unit[1:]).sum(1))
    torch.testing.assert_close(angles, angles.mean().expand(8), rtol=1e-3, atol=1e-4)


def test_slerp_of_a_quarter_turn():
    path = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 3)
    torch.testing.assert_close(path[1], torch.tensor([1.0, 1.0]) / math.sqrt(2))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [3.0, 6.0]),
        ([1.0, 2.0], [-1.0, -2.0]),
        ([0.0, 0.0], [1.0, 2.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
    ],
    ids=["same", "parallel", "opposite", "from zero", "to zero", "zeros"],
)
def test_slerp_without_a_great_circle_is_the_straight_line(a, b):
    a, b = torch.tensor(a), torch.tensor(b)
    path = slerp(a, b, 5)
    assert path.isfinite().all()
    torch.testing.assert_close(path, interpolate(a, b, 5))


def test_concept_vector_leads_from_one_group_to_the_other():
    smiling, others = torch.tensor([[2.0, 0.0], [4.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    vector = concept_vector(smiling, others)
    assert vector.tolist() == [3, -1]
    assert (others.mean(0) + vector).tolist() == smiling.mean(0).tolist()


def test_a_two_hundredth_stays_outside_on_each_side_unless_told_otherwise():
    values = torch.arange(1001.0)
    (found,) = dimensions(Posterior(values[:, None], None))
    assert (found.low, found.high) == pytest.approx((5, 995))
    (found,) = principal_directions(values[:, None])
    assert (found.low, found.high) == pytest.approx((-495, 495))
    assert normal_quantiles(3).tolist() == pytest.approx([-2.3263, 0, 2.3263], abs=1e-4)  # 1% and 99%


def test_principal_directions_of_a_cross():
    """Variances 8, 2 and 0 along known directions, around a mean that is not 0."""
    axes = torch.tensor([[-0.6, 0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    cross = torch.tensor([[4.0, 0, 0], [-4, 0, 0], [0, 2, 0], [0, -2, 0]])
    found = principal_directions(cross @ axes + torch.tensor([5.0, 6, 7]), tail=0.0)
    torch.testing.assert_close(torch.stack([direction.vector for direction in found]), axes)
    assert [direction.share for direction in found] == pytest.approx([0.8, 0.2, 0], abs=1e-6)
    assert [direction.std for direction in found] == pytest.approx([(32 / 3) ** 0.5, (8 / 3) ** 0.5, 0], abs=1e-6)
    assert [direction.low for direction in found] == pytest.approx([-4, -2, 0], abs=1e-6)
    assert [direction.high for direction in found] == pytest.approx([4, 2, 0], abs=1e-6)
    assert len(principal_directions(torch.eye(40))) == DIRECTIONS and len(principal_directions(torch.eye(40), 3)) == 3
    assert principal_directions(torch.ones(4, 2))[0].share == 0
