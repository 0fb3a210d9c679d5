import dataclasses
import json
import math

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, ContinuousBernoulli, Laplace, Normal

from vae_core.data import Column, DataSpec
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, bernoulli, categorical, gaussian, normal
from vae_core.likelihoods.gaussian import LOWEST_LOG_SIGMA

SHAPE = (5, 3, 4, 4)
PICTURES = DataSpec("toy", "image", (3, 4, 4))
RECORDS = DataSpec(
    "toy",
    "records",
    (3,),
    columns=(Column("size"), Column("on", values=("no", "yes")), Column("kind", values=("a", "b", "c"))),
)
WORDS = DataSpec("toy", "tiles", (4, 4), symbols=("-", "X", "E"))


@pytest.fixture
def logits(generator):
    return 2 * torch.randn(SHAPE, generator=generator)


def built(name, padding=None):
    """The likelihood with its usual options, for data that it suits."""
    spec = dataclasses.replace(WORDS, padding=padding) if name == "categorical" else PICTURES
    spec = RECORDS if name == "mixed" else spec
    return LIKELIHOODS.build(LIKELIHOODS[name].config(), spec), spec


def examples(spec, generator):
    """Five examples in batch form."""
    if spec.symbols:
        return torch.randint(len(spec.symbols), (5, *spec.shape), generator=generator)
    if spec.columns:
        drawn = torch.rand((5, 3), generator=generator)
        return torch.stack([drawn[:, 0], drawn[:, 1].round(), (3 * drawn[:, 2]).floor()], 1)
    return torch.rand((5, *spec.shape), generator=generator)


@pytest.mark.parametrize("name", LIKELIHOODS.names)
def test_likelihood_keeps_the_contract(name, generator):
    likelihood, spec = built(name)
    likelihood.eval()  # while it trains, a learned spread is that of the batch
    x = examples(spec, generator)
    shape = likelihood.parameter_shape(spec)
    logits = (2 * torch.randn((5, *shape), generator=generator)).requires_grad_()
    assert math.prod(shape) == (math.prod(spec.shape) * max(1, len(spec.symbols)) if name != "mixed" else 1 + 1 + 3)
    for shown in (likelihood.shown(100 * logits), *(likelihood.draw(logits, t, generator) for t in (0.0, 0.5, 1.0))):
        assert shown.shape == x.shape and (shown.dtype == x.dtype or name != "categorical")
    assert torch.equal(likelihood.draw(logits, 0.0), likelihood.shown(logits))
    shown = likelihood.shown(100 * logits)
    assert name in ("normal", "mixed") or shown.min() >= 0 and shown.max() <= max(1, len(spec.symbols) - 1)
    per_value, nll = likelihood.nll_per_value(logits, x), likelihood.nll(logits, x)
    assert per_value.shape == x.shape and nll.shape == (5,) and nll.isfinite().all()
    torch.testing.assert_close(per_value.flatten(1).sum(1), nll)
    nll.sum().backward()
    assert logits.grad.isfinite().all() and logits.grad.any()
    for i in range(5):  # an example's score does not depend on its batch
        torch.testing.assert_close(likelihood.nll(logits[i : i + 1], x[i : i + 1])[0], nll[i])
    json.dumps(likelihood.for_page())


@pytest.mark.parametrize("name", LIKELIHOODS.names)
def test_the_better_reconstruction_is_more_likely(name):
    likelihood, spec = built(name)
    if spec.symbols:
        x = torch.tensor([[0, 1, 2]])
        good = 4.0 * torch.eye(3)[None]
        bad = -good
    elif spec.columns:
        x = torch.tensor([[0.5, 1.0, 2.0]])
        good, bad = torch.tensor([[0.5, 3, 0, 0, 3]]), torch.tensor([[-0.5, -3, 3, 0, 0]])
    else:
        x = torch.tensor([[0.0, 1.0, 0.5]])
        good, bad = torch.tensor([[-4.0, 4.0, 0.0]]), torch.tensor([[4.0, -4.0, 0.0]])
    assert likelihood.nll(good, x) < likelihood.nll(bad, x)


