import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.data import DataSpec, Split
from vae_core.kinds.text.vocabulary import PADDING, ROLES, SPECIAL
from vae_core.likelihoods import bernoulli, categorical
from vae_core.metrics import METRICS, encode_split, measure
from vae_core.metrics.mig import binned
from vae_core.model import Model, ModelConfig
from vae_core.networks import conv, gru, mlp
from vae_core.posterior import Posterior

SPEC = DataSpec("toy", "image", (1, 4, 4), ("a", "b"))


def build(name, mu, split=None, **options):
    """A metric of a code that needs no model."""
    return METRICS.build(METRICS[name].config(**options), None, split, Posterior(mu, None))


def split_of(n, y=None, factors=None, generator=None):
    x = 255 * torch.randint(0, 2, (n, *SPEC.shape), dtype=torch.uint8, generator=generator)
    return Split(x, torch.zeros(n, dtype=torch.int64) if y is None else y, factors)


def model_of(variational=True, conditional=False, network=None):
    torch.manual_seed(0)
    return Model(ModelConfig(network or mlp.Config((16,)), bernoulli.Config(), 3, variational, conditional), SPEC)


# ELBO


@pytest.mark.parametrize("n", [7, 1500])  # one batch, and more than one
def test_elbo_against_torch(generator, n):
    model, split = model_of(), split_of(n, generator=generator)
    measured = METRICS.build(METRICS["elbo"].config(), model, split, encode_split(model, split))

    x = split.x.float() / 255
    mu, logvar = model.network.encoder(x).chunk(2, dim=1)
    q = Normal(mu, torch.exp(0.5 * logvar))
    noise = torch.Generator().manual_seed(0)
    z = mu + q.stddev * torch.cat([torch.randn(part.shape, generator=noise) for part in mu.split(1000)])
    nll = -Bernoulli(logits=model.network.decoder(z)).log_prob(x).sum().item() / n
    kl_per_dim = kl_divergence(q, Normal(0.0, 1.0)).mean(0)
    assert measured["nll"] == pytest.approx(nll, rel=1e-5)
    assert measured["kl_per_dim"] == pytest.approx(kl_per_dim.tolist(), rel=1e-4)
    assert measured["kl"] == pytest.approx(kl_per_dim.sum().item(), rel=1e-4)
    assert measured["elbo"] == pytest.approx(-(nll + kl_per_dim.sum().item()), rel=1e-5)


def test_elbo_of_an_untrained_decoder_is_that_of_a_coin():
    """With logits 0 and q = N(0, I): 16 pixels of log 2 each, and no KL."""
    model, split = model_of(), split_of(5)
    for parameter in model.parameters():
        parameter.data.zero_()
    measured = METRICS.build(METRICS["elbo"].config(), model, split, encode_split(model, split))
    assert measured["nll"] == pytest.approx(16 * math.log(2))
    assert measured["kl"] == 0 and measured["elbo"] == pytest.approx(-16 * math.log(2))


def test_a_deterministic_code_has_no_kl(generator):
    model, split = model_of(variational=False), split_of(5, generator=generator)
    measured = METRICS.build(METRICS["elbo"].config(), model, split, encode_split(model, split))
    assert measured["kl"] == 0 and measured["kl_per_dim"] == [0, 0, 0]
    x = split.x.float() / 255
    nll = -Bernoulli(logits=model.network.decoder(model.network.encoder(x))).log_prob(x).sum().item() / 5
    assert measured["nll"] == pytest.approx(nll, rel=1e-5) and measured["elbo"] == -measured["nll"]


def test_elbo_gives_the_class_to_a_conditional_model(generator):
    model, split = model_of(conditional=True), split_of(6, torch.tensor([0, 1, 0, 1, 0, 1]), generator=generator)
    swapped = Split(split.x, 1 - split.y)
    one, other = (METRICS.build(METRICS["elbo"].config(), model, s, encode_split(model, s)) for s in (split, swapped))
    assert one["nll"] != other["nll"] and one["kl"] != other["kl"]


# Active units


def test_active_units_of_known_codes(generator):
    mu = torch.randn(1000, 4, generator=generator) * torch.tensor([1.0, 0.2, 0.05, 0.0])
    assert build("active_units", mu) == {"active_units": 2}  # variances 1, 0.04, 0.0025, 0
    assert build("active_units", mu, threshold=0.001) == {"active_units": 3}
    assert build("active_units", torch.full((50, 3), 7.0)) == {"active_units": 0}


def test_active_units_of_a_single_example():
    assert build("active_units", torch.ones(1, 2)) == {"active_units": 0}


# Nearest neighbours


def test_knn_of_separate_classes_is_perfect(generator):
    y = torch.arange(200) % 4
    mu = 10 * torch.nn.functional.one_hot(y, 4) + torch.randn(200, 4, generator=generator)
    assert build("knn", mu, split_of(200, y)) == {"knn_accuracy": 1.0}


def test_knn_of_a_code_that_says_nothing_is_chance(generator):
    y = torch.randint(0, 4, (2000,), generator=generator)
    accuracy = build("knn", torch.randn(2000, 3, generator=generator), split_of(2000, y))["knn_accuracy"]
    assert 0.2 < accuracy < 0.3


