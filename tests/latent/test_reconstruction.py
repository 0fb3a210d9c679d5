"""Scores of reconstructions, and what they are compared with."""

from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.latent.encoded import Latents
from vae_core.latent.reader import neighbours_tell
from vae_core.latent.reconstruction import nearest, reference, score, stored_examples, vote
from vae_core.likelihoods import bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp
from vae_core.objectives.denoising import NOISES
from vae_core.posterior import Posterior


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


def latents_of(mu, y, **options):
    posterior = Posterior(mu, torch.zeros_like(mu))
    return Latents(posterior, torch.as_tensor(y), None, {}, **options)


def test_the_nearest_are_as_many_as_are_asked_for():
    latents = latents_of(torch.tensor([[4.0], [1.0], [3.0], [2.0]]), [0, 0, 1, 1])
    z = torch.tensor([[0.0], [10.0]])
    assert nearest(z, latents, 3).tolist() == [[1, 3, 2], [0, 2, 3]]
    assert nearest(z, latents, 9).shape == (2, 4)
    # By distance 0, 1, 1, 0: two of three are of class 1; two or four tie, which the lower class wins.
    assert [vote(z, latents, k).tolist() for k in (1, 2, 3, 4)] == [[0, 0], [0, 0], [1, 1], [0, 0]]


def test_the_reference_goes_from_the_first_to_the_last_percentile(generator):
    order = torch.randperm(101, generator=generator).float()
    mu = torch.stack([(2 * order).sqrt(), torch.zeros(101)], 1)  # KL = mu² / 2 where the variance is the prior's
    spec = DataSpec("toy", "image", (1, 2, 2))
    model = Model(ModelConfig(mlp.Config((4,)), bernoulli.Config(), 2), spec)
    found = reference(model, latents_of(mu, [0] * 101, nll=3 * order))
    for name, step in {"nll": 3, "kl": 1, "neg_elbo": 4}.items():
        torch.testing.assert_close(found[name], step * torch.arange(101.0), rtol=1e-4, atol=1e-3)


def test_where_one_class_is_normal_it_alone_says_what_is_usual():
    """Anomalies, 100 nats dearer and far away, move neither the percentiles nor what is typical."""
    n = torch.arange(101.0)
    mu = torch.stack([torch.stack([n / 100, torch.zeros(101)], 1), torch.full((101, 2), 9.0)], 1).flatten(0, 1)
    latents = latents_of(mu, [0, 1] * 101, nll=torch.stack([n, n + 100], 1).flatten())
    spec = DataSpec("toy", "image", (1, 2, 2), ("normal", "anomaly"), normal=0)
    model = Model(ModelConfig(mlp.Config((4,)), bernoulli.Config(), 2), spec)
    torch.testing.assert_close(reference(model, latents)["nll"], n)
    assert latents.typicality(spec).percentile(mu[-1:]) == 0
    assert latents.typicality(replace(spec, normal=None)).percentile(mu[-1:]) > 0
    assert not neighbours_tell(model, latents)
    assert neighbours_tell(Model(model.config, replace(spec, normal=None)), latents)


def test_the_class_is_that_of_the_highest_elbo(generator):
    """Not that of the lowest NLL, which costs a KL: by each class's NLL and KL of an untrained model."""
    config = ModelConfig(mlp.Config((16,)), bernoulli.Config(), 2, conditional=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Model(config, DataSpec("toy", "image", (1, 4, 4), ("a", "b", "c"))).eval()
    for parameter in model.parameters():
        parameter.data *= 3
    x = torch.bernoulli(torch.full((60, 1, 4, 4), 0.5), generator=generator)
    nll, kl = torch.empty(60, 3), torch.empty(60, 3)
    with torch.inference_mode():
        for label in range(3):
            y = torch.full((60,), label)
            code = model.encode(x, y)
            nll[:, label] = -Bernoulli(logits=model.decode_logits(code.mu, y)).log_prob(x).sum((1, 2, 3))
            kl[:, label] = kl_divergence(Normal(code.mu, (0.5 * code.logvar).exp()), Normal(0.0, 1.0)).sum(1)
    found = score(model, x)
    expected = (nll + kl).argmin(1)
    assert torch.equal(found.y, expected) and (expected != nll.argmin(1)).any() and (expected != kl.argmin(1)).any()
    torch.testing.assert_close(found.neg_elbo, (nll + kl).amin(1), rtol=1e-4, atol=1e-4)