def test_a_draw_sharpens_with_the_temperature(generator):
    likelihood, _ = built("categorical")
    logits = torch.tensor([1.0, 0.0, -1.0]).view(1, 3, 1, 1).expand(4000, 3, 1, 1)
    for temperature in (0.5, 1.0, 2.0):
        found = torch.bincount(likelihood.draw(logits, temperature, generator).flatten(), minlength=3) / 4000
        expected = torch.softmax(torch.tensor([1.0, 0.0, -1.0]) / temperature, 0)
        torch.testing.assert_close(found, expected, atol=0.03, rtol=0)


def test_categorical_against_torch(generator):
    likelihood, spec = built("categorical")
    logits, x = 2 * torch.randn((5, 3, 4, 4), generator=generator), examples(spec, generator)
    expected = -Categorical(logits=logits.movedim(1, -1)).log_prob(x)
    torch.testing.assert_close(likelihood.nll_per_value(logits, x), expected)
    assert torch.equal(likelihood.shown(logits), logits.argmax(1))


def test_padding_counts_for_nothing_and_is_never_shown_or_drawn(generator):
    likelihood, _ = built("categorical", padding=2)
    logits = torch.zeros(1, 3, 2, 2)
    logits[:, 2] = 9.0
    x = torch.tensor([[[0, 2], [2, 1]]])
    assert (likelihood.nll_per_value(logits, x) == 0).tolist() == [[[False, True], [True, False]]]
    assert 2 not in likelihood.shown(logits)
    assert all(2 not in likelihood.draw(logits, 1.0, generator) for _ in range(50))


@pytest.mark.parametrize("padding", [-1, 3, "X"])
def test_padding_is_one_of_the_symbols(padding):
    with pytest.raises(UserError, match="none of its 3 symbols"):
        built("categorical", padding=padding)


def test_continuous_bernoulli_against_torch(generator):
    """Density, mean and the distribution of draws, also where both sides of the normaliser vanish."""
    likelihood, _ = built("continuous_bernoulli")
    logits = torch.tensor([-15.0, -5, -1, -0.31, -0.29, -1e-3, 0, 1e-3, 0.29, 0.31, 1, 5, 15], dtype=torch.float64)
    expected = ContinuousBernoulli(logits=logits)
    x = torch.rand(13, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(likelihood.nll_per_value(logits, x), -expected.log_prob(x), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(likelihood.shown(logits), expected.mean, rtol=1e-5, atol=1e-5)
    for temperature in (1.0, 0.5):
        drawn = likelihood.draw(logits.float().expand(20_000, 13), temperature, generator).double()
        sharper = ContinuousBernoulli(logits=logits / temperature)
        torch.testing.assert_close(drawn.mean(0), sharper.mean, rtol=0, atol=0.01)
        torch.testing.assert_close(drawn.var(0), sharper.variance, rtol=0, atol=0.005)
    logits = torch.zeros(3, requires_grad=True)
    likelihood.nll_per_value(logits, torch.tensor([0.0, 0.5, 1.0])).sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([0.5, 0.0, -0.5]))


def test_a_gaussian_draw_lies_where_its_parameters_lie(generator):
    """The generator stays on the CPU, wherever the model is; `meta` mixes with no other device, like a GPU."""
    likelihood, spec = built("gaussian")
    params = torch.empty(5, *likelihood.parameter_shape(spec), device="meta")
    drawn = likelihood.to("meta").draw(params, 1.0, generator)
    assert drawn.device.type == "meta" and drawn.shape == (5, *spec.shape)


def test_symbols_are_needed_for_the_categorical_likelihood():
    with pytest.raises(UserError, match="for data of symbols; toy has none"):
        LIKELIHOODS.build(categorical.Config(), PICTURES)


def test_bernoulli_against_torch_on_binary_data(logits, generator):
    x = torch.bernoulli(torch.full(SHAPE, 0.5), generator=generator)
    likelihood = LIKELIHOODS.build(bernoulli.Config(), PICTURES)
    expected = -Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(likelihood.nll(logits, x), expected)
    torch.testing.assert_close(likelihood.shown(logits), Bernoulli(logits=logits).mean)


def test_bernoulli_on_grey_data_is_the_cross_entropy(logits, generator):
    x, p = torch.rand(SHAPE, generator=generator), logits.sigmoid()
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3))
    torch.testing.assert_close(LIKELIHOODS.build(bernoulli.Config(), PICTURES).nll(logits, x), expected)


