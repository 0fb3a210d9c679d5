"""The KL in three parts, by torch.distributions and by enumerating every batch."""

import itertools

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from tests.objectives.toy import batch, model_for
from vae_core.data import Batch
from vae_core.objectives import OBJECTIVES, beta_tc_vae
from vae_core.objectives.beta_tc_vae import parts_of_kl, stratified
from vae_core.posterior import Posterior


def posteriors(generator, n=6, dimensions=3):
    return Posterior(*(torch.randn(n, dimensions, generator=generator) for _ in range(2)))


def test_each_part_against_mixtures(generator):
    """Where the batch is the whole, and each z weighs it alike, q(z) is a mixture that torch.distributions knows."""
    posterior = posteriors(generator, n=2)  # of two examples, each counts half
    z = posterior.sample(generator)
    q = Normal(posterior.mu, torch.exp(0.5 * posterior.logvar))
    alike = Categorical(torch.ones(2))
    together = MixtureSameFamily(alike, Independent(q, 1)).log_prob(z)
    apart = sum(MixtureSameFamily(alike, Normal(q.mean[:, d], q.stddev[:, d])).log_prob(z[:, d]) for d in range(3))
    own, prior = q.log_prob(z).sum(1), Normal(0.0, 1.0).log_prob(z).sum(1)
    found = parts_of_kl(z, posterior, 2)
    torch.testing.assert_close(found["index_code_mi"], (own - together).mean())
    torch.testing.assert_close(found["total_correlation"], (together - apart).mean())
    torch.testing.assert_close(found["dimension_kl"], (apart - prior).mean())


@pytest.mark.parametrize("n", [1, 2, 6])
def test_the_parts_sum_to_the_kl_of_the_draws(n, generator):
    posterior = posteriors(generator, n)
    z = posterior.sample(generator)
    q = Normal(posterior.mu, torch.exp(0.5 * posterior.logvar))
    expected = (q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1).mean()
    torch.testing.assert_close(sum(parts_of_kl(z, posterior, 50).values()), expected)


def test_stratified_batches_estimate_the_aggregated_posterior_without_bias(generator):
    """Over every ordered batch of 3 out of 5 that begins with the example that z is of."""
    densities = torch.rand(5, generator=generator, dtype=torch.float64)
    weights = stratified(3, 5)[0].double()
    found = [weights @ densities[[0, *others]] for others in itertools.permutations(range(1, 5), 2)]
    assert torch.stack(found).mean().item() == pytest.approx(densities.mean().item())
    for n, total in ((2, 2), (4, 4), (4, 100)):
        rows = stratified(n, total)
        torch.testing.assert_close(rows.sum(1), torch.ones(n))
        assert rows.diagonal().tolist() == pytest.approx([1 / total] * n)


def test_independent_dimensions_have_no_total_correlation_and_copies_have_much(generator):
    mu = torch.randn(500, 1, generator=generator)
    copied = Posterior(mu.expand(500, 2).contiguous(), torch.full((500, 2), -4.0))
    apart = Posterior(torch.randn(500, 2, generator=generator), torch.full((500, 2), -4.0))
    found = [parts_of_kl(q.sample(generator), q, 500)["total_correlation"].item() for q in (copied, apart)]
    assert found[0] > 1 and abs(found[1]) < 0.4


def test_each_part_has_its_weight_and_a_batch_knows_how_many_there_are(generator):
    objective = OBJECTIVES.build(beta_tc_vae.Config(tc_weight=5.0, mi_weight=0.5, dimension_weight=2.0))
    model, given = model_for(objective), batch(generator)
    terms = objective(model, Batch(given.x, given.y, total=1000), torch.Generator().manual_seed(5))
    posterior = model.encode(given.x)
    z = posterior.sample(torch.Generator().manual_seed(5))
    parts = parts_of_kl(z, posterior, 1000)
    weighed = (0.5 * parts["index_code_mi"], 5 * parts["total_correlation"], 2 * parts["dimension_kl"])
    torch.testing.assert_close(terms["loss"], model.nll(given.x, z).mean() + sum(weighed))
    alone = objective(model, given, torch.Generator().manual_seed(5))
    torch.testing.assert_close(alone["index_code_mi"], parts_of_kl(z, posterior, 6)["index_code_mi"])
