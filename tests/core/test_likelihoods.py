import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, LOWEST_LOG_SIGMA, BernoulliConfig, GaussianConfig

SHAPE = (5, 3, 4, 4)


@pytest.fixture
def logits(generator):
    return 2 * torch.randn(SHAPE, generator=generator)


@pytest.mark.parametrize("name", LIKELIHOODS.names)
def test_likelihood_keeps_the_contract(name, logits, generator):
    likelihood = LIKELIHOODS.build(LIKELIHOODS[name].config())
    x = torch.rand(SHAPE, generator=generator)
    assert likelihood.parameter_shape((1, 28, 28)) == (1, 28, 28)
    mean = likelihood.mean(100 * logits)
    assert mean.shape == SHAPE and mean.min() >= 0 and mean.max() <= 1
    nll = likelihood.nll(logits.requires_grad_(), x)
    assert nll.shape == (5,) and nll.isfinite().all()
    nll.sum().backward()
    assert logits.grad.isfinite().all() and logits.grad.any()
    for i in range(5):  # an example's score does not depend on its batch
        torch.testing.assert_close(likelihood.nll(logits[i : i + 1], x[i : i + 1])[0], nll[i])


@pytest.mark.parametrize("name", LIKELIHOODS.names)
def test_the_better_reconstruction_is_more_likely(name):
    likelihood = LIKELIHOODS.build(LIKELIHOODS[name].config())
    x = torch.tensor([[0.0, 1.0, 0.5]])
    good, bad = torch.tensor([[-4.0, 4.0, 0.0]]), torch.tensor([[4.0, -4.0, 0.0]])
    assert likelihood.nll(good, x) < likelihood.nll(bad, x)


def test_bernoulli_against_torch_on_binary_data(logits, generator):
    x = torch.bernoulli(torch.full(SHAPE, 0.5), generator=generator)
    likelihood = LIKELIHOODS.build(BernoulliConfig())
    expected = -Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(likelihood.nll(logits, x), expected)
    torch.testing.assert_close(likelihood.mean(logits), Bernoulli(logits=logits).mean)


def test_bernoulli_on_grey_data_is_the_cross_entropy(logits, generator):
    x, p = torch.rand(SHAPE, generator=generator), logits.sigmoid()
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3))
    torch.testing.assert_close(LIKELIHOODS.build(BernoulliConfig()).nll(logits, x), expected)


def test_bernoulli_of_certain_and_wrong_pixels_is_finite():
    nll = LIKELIHOODS.build(BernoulliConfig()).nll(torch.tensor([[1000.0, -1000.0]]), torch.tensor([[0.0, 0.0]]))
    assert nll.item() == 1000


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("sigma", [0.003, 0.1, 1.0, 10.0])
def test_gaussian_against_torch(sigma, learn_sigma, logits, generator):
    x = torch.rand(SHAPE, generator=generator)
    likelihood = LIKELIHOODS.build(GaussianConfig(sigma, learn_sigma))
    expected = -Normal(logits.sigmoid(), sigma).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(likelihood.nll(logits, x).detach(), expected, rtol=1e-4, atol=1e-3)


def test_a_fixed_sigma_is_no_parameter_but_is_saved():
    likelihood = LIKELIHOODS.build(GaussianConfig(0.2))
    assert not list(likelihood.parameters())
    assert len(likelihood.state_dict()) == 1


def test_a_learned_sigma_finds_the_spread_of_the_data(generator):
    likelihood = LIKELIHOODS.build(GaussianConfig(0.1, learn_sigma=True))
    x = 0.5 + 0.3 * torch.randn(20, 100, generator=generator)
    optimizer = torch.optim.Adam(likelihood.parameters(), lr=0.05)
    for step in range(200):
        optimizer.zero_grad()
        likelihood.nll(torch.zeros_like(x), x).mean().backward()
        assert step > 0 or next(likelihood.parameters()).grad.abs() > 0
        optimizer.step()
    assert likelihood.log_sigma.exp().item() == pytest.approx((x - 0.5).square().mean().sqrt().item(), rel=0.02)


def test_a_learned_sigma_is_bounded_below():
    """Data that the decoder meets exactly would drive an unbounded sigma to 0 and the density to infinity."""
    likelihood = LIKELIHOODS.build(GaussianConfig(0.1, learn_sigma=True))
    with torch.no_grad():
        next(likelihood.parameters()).fill_(-1000.0)
    x = torch.full((1, 10), 0.5)
    nll = likelihood.nll(torch.zeros(1, 10), x)
    assert nll.item() == pytest.approx(10 * (LOWEST_LOG_SIGMA + 0.5 * math.log(2 * math.pi)))


def test_sigma_out_of_range_is_refused():
    with pytest.raises(UserError, match="sigma cannot be 0.0; allowed: a number from 0.003 to 10"):
        LIKELIHOODS.build(GaussianConfig(0.0))