def test_knn_trains_on_one_half_and_tests_on_the_other():
    """Each half is of one class: whoever looked at its own half would be right."""
    y = torch.arange(40) // 20
    assert build("knn", torch.zeros(40, 1), split_of(40, y)) == {"knn_accuracy": 0.0}


def test_knn_without_classes_or_examples_means_nothing():
    assert build("knn", torch.zeros(40, 2), split_of(40)) == {}
    assert build("knn", torch.zeros(18, 2), split_of(18, torch.arange(18) % 2)) == {}


# Mutual information gap


def test_mig_of_a_perfect_code_is_one(generator):
    factors = torch.randint(0, 5, (2000, 3), generator=generator).float()
    code = factors[:, [2, 0, 1]] * torch.tensor([1.0, -3.0, 0.5])  # order, sign and scale do not matter
    measured = build("mig", code, split_of(2000, factors=factors))
    assert measured["mig"] == pytest.approx(1, abs=0.01)
    assert measured["mig_per_factor"] == pytest.approx([1, 1, 1], abs=0.01)


def test_mig_of_a_constant_or_random_code_is_zero(generator):
    factors = torch.randint(0, 5, (2000, 2), generator=generator).float()
    split = split_of(2000, factors=factors)
    assert build("mig", torch.zeros(2000, 3), split)["mig"] == pytest.approx(0, abs=1e-9)
    assert build("mig", torch.randn(2000, 3, generator=generator), split)["mig"] == pytest.approx(0, abs=0.02)


def test_mig_of_a_duplicated_code_is_zero(generator):
    """Two dimensions that know the same factor leave no gap, however well they know it."""
    factor = torch.randint(0, 5, (2000, 1), generator=generator).float()
    split = split_of(2000, factors=factor)
    assert build("mig", factor.expand(-1, 2), split)["mig"] == pytest.approx(0, abs=1e-9)


def test_mig_of_a_half_known_factor():
    """Four equally frequent values; one dimension tells the upper two from the lower two: log 2 of log 4."""
    factors = (torch.arange(400) % 4).float().unsqueeze(1)
    code = torch.stack([(factors[:, 0] >= 2).float(), torch.zeros(400)], dim=1)
    assert build("mig", code, split_of(400, factors=factors))["mig"] == pytest.approx(0.5)


def test_mig_cuts_continuous_factors_into_bins(generator):
    factors = torch.rand(5000, 2, generator=generator)
    assert build("mig", factors, split_of(5000, factors=factors))["mig"] == pytest.approx(1, abs=0.03)


def test_mig_of_a_constant_factor_counts_as_zero(generator):
    factors = torch.stack([torch.randint(0, 5, (500,), generator=generator).float(), torch.ones(500)], dim=1)
    measured = build("mig", factors, split_of(500, factors=factors))
    assert measured["mig_per_factor"][1] == 0 and measured["mig"] == pytest.approx(0.5, abs=0.02)


def test_mig_without_factors_or_a_second_dimension_means_nothing():
    assert build("mig", torch.zeros(10, 2), split_of(10)) == {}
    assert build("mig", torch.zeros(10, 1), split_of(10, factors=torch.zeros(10, 2))) == {}


# All together


def test_measure_holds_every_metric_that_means_something(generator):
    split = split_of(40, torch.arange(40) % 2, torch.rand(40, 2, generator=generator), generator)
    assert set(measure(model_of(), split)) == {
        *("elbo", "nll", "kl", "kl_per_dim", "active_units", "knn_accuracy", "mig", "mig_per_factor", "mig_of_draws")
    }
    assert set(measure(model_of(), split_of(3))) == {"elbo", "nll", "kl", "kl_per_dim", "active_units"}


