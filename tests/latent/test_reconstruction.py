"""Scores of reconstructions, and what they are compared with."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core import checkpoints
from vae_core.latent.reconstruction import nearest, reference, score, stored_examples, vote
from vae_core.objectives.denoising import NOISES


@pytest.fixture(scope="module", params=["digits-vae-2d", "mnist-cvae"])
def opened(request):
    checkpoint = checkpoints.load(request.param)
    return checkpoint.load_model(), checkpoint.load_latents()


def test_scores_agree_with_torch_distributions(opened):
    model, latents = opened
    y = latents.y[:8] if model.n_conditions else None
    x = stored_examples(model, latents, 8).round()
    scores = score(model, x, y)
    nll = -Bernoulli(probs=scores.reconstruction.clamp(1e-6, 1 - 1e-6)).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(scores.nll, nll, rtol=1e-3)
    posterior = Normal(scores.posterior.mu, (0.5 * scores.posterior.logvar).exp())
    assert torch.allclose(scores.kl, kl_divergence(posterior, Normal(0.0, 1.0)).sum(1), rtol=1e-4)
    assert torch.equal(scores.neg_elbo, scores.nll + scores.kl)


def test_without_a_class_the_best_one_is_taken():
    checkpoint = checkpoints.load("mnist-cvae")
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    x = stored_examples(model, latents, 30)
    free, given = score(model, x), score(model, x, latents.y[:30])
    assert (free.neg_elbo <= given.neg_elbo + 1e-3).all()
    assert (free.y == latents.y[:30]).float().mean() >= 0.9


def test_the_reference_rises_from_the_best_to_the_worst(opened):
    found = reference(*opened)
    assert set(found) == {"nll", "kl", "neg_elbo"}
    for quantiles in found.values():
        assert quantiles.shape == (101,) and (quantiles.diff() >= 0).all()


def test_a_stored_example_is_nearest_to_itself(opened):
    _, latents = opened
    assert nearest(latents.posterior.mu[5:6], latents, 3)[0, 0] == 5
    assert vote(latents.posterior.mu[5:6], latents, 1) == latents.y[5]


@pytest.mark.parametrize("noise", NOISES)
def test_the_denoising_model_takes_noise_away_that_another_takes_for_ink(noise, generator):
    error = {}
    for name in ("mnist-vae-16d", "mnist-denoising"):
        checkpoint = checkpoints.load(name)
        model = checkpoint.load_model()
        clean = stored_examples(model, checkpoint.load_latents(), 100)
        noisy = NOISES[noise](clean, 0.4, generator)
        error[name] = ((model.reconstruct(noisy) - clean).square().mean() / (noisy - clean).square().mean()).item()
    assert error["mnist-denoising"] < min(0.5, 0.75 * error["mnist-vae-16d"])