def test_bernoulli_of_certain_and_wrong_pixels_is_finite():
    nll = LIKELIHOODS.build(bernoulli.Config(), PICTURES).nll(
        torch.tensor([[1000.0, -1000.0]]), torch.tensor([[0.0, 0.0]])
    )
    assert nll.item() == 1000


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


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_of_numbers_by_torch(temperature, logits):
    """Bernoulli: coins whose logits are divided by the temperature. Gaussian: noise of sigma times the temperature."""

    def seeded():
        return torch.Generator().manual_seed(3)

    coins = LIKELIHOODS.build(bernoulli.Config(), PICTURES).draw(logits, temperature, seeded())
    assert torch.equal(coins, torch.bernoulli((logits / temperature).sigmoid(), generator=seeded()))
    drawn = LIKELIHOODS.build(gaussian.Config(0.3), PICTURES).draw(logits, temperature, seeded())
    expected = logits.sigmoid() + 0.3 * temperature * torch.randn(SHAPE, generator=seeded())
    torch.testing.assert_close(drawn, expected)


def test_the_page_is_told_what_it_needs():
    assert LIKELIHOODS.build(bernoulli.Config(), PICTURES).for_page() == {}
    assert LIKELIHOODS.build(gaussian.Config(0.3), PICTURES).for_page() == {"log_sigma": pytest.approx(math.log(0.3))}
    assert built("categorical")[0].for_page() == {"symbols": 3}
    assert built("categorical", padding=0)[0].for_page() == {"symbols": 3, "padding": 0}


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


def test_a_record_costs_what_its_columns_cost(generator):
    """Against PyTorch's distributions, a column at a time; and each column of numbers has a spread of its own."""
    likelihood, spec = built("mixed")
    x, params = examples(spec, generator), torch.randn((5, 5), generator=generator)
    likelihood.train()
    learning = params.clone().requires_grad_()
    likelihood.nll(learning, x).sum()
    sigma = (x[:, 0] - params[:, 0]).square().mean().sqrt()
    torch.testing.assert_close(likelihood.log_sigma, sigma.log()[None])
    likelihood.eval()
    expected = torch.stack(
        [
            -Normal(params[:, 0], sigma).log_prob(x[:, 0]),
            -Bernoulli(logits=params[:, 1]).log_prob(x[:, 1]),
            -Categorical(logits=params[:, 2:]).log_prob(x[:, 2].long()),
        ],
        1,
    )
    torch.testing.assert_close(likelihood.nll_per_value(params, x), expected)
    shown = likelihood.shown(params)
    assert torch.equal(shown[:, 2], params[:, 2:].argmax(1).float()) and set(shown[:, 1].tolist()) <= {0.0, 1.0}
    draws = likelihood.draw(params[:1].expand(4000, -1), generator=generator)
    assert abs(float(draws[:, 0].std()) / float(sigma) - 1) < 0.1
    chances = torch.softmax(params[0, 2:], 0)
    assert (torch.bincount(draws[:, 2].long(), minlength=3) / 4000 - chances).abs().max() < 0.04


def test_a_far_number_costs_its_distance_with_the_tails_of_laplace(generator):
    likelihood = LIKELIHOODS.build(LIKELIHOODS["mixed"].config(tails="laplace"), RECORDS).train()
    x, params = examples(RECORDS, generator), torch.randn((5, 5), generator=generator)
    likelihood.nll(params.clone().requires_grad_(), x).sum()
    scale = (x[:, 0] - params[:, 0]).abs().mean()
    torch.testing.assert_close(likelihood.log_sigma, scale.log()[None])
    likelihood.eval()
    expected = -Laplace(params[:, 0], scale).log_prob(x[:, 0])
    torch.testing.assert_close(likelihood.nll_per_value(params, x)[:, 0], expected)
    draws = likelihood.draw(params[:1].expand(4000, -1), generator=generator)[:, 0] - params[0, 0]
    assert abs(draws.abs().mean() / scale - 1) < 0.1 and abs(draws.std() / (scale * 2**0.5) - 1) < 0.1


def test_data_without_described_columns_are_no_records():
    with pytest.raises(UserError, match="The likelihood mixed is for records, whose columns are described"):
        LIKELIHOODS.build(LIKELIHOODS["mixed"].config(), PICTURES)
