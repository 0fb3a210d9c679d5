"""The importance-weighted bound by torch.distributions, and both of its gradients."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.objectives.toy import batch, model_for
from vae_core.likelihoods import bernoulli
from vae_core.metrics import METRICS, encode_split
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp
from vae_core.objectives import OBJECTIVES, iwae


def weights(model, given, noise, k):
    """log p(x, zᵢ) / q(zᵢ | x), [B, k], by torch.distributions; and q and z [B, k, D]."""
    code = model.network.encoder(given.x)
    q = Normal(code[:, None, :3], torch.exp(0.5 * code[:, None, 3:]))
    z = q.mean + q.stddev * noise.view(len(given), k, 3)
    p = Bernoulli(logits=model.network.decoder(z.flatten(0, 1)).view(len(given), k, -1))
    joint = Normal(0.0, 1.0).log_prob(z).sum(2) + p.log_prob(given.x.flatten(1)[:, None]).sum(2)
    return joint - q.log_prob(z).sum(2), q, z


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("doubly", [False, True])
def test_the_bound(k, doubly, generator):
    objective = OBJECTIVES.build(iwae.Config(draws=k, doubly_reparameterised=doubly))
    model, given = model_for(objective), batch(generator)
    terms = objective(model, given, torch.Generator().manual_seed(5))
    noise = torch.randn(6 * k, 3, generator=torch.Generator().manual_seed(5))
    ratios, q, _ = weights(model, given, noise, k)
    torch.testing.assert_close(terms["loss"], math.log(k) - ratios.logsumexp(1).mean())
    torch.testing.assert_close(terms["kl"], kl_divergence(q, Normal(0.0, 1.0)).sum() / 6)


def test_with_one_draw_it_is_the_elbo(generator):
    """In value and in gradient: the mean over many draws is that of the VAE, whose KL is exact."""
    objective = OBJECTIVES.build(iwae.Config(draws=1))
    model, given = model_for(objective), batch(generator, n=3)
    n = 30_000
    many = type(given)(given.x.repeat(n, 1, 1, 1), given.y.repeat(n))
    found = {}
    for name in ("iwae", "vae"):
        terms = OBJECTIVES.build(objective.config if name == "iwae" else OBJECTIVES["vae"].config())(
            model, many, torch.Generator().manual_seed(1)
        )
        gradient = torch.autograd.grad(terms["loss"], list(model.network.encoder.parameters()))
        found[name] = terms["loss"].item(), torch.cat([part.flatten() for part in gradient])
    assert found["iwae"][0] == pytest.approx(found["vae"][0], abs=0.05)
    assert (found["iwae"][1] - found["vae"][1]).norm() < 0.06 * found["vae"][1].norm()


def test_more_draws_are_a_tighter_bound(generator):
    given = batch(generator)
    many = type(given)(given.x.repeat(300, 1, 1, 1), given.y.repeat(300))
    found = []
    for k in (1, 3, 10):
        objective = OBJECTIVES.build(iwae.Config(draws=k))
        model = model_for(objective)
        with torch.no_grad():
            model.network.encoder[-1].weight.mul_(6)  # posteriors that are far from the true ones
            found.append(objective(model, many, torch.Generator().manual_seed(1))["loss"].item())
    assert found[0] > found[1] + 0.05 > found[2] + 0.1


def test_the_doubly_reparameterised_gradient_by_its_formula(generator):
    """Σ w² ∂ log(p/q) / ∂z · ∂z / ∂φ with q's own parameters held (Tucker et al. 2019, equation 8); the decoder's is
    as it was."""
    k = 4
    objective = OBJECTIVES.build(iwae.Config(draws=k, doubly_reparameterised=True))
    model, given = model_for(objective), batch(generator)
    encoder, decoder = (list(part.parameters()) for part in (model.network.encoder, model.network.decoder))
    loss = objective(model, given, torch.Generator().manual_seed(5))["loss"]
    found = torch.autograd.grad(loss, encoder + decoder)

    noise = torch.randn(6 * k, 3, generator=torch.Generator().manual_seed(5))
    ratios, q, z = weights(model, given, noise, k)
    share = ratios.softmax(1).detach()
    held = Normal(q.mean.detach(), q.stddev.detach())
    places = z.detach().requires_grad_()
    p = Bernoulli(logits=model.network.decoder(places.flatten(0, 1)).view(6, k, -1))
    joint = Normal(0.0, 1.0).log_prob(places).sum(2) + p.log_prob(given.x.flatten(1)[:, None]).sum(2)
    (slopes,) = torch.autograd.grad((joint - held.log_prob(places).sum(2)).sum(), places)
    expected = torch.autograd.grad(-((share**2)[..., None] * slopes * z).sum() / 6, encoder)
    torch.testing.assert_close(found[: len(encoder)], expected)
    plain = torch.autograd.grad(-weights(model, given, noise, k)[0].logsumexp(1).mean(), decoder)
    torch.testing.assert_close(found[len(encoder) :], plain)


def test_held_out_examples_have_the_same_bound(digits):
    objective = OBJECTIVES.build(iwae.Config(draws=3))
    torch.manual_seed(0)
    model = Model(ModelConfig(mlp.Config((8,)), bernoulli.Config(), 2), digits.spec)
    split = digits.test.take(slice(0, 20))
    encoded = encode_split(model, split)
    found = objective.measured(model, split, encoded, 1.0)
    importance = METRICS.build(METRICS["importance"].config(samples=3), model, split, encoded)
    assert found["loss"] == importance["iw_nll"] and found["elbo"] == -(found["nll"] + found["kl"])
