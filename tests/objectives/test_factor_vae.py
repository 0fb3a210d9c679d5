"""The discriminator's view of the total correlation against what is known of Gaussians."""

import math

import pytest
import torch
import torch.nn.functional as F

from tests.objectives.toy import batch, model_for
from vae_core.objectives import OBJECTIVES, factor_vae
from vae_core.posterior import Posterior


def test_shuffled_codes_keep_each_dimension_and_lose_what_they_share(generator):
    z = torch.randn(2000, 1, generator=generator).expand(2000, 2).contiguous()
    found = factor_vae.shuffled(z, generator)
    for dimension in range(2):
        assert torch.equal(found[:, dimension].sort().values, z[:, dimension].sort().values)
    assert torch.corrcoef(z.T)[0, 1] > 0.999 and abs(torch.corrcoef(found.T)[0, 1]) < 0.1


class Known:
    """A model whose codes are what it is fed."""

    def encode(self, x, y=None):
        return Posterior(x, None)


def test_a_trained_discriminator_knows_the_total_correlation_of_a_gaussian(generator):
    """Of two dimensions that correlate by ρ it is −½ log(1 − ρ²); of independent ones, 0."""
    objective = OBJECTIVES.build(factor_vae.Config(discriminator_width=32, discriminator_layers=2))
    for rho in (0.0, 0.8):
        torch.manual_seed(0)
        helper = objective.helper(model_for(objective, latent_dim=2))
        optimizer = torch.optim.Adam(helper.parameters(), 5e-3)
        root = torch.linalg.cholesky(torch.tensor([[1.0, rho], [rho, 1.0]]))
        for _ in range(250):
            given = batch(generator)
            z = torch.randn(512, 2, generator=generator) @ root.T
            optimizer.zero_grad()
            objective.helper_loss(Known(), type(given)(z, None), generator, helper).backward()
            optimizer.step()
        with torch.no_grad():
            found = helper(torch.randn(4000, 2, generator=generator) @ root.T).mean().item()
        assert found == pytest.approx(-0.5 * math.log(1 - rho**2), abs=0.12)


def test_the_loss_of_both_by_hand(generator):
    objective = OBJECTIVES.build(factor_vae.Config(gamma=7.0, discriminator_width=8))
    model, given = model_for(objective), batch(generator)
    helper = objective.helper(model)
    terms = objective(model, given, torch.Generator().manual_seed(5), helper)
    posterior = model.encode(given.x)
    z = posterior.sample(torch.Generator().manual_seed(5))
    likely = torch.sigmoid(helper(z))
    torch.testing.assert_close(terms["total_correlation"], (likely.log() - (1 - likely).log()).mean())
    expected = model.nll(given.x, z).mean() + posterior.kl_per_dim().sum(1).mean() + 7 * terms["total_correlation"]
    torch.testing.assert_close(terms["loss"], expected)

    noise = torch.Generator().manual_seed(6)
    z = posterior.sample(noise)
    logits = torch.cat([helper(z[:3]), helper(factor_vae.shuffled(z[3:], noise))])[:, 0]
    truth = torch.tensor([1.0] * 3 + [0.0] * 3)
    found = objective.helper_loss(model, given, torch.Generator().manual_seed(6), helper)
    torch.testing.assert_close(found, F.binary_cross_entropy_with_logits(logits, truth))
    found.backward()
    assert all(parameter.grad is None for parameter in model.parameters())
