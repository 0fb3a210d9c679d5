"""Gradients through the choice of a word, against known answers of a categorical distribution of a few symbols."""

import math

import pytest
import torch
from scipy.integrate import quad

from vae_core.objectives import OBJECTIVES, controlled
from vae_core.objectives.controlled import gumbel_softmax, independence, reinforce

COST = torch.tensor([1.0, -2.0, 0.5])
THETA = torch.tensor([0.3, -0.7, 1.1])


def logistic(x: float) -> float:
    """The density of the difference of two Gumbel variables."""
    return math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_the_largest_weight_stands_where_a_draw_would(temperature, generator):
    n = 20_000
    soft = gumbel_softmax(THETA.expand(n, 3), temperature, generator)
    torch.testing.assert_close(soft.sum(1), torch.ones(n))
    p = THETA.softmax(0)
    found = torch.bincount(soft.argmax(1), minlength=3) / n
    assert ((found - p).abs() < 4 * (p * (1 - p) / n).sqrt()).all()


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize(("temperature", "tolerance"), [(0.3, 0.02), (1.0, 0.01), (3.0, 0.01)])
def test_the_gradient_of_two_symbols_against_an_integral(hard, temperature, tolerance, generator):
    """Of two symbols the weight of one is sigmoid((θ + L) / τ) for a logistic L: the derivative of its mean is an
    integral, for whole words too, whose gradient is that of the soft ones."""
    theta, n = torch.tensor([0.8, 0.0], requires_grad=True), 60_000
    weights = gumbel_softmax(theta.expand(n, 2), temperature, generator, hard)
    weights[:, 0].mean().backward()

    def slope(x: float) -> float:
        s = sigmoid((0.8 + x) / temperature)
        return s * (1 - s) / temperature * logistic(x)

    expected = quad(slope, -40, 40, limit=400, points=[-0.8])[0]
    assert theta.grad.tolist() == pytest.approx([expected, -expected], abs=tolerance)
    if hard:
        assert set(weights.unique().tolist()) == {0.0, 1.0}


def test_a_low_temperature_has_the_gradient_of_the_expectation(generator):
    """d E[cost] / dθ_i = p_i (cost_i − E[cost]), which REINFORCE estimates without bias and Gumbel at τ → 0."""
    theta = THETA.clone().requires_grad_()
    (gumbel_softmax(theta.expand(200_000, 3), 0.1, generator) @ COST).mean().backward()
    p = THETA.softmax(0)
    assert theta.grad.tolist() == pytest.approx((p * (COST - p @ COST)).tolist(), abs=0.03)


def test_reinforce_has_the_gradient_of_the_expectation(generator):
    theta, n = THETA.clone().requires_grad_(), 50_000
    p = THETA.softmax(0)
    drawn = torch.multinomial(p.expand(n, 3), 1, generator=generator)[:, 0]
    value = reinforce(COST[drawn], theta.log_softmax(0)[drawn])
    assert value.item() == pytest.approx(COST[drawn].mean().item())
    value.backward()
    assert theta.grad.tolist() == pytest.approx((p * (COST - p @ COST)).tolist(), abs=0.02)


def test_the_baseline_leaves_the_mean_and_takes_the_spread(generator):
    """The mean over all pairs of draws is the exact gradient, whatever is added to the costs; and where all cost the
    same, nothing is learnt from chance."""
    p, theta = THETA.softmax(0), THETA.clone().requires_grad_()
    expected = sum(
        p[i] * p[j] * reinforce(100 + COST[[i, j]], theta.log_softmax(0)[[i, j]]) for i in range(3) for j in range(3)
    )
    expected.backward()
    torch.testing.assert_close(theta.grad, p * (COST - p @ COST))
    theta.grad = None
    drawn = torch.tensor([0, 1, 1, 2])
    reinforce(torch.full((4,), 7.0), theta.log_softmax(0)[drawn]).backward()
    assert theta.grad.tolist() == [0, 0, 0]


def test_independence_is_none_where_nothing_is_known():
    assert independence(torch.zeros(5, 4)).item() == pytest.approx(0, abs=1e-6)
    p = torch.tensor([0.9, 0.1])
    expected = sum(0.5 * math.log(0.5 / q) for q in p.tolist())
    assert independence(p.log().expand(3, 2)).item() == pytest.approx(expected)


def test_the_temperature_falls_by_the_same_factor():
    objective = OBJECTIVES.build(controlled.Config(temperature=1.0, last_temperature=0.25, temperature_epochs=4.0))
    assert [objective.temperature(epoch) for epoch in (0, 2, 4, 9)] == pytest.approx([1, 0.5, 0.25, 0.25])


def test_its_judges_are_heard_after_the_plain_epochs():
    objective = OBJECTIVES.build(controlled.Config(plain_epochs=3.0, control_epochs=2.0))
    assert [objective.heard(epoch) for epoch in (0, 2.99, 3, 4, 5, 9)] == [0, 0, 0, 0.5, 1, 1]
    assert OBJECTIVES.build(controlled.Config(plain_epochs=0.0, control_epochs=0.0)).heard(0.0) == 1
