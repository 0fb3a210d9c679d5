import dataclasses
import json
import math

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, ContinuousBernoulli, Laplace, Normal

from vae_core.data import Column, DataSpec
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, bernoulli, categorical, gaussian

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
