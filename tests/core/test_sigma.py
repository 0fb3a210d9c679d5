"""The spread of numbers, the likelihoods gaussian and normal: fixed, learned, and each value's own."""

import math

import pytest
import torch
from torch.distributions import Normal

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, gaussian, normal
from vae_core.likelihoods.gaussian import LOWEST_LOG_SIGMA

SHAPE = (5, 3, 4, 4)
PICTURES = DataSpec("toy", "image", (3, 4, 4))


@pytest.fixture
def logits(generator):
    return 2 * torch.randn(SHAPE, generator=generator)


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("sigma", [0.003, 0.1, 1.0, 10.0])
def test_gaussian_against_torch(sigma, learn_sigma, logits, generator):
    x = torch.rand(SHAPE, generator=generator)
    likelihood = LIKELIHOODS.build(gaussian.Config(sigma, learn_sigma), PICTURES).eval()
    expected = -Normal(logits.sigmoid(), sigma).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(likelihood.nll(logits, x).detach(), expected, rtol=1e-4, atol=1e-3)


def test_a_fixed_sigma_is_no_parameter_but_is_saved():
    likelihood = LIKELIHOODS.build(gaussian.Config(0.2), PICTURES)
    assert not list(likelihood.parameters())
    assert len(likelihood.state_dict()) == 1


def learned(sigma=0.1):
    return LIKELIHOODS.build(gaussian.Config(sigma, learn_sigma=True), PICTURES)


def test_a_learned_sigma_scores_a_batch_with_its_own_spread(generator):
    """No other sigma gives the batch a higher density, and the gradient is that of a fixed sigma of this value."""
    likelihood, x = learned().train(), torch.rand(SHAPE, generator=generator)
    logits = torch.randn(SHAPE, generator=generator, requires_grad=True)
    found = likelihood.nll(logits, x).sum()
    spread = (x - logits.sigmoid()).square().mean().sqrt().item()
    expected = -Normal(logits.sigmoid(), spread).log_prob(x).sum()
    torch.testing.assert_close(found, expected)
    for other in (0.97 * spread, 1.03 * spread):
        assert -Normal(logits.sigmoid(), other).log_prob(x).sum() > found
    (gradient,), (of_fixed,) = (torch.autograd.grad(loss, logits) for loss in (found, expected))
    torch.testing.assert_close(gradient, of_fixed)


def test_a_sigma_that_an_earlier_version_learned_opens_with_its_number():
    """Its weights file holds log sigma as the inverse softplus of the distance to the bound."""
    likelihood = learned()
    likelihood.load_state_dict({"excess": torch.tensor(4.0)}, strict=True)
    assert likelihood.eval().log_sigma.item() == pytest.approx(-6 + math.log(1 + math.exp(4.0)))


def test_the_stored_sigma_is_the_spread_of_the_latest_batches(generator):
    likelihood, params = learned().train(), torch.zeros(50, 400)
    for spread in [0.3] * 5 + [0.05] * 100:
        likelihood.nll(params, 0.5 + spread * torch.randn(50, 400, generator=generator))
    assert likelihood.eval().log_sigma.exp().item() == pytest.approx(0.05, rel=0.02)
    x = 0.5 + 0.2 * torch.randn(50, 400, generator=generator)
    expected = -Normal(0.5, likelihood.log_sigma.exp()).log_prob(x).sum(1)
    torch.testing.assert_close(likelihood.nll(params, x), expected)  # evaluation keeps it as it is


def test_measuring_leaves_a_learned_sigma_alone():
    likelihood = learned(0.2).train()
    with torch.no_grad():
        likelihood.nll(torch.zeros(4, 10), torch.ones(4, 10))
    assert likelihood.log_sigma.exp().item() == pytest.approx(0.2)


def test_a_learned_sigma_is_bounded_below():
    """Data that the decoder meets exactly would drive an unbounded sigma to 0 and the density to infinity."""
    likelihood, x, params = learned().train(), torch.full((1, 10), 0.5), torch.zeros(1, 10)
    bound = 10 * (LOWEST_LOG_SIGMA + 0.5 * math.log(2 * math.pi))
    assert likelihood.nll(params, x).item() == pytest.approx(bound)
    assert likelihood.eval().nll(params, x).item() == pytest.approx(bound, abs=0.01)


def test_sigma_out_of_range_is_refused():
    with pytest.raises(UserError, match="sigma cannot be 0.0; allowed: a number from 0.003 to 10"):
        LIKELIHOODS.build(gaussian.Config(0.0), PICTURES)


def test_a_gaussian_draw_lies_where_its_parameters_lie(generator):
    """The generator stays on the CPU, wherever the model is; `meta` mixes with no other device, like a GPU."""
    likelihood = LIKELIHOODS.build(gaussian.Config(), PICTURES)
    params = torch.empty(5, *likelihood.parameter_shape(PICTURES), device="meta")
    drawn = likelihood.to("meta").draw(params, 1.0, generator)
    assert drawn.device.type == "meta" and drawn.shape == SHAPE


def test_a_predicted_spread_is_each_values_own(generator):
    """Against PyTorch's normal distribution, and the least spread that a value may have."""
    likelihood = LIKELIHOODS.build(LIKELIHOODS["normal"].config(spread="predicted"), PICTURES)
    x, params = torch.randn(SHAPE, generator=generator), torch.randn((5, 6, 4, 4), generator=generator)
    mean, sigma = params[:, :3], likelihood.log_sigmas(params).exp()
    assert torch.equal(likelihood.shown(params), mean) and sigma.std() > 0.1
    torch.testing.assert_close(likelihood.nll_per_value(params, x), -Normal(mean, sigma).log_prob(x))
    params[:, 3:] = -1000
    assert likelihood.log_sigmas(params).min() == normal.LOWEST_LOG_SIGMA
    drawn = likelihood.draw(params, generator=generator)
    assert (drawn - mean).abs().max() < 6 * math.exp(normal.LOWEST_LOG_SIGMA)


def test_one_spread_for_values_of_any_size_is_the_root_mean_square_error(generator):
    likelihood = LIKELIHOODS.build(LIKELIHOODS["normal"].config(), PICTURES).train()
    x, params = 3 * torch.randn(SHAPE, generator=generator), torch.randn(SHAPE, generator=generator).requires_grad_()
    likelihood.nll_per_value(params, x)
    expected = (x - params).square().mean().sqrt().log()
    torch.testing.assert_close(likelihood.log_sigma, expected.detach(), atol=1e-5, rtol=0)
