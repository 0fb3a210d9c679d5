"""The ELBO and its parts, by torch.distributions; the autoencoder beside it."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.objectives.toy import TERMS, batch, model_for
from vae_core.objectives import OBJECTIVES, autoencoder, vae
from vae_core.posterior import Posterior


def test_kl_against_torch(generator):
    mu, logvar = 2 * torch.randn(50, 7, generator=generator), 2 * torch.randn(50, 7, generator=generator)
    expected = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), Normal(0.0, 1.0))
    torch.testing.assert_close(Posterior(mu, logvar).kl_per_dim(), expected)
    assert Posterior(torch.zeros(1, 2), torch.zeros(1, 2)).kl_per_dim().tolist() == [[0, 0]]


def test_terms_against_torch(generator):
    """NLL and KL of a whole batch by torch.distributions: sums over dimensions, means over the batch."""
    objective = OBJECTIVES.build(vae.Config())
    model, given = model_for(objective), batch(generator)
    x = given.x
    terms = objective(model, given, torch.Generator().manual_seed(5))

    code = model.network.encoder(x)
    q = Normal(code[:, :3], torch.exp(0.5 * code[:, 3:]))
    z = q.mean + q.stddev * torch.randn(6, 3, generator=torch.Generator().manual_seed(5))
    nll = -Bernoulli(logits=model.network.decoder(z)).log_prob(x).sum() / 6
    kl = kl_divergence(q, Normal(0.0, 1.0))
    torch.testing.assert_close(terms["nll"], nll)
    torch.testing.assert_close(terms["kl_per_dim"], kl.mean(0))
    torch.testing.assert_close(terms["kl"], kl.sum() / 6)
    torch.testing.assert_close(terms["loss"], nll + kl.sum() / 6)


def test_posterior_samples_have_its_moments():
    posterior = Posterior(torch.tensor([[1.0, -2.0]]).expand(40_000, 2), torch.tensor([[0.0, -2.0]]).expand(40_000, 2))
    z = posterior.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), torch.tensor([1.0, -2.0]), rtol=0, atol=0.03)
    torch.testing.assert_close(z.std(0), torch.tensor([0.0, -1.0]).exp(), rtol=0.03, atol=0)


def test_samples_carry_gradients_to_both_moments():
    mu, logvar = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    Posterior(mu, logvar).sample(torch.Generator().manual_seed(0)).square().sum().backward()
    assert mu.grad.any() and logvar.grad.any()


def test_vae_is_nll_plus_kl():
    assert OBJECTIVES.build(vae.Config()).loss(TERMS, 0).item() == pytest.approx(103.51)


def test_autoencoder_is_deterministic_and_without_kl(generator):
    objective = OBJECTIVES.build(autoencoder.Config())
    assert objective.loss(TERMS, 0).item() == 100
    model, given = model_for(objective), batch(generator)
    first, second = objective(model, given), objective(model, given)
    assert first["loss"].item() == second["loss"].item() == first["nll"].item()
    assert first["kl"].item() == 0 and first["kl_per_dim"].tolist() == [0, 0, 0]
    posterior = model.encode(given.x)
    assert posterior.logvar is None and posterior.mu.shape == (6, 3)
    assert torch.equal(posterior.sample(), posterior.mu)
