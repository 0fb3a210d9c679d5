"""DCI, the FactorVAE score and the MIG of draws: perfect codes, mixed ones, and ones that say nothing."""

import pytest
import torch

from tests.metrics.test_metrics import split_of
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
