"""DCI, the FactorVAE score and the MIG of draws: perfect codes, mixed ones, and ones that say nothing."""

import numpy as np
import pytest
import torch

from tests.metrics.test_metrics import split_of
from vae_core.datasets import DATASETS, shapes
from vae_core.metrics import METRICS
from vae_core.posterior import Posterior

DCI = ("disentanglement", "completeness", "informativeness")


def measured(name, mu, factors, logvar=None, **options):
    split = split_of(len(mu), factors=factors)
    return METRICS.build(METRICS[name].config(**options), None, split, Posterior(mu, logvar))


@pytest.fixture
def factors(generator):
    """A class, and two numbers."""
    return torch.cat([torch.randint(0, 3, (1200, 1), generator=generator), torch.rand(1200, 2, generator=generator)], 1)


def dci(mu, factors):
    found = measured("dci", mu, factors, trees=10)
    return [found[name] for name in DCI]


def test_dci_of_codes_that_are_the_factors_and_of_codes_that_say_nothing(factors, generator):
    assert dci(factors[:, [2, 0, 1]] * torch.tensor([-3.0, 1.0, 0.5]), factors) == pytest.approx([1, 1, 1], abs=0.05)
    nothing = dci(torch.randn(1200, 3, generator=generator), factors)
    assert nothing[0] < 0.1 and nothing[1] < 0.1 and nothing[2] < 0.2  # of three classes a third are guessed
    assert dci(torch.zeros(1200, 3), factors)[:2] == [0, 0]


def test_dci_tells_a_mixture_from_a_copy(factors):
    """Two factors in one dimension are complete and not disentangled; one factor in two dimensions is the reverse."""
    a, b = factors[:, 1], (factors[:, 2] * 3).floor()
    both = torch.stack([a, b], 1)
    together = dci(torch.stack([a + 10 * b, torch.zeros(1200)], 1), both)
    assert together[0] < 0.2 and together[1] > 0.95 and together[2] > 0.95
    apart = dci(torch.stack([b, b + 0.01 * a], 1), b[:, None].expand(-1, 2))
    assert apart[1] < 0.7
    assert measured("dci", torch.zeros(10, 2), None) == {}


def test_factor_score_of_codes_that_are_the_factors_and_of_chance(factors, generator):
    def score(mu):
        return measured("factor_score", mu, factors, votes=600, group_size=32)["factor_score"]

    assert score(factors[:, [2, 0, 1]] * torch.tensor([-3.0, 1.0, 0.5])) == 1
    # A dimension that never varies is passed over; the others know one factor each.
    assert score(torch.cat([torch.zeros(1200, 1), factors], 1)) == 1
    assert score(torch.randn(1200, 3, generator=generator)) == pytest.approx(1 / 3, abs=0.12)
    assert score(torch.zeros(1200, 3)) == pytest.approx(1 / 3)
    # All factors in every dimension: nothing stays the same in a group.
    mixed = factors / factors.std(0) @ torch.linalg.qr(torch.randn(3, 3, generator=generator))[0]
    assert score(mixed) < 0.9
    assert measured("factor_score", torch.zeros(10, 2), None) == {}


def test_mig_of_draws_is_less_where_means_move_within_the_posteriors_width(generator):
    factors = torch.randint(0, 5, (2000, 2), generator=generator).float()
    mu = factors * 0.2
    sharp = measured("mig", mu, factors, torch.full((2000, 2), -12.0))
    wide = measured("mig", mu, factors, torch.zeros(2000, 2))
    assert sharp["mig"] == wide["mig"] == pytest.approx(1, abs=0.01)
    assert sharp["mig_of_draws"] == pytest.approx(1, abs=0.01) and wide["mig_of_draws"] < 0.1
    assert "mig_of_draws" not in measured("mig", mu, factors)


def test_the_factors_of_the_shapes_are_their_own_ideal_code():
    """What a model of the shapes falls short of 1, it falls short itself: neither the data nor the bins take it."""
    factors = DATASETS.build(shapes.Config(n_train=100, n_test=2000, image_size=28)).test.factors
    assert measured("mig", factors, factors)["mig"] > 0.96
    assert measured("factor_score", factors, factors, votes=400)["factor_score"] == 1


def test_three_straight_dimensions_of_five_factors_score_three_fifths(generator):
    """Groups that share a factor which no dimension knows are guessed wrong: each dimension votes for its own."""
    factors = torch.rand(2000, 5, generator=generator)
    score = measured("factor_score", factors[:, :3], factors, votes=1600)["factor_score"]
    assert score == pytest.approx(0.6, abs=0.06)


def test_mig_agrees_with_a_histogram_of_both(generator):
    factors = torch.rand(3000, 2, generator=generator)
    codes = torch.cat([factors @ torch.tensor([[1.0, 0.3], [0.2, 1.0]]), torch.randn(3000, 1, generator=generator)], 1)

    def information(a, b):
        joint = np.histogram2d(a, b, bins=20)[0] / len(a)
        apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
        return float((joint[joint > 0] * np.log(joint[joint > 0] / apart[joint > 0])).sum())

    expected = []
    for factor in factors.double().numpy().T:
        known = sorted(information(factor, code) for code in codes.double().numpy().T)
        expected.append((known[-1] - known[-2]) / information(factor, factor))
    assert measured("mig", codes, factors)["mig_per_factor"] == pytest.approx(expected, abs=0.01)
    assert 0.05 < min(expected) and max(expected) < 0.9