def test_measuring_is_repeatable_and_leaves_the_model_as_it_was(generator):
    model = model_of(network=conv.Config((4, 4), dense=8, batch_norm=True)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    split = split_of(30, generator=generator)
    state = torch.get_rng_state()
    assert measure(model, split) == measure(model, split)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_encode_split_goes_in_order_through_all_batches(generator):
    model, split = model_of().eval(), split_of(2300, generator=generator)
    posterior = encode_split(model, split)
    assert posterior.mu.shape == posterior.logvar.shape == (2300, 3)
    torch.testing.assert_close(posterior.mu[2250:], model.encode(split.x[2250:].float() / 255).mu.detach())


def test_knn_asks_as_many_neighbours_as_it_says():
    """The classes of the known half, by distance from the others, are 0, 1, 1, 0, 0: of three, two are of class 1; two
    or four tie, which the first class wins, and one or five are of class 0."""
    mu = torch.tensor([[1.0], [2], [3], [4], [5], [0], [0], [0], [0], [0]])
    y = torch.tensor([0, 1, 1, 0, 0, 1, 1, 1, 1, 1])
    found = [build("knn", mu, split_of(10, y), neighbours=k)["knn_accuracy"] for k in range(1, 6)]
    assert found == [0, 0, 1, 0, 0]


def test_knn_needs_as_many_known_examples_as_neighbours():
    mu, y = torch.arange(8.0)[:, None], torch.tensor([0, 0, 1, 1, 0, 0, 1, 1])
    assert build("knn", mu, split_of(8, y), neighbours=5) == {}
    assert build("knn", mu, split_of(8, y), neighbours=4) == {"knn_accuracy": 0.5}  # a tie: the first class


def test_values_are_cut_into_bins_of_equal_width():
    few = torch.tensor([5.0, -1.0, 5.0, 9.0])
    assert binned(few, 3).tolist() == [1, 0, 1, 2]  # as many values as bins: they stay apart
    many = torch.arange(1.0, 10.0)  # 1 to 9: the width of four bins is 2, and the last includes its end
    assert binned(many, 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert binned(few, 2).tolist() == [1, 0, 1, 1]  # −1 to 4, 4 to 9


def test_mig_is_the_gap_between_the_best_two_dimensions():
    """Of the log 4 nats of one factor, a dimension knows log 4 and another log 2; the other factor is known twice."""
    value = torch.arange(400) % 4
    factors = torch.stack([value, value // 2], 1).float()
    code = torch.stack([torch.zeros(400), (value // 2).float(), value.float()], 1)
    assert build("mig", code, split_of(400, factors=factors))["mig_per_factor"] == pytest.approx([0.5, 0])


# What is measured on request


def test_measure_leaves_out_what_takes_long(generator):
    found = measure(model_of(), split_of(5, generator=generator))
    assert {"elbo", "active_units"} <= found.keys()
    assert not {"iw_nll", "iw_perplexity", "mutual_information"} & found.keys()


def test_importance_weighting_finds_log_p_where_the_elbo_does_not(generator):
    """Against the integral over a code of one dimension, by quadrature."""
    torch.manual_seed(0)
    model = Model(ModelConfig(mlp.Config((8,)), bernoulli.Config(), 1), SPEC)
    for parameter in model.network.decoder.parameters():
        parameter.data *= 4  # an untrained decoder makes too little of z for a bad encoder to cost anything
    split = split_of(6, generator=generator)
    grid = torch.linspace(-8, 8, 4001)[:, None]
    log_p = []
    with torch.no_grad():
        for x in split.x.float() / 255:
            joint = -model.nll(x.expand(len(grid), *x.shape), grid) + Normal(0.0, 1.0).log_prob(grid)[:, 0]
            log_p.append(torch.logsumexp(joint.double(), 0) + math.log(16 / 4000))
    expected = -torch.stack(log_p).mean().item()
    encoded = encode_split(model, split)
    found = {
        k: METRICS.build(METRICS["importance"].config(samples=k), model, split, encoded)["iw_nll"] for k in (1, 3000)
    }
    assert found[3000] == pytest.approx(expected, abs=0.01)
    assert found[1] > expected + 0.02
    assert METRICS.build(METRICS["importance"].config(), model, split, Posterior(encoded.mu, None)) == {}


def test_perplexity_counts_symbols_and_no_padding():
    """A model that knows nothing is as perplexed as it has symbols."""
    spec = DataSpec("toy", "text", (4,), symbols=SPECIAL + ("a", "b"), symbol_roles=ROLES + ("", ""), padding=PADDING)
    model = Model(ModelConfig(gru.Config(3, 4), categorical.Config(), 2), spec)
    for parameter in model.parameters():
        parameter.data.zero_()
    split = Split(torch.tensor([[4, 5, 1, 0], [1, 0, 0, 0]], dtype=torch.int16), torch.zeros(2, dtype=torch.int64))
    config = METRICS["importance"].config(samples=2)
    found = METRICS.build(config, model, split, encode_split(model, split))
    assert found["iw_perplexity"] == pytest.approx(6) and found["iw_nll"] == pytest.approx(2 * math.log(6))
    assert found["iw_samples"] == 2


@pytest.mark.parametrize(("spread", "expected"), [(0.0, 0.0), (100.0, math.log(400))])
def test_mutual_information_of_codes_that_say_nothing_and_of_codes_that_say_all(spread, expected):
    mu = spread * torch.arange(400.0)[:, None] * torch.tensor([[1.0, 0.0]])
    found = METRICS.build(METRICS["mutual_information"].config(), None, None, Posterior(mu, torch.zeros(400, 2)))
    assert found["mutual_information"] == pytest.approx(expected, abs=1e-9)


def test_mutual_information_of_a_gaussian_channel(generator):
    """x ~ N(0, 1 − s²) seen with noise s² has I = −log s nats."""
    s, n = 0.5, 6000
    generator.manual_seed(7)  # the metric's own draws must not be the same
    mu = math.sqrt(1 - s * s) * torch.randn(n, 1, generator=generator)
    encoded = Posterior(mu, torch.full((n, 1), 2 * math.log(s)))
    found = METRICS.build(METRICS["mutual_information"].config(), None, None, encoded)
    assert found["mutual_information"] == pytest.approx(-math.log(s), abs=0.03)
    assert METRICS.build(METRICS["mutual_information"].config(), None, None, Posterior(mu, None)) == {}
