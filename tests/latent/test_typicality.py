"""Typicality against torch.distributions, and what it must say of points near and far."""

import pytest
import torch
from torch import distributions as d

from vae_core.latent.typicality import Typicality, percentile_of, reencoding_distance
from vae_core.posterior import Posterior


@pytest.fixture
def posterior() -> Posterior:
    generator = torch.Generator().manual_seed(0)
    mu = torch.randn(400, 3, generator=generator)
    return Posterior(mu, torch.full((400, 3), -2.0) + 0.1 * torch.randn(400, 3, generator=generator))


def test_log_density_is_that_of_the_mixture(posterior):
    typicality = Typicality.of(posterior)
    components = d.Independent(d.Normal(typicality.mu, (0.5 * typicality.logvar).exp()), 1)
    mixture = d.MixtureSameFamily(d.Categorical(torch.ones(len(typicality.mu), dtype=torch.float64)), components)
    z = torch.randn(50, 3, dtype=torch.float64) * 2
    assert torch.allclose(typicality.log_density(z), mixture.log_prob(z), atol=1e-9)


def test_held_out_examples_spread_evenly_over_the_percentiles(posterior):
    typicality = Typicality.of(posterior)
    assert len(typicality.mu) == 200
    others = torch.tensor([not (mu == typicality.mu.float()).all(1).any() for mu in posterior.mu])
    percentiles = typicality.percentile(posterior.mu[others])
    assert percentiles.mean().item() == pytest.approx(50, abs=1)
    assert percentiles.min() == 0 and percentiles.max() == 100
    levels = typicality.log_density(posterior.mu[others])
    expected = torch.stack([levels.quantile(share) for share in (0, 0.01, 0.5, 1)])
    assert torch.allclose(typicality.quantiles[[0, 1, 50, 100]], expected)


def test_a_far_point_is_the_least_typical_of_all(posterior):
    assert Typicality.of(posterior).percentile(torch.full((1, 3), 20.0)).item() == 0


def test_a_deterministic_code_gets_a_width_of_its_own(posterior):
    typicality = Typicality.of(Posterior(posterior.mu * 10, None))
    near, far = typicality.percentile(torch.tensor([[0.0, 0, 0], [100, 0, 0]]))
    assert near > 50 and far == 0


def test_percentile_of_known_values():
    quantiles = torch.tensor([0.0, 10, 20])
    values = torch.tensor([-5.0, 0, 5, 10, 15, 20, 25])
    assert percentile_of(values, quantiles).tolist() == [0, 0, 25, 50, 75, 100, 100]


def test_reencoding_distance_counts_in_posterior_standard_deviations():
    again = Posterior(torch.zeros(1, 2), torch.tensor([[0.5, 2.0]]).log() * 2)
    assert reencoding_distance(torch.tensor([[1.0, 4.0]]), again).item() == pytest.approx(2)
    assert reencoding_distance(torch.ones(1, 2), Posterior(torch.ones(1, 2), None)).isnan().all()


def test_the_width_of_a_deterministic_code_is_scotts():
    mu = torch.randn(60, 2, generator=torch.Generator().manual_seed(1)) * torch.tensor([3.0, 0.0])
    typicality = Typicality.of(Posterior(mu, None))
    std = torch.exp(0.5 * typicality.logvar)
    assert typicality.mu.shape == std.shape == (30, 2)
    expected = typicality.mu[:, 0].std(correction=0) * 30 ** (-1 / 6)
    torch.testing.assert_close(std, torch.stack([expected, expected.new_tensor(1e-6) * 30 ** (-1 / 6)]).expand(30, 2))


@pytest.mark.parametrize(("n", "components", "rated"), [(1, 1, 1), (2, 1, 1), (5, 2, 2), (4100, 2000, 2000)])
def test_half_of_the_examples_rate_the_other_half(n, components, rated):
    mu = torch.randn(n, 1, generator=torch.Generator().manual_seed(2))
    typicality = Typicality.of(Posterior(mu, torch.zeros(n, 1)))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    assert torch.equal(typicality.mu, mu[order[:components]].double())
    others = order[components : components + rated] if n > 1 else order
    levels = typicality.log_density(mu[others])
    torch.testing.assert_close(typicality.quantiles[[0, -1]], torch.stack([levels.min(), levels.max()]))


def test_percentiles_of_equal_quantiles_and_of_many_points():
    assert percentile_of(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([1.0, 1.0, 1.0])).tolist() == [0, 0, 100]
    typicality = Typicality(torch.zeros(1, 1).double(), torch.zeros(1, 1).double(), torch.empty(0))
    z = torch.linspace(-3, 3, 4100)[:, None]
    expected = d.Normal(0.0, 1.0).log_prob(z.double())[:, 0]
    torch.testing.assert_close(typicality.log_density(z), expected)
