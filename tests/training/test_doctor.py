"""The collapse doctor on models whose state is known, and the loss-scale translator against gradients."""

import math
from dataclasses import replace

import pytest
import torch

from vae_core.datasets import DATASETS
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.model import Model
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, train
from vae_core.training.doctor import _verdict, conventions, diagnose


@pytest.fixture(scope="module")
def digits():
    return DATASETS.build(DATASETS["digits"].config(), None)


def trained(data, **changes):
    config = replace(TrainConfig(latent_dim=4, epochs=8, lr=2e-3), **changes)
    *_, record = train(config, data)
    return record.state.model, config


def test_a_healthy_model_is_called_healthy(digits):
    model, config = trained(digits, latent_dim=2, epochs=15)
    found = diagnose(model, digits.test, config)
    assert found.healthy and not found.remedies and found.inactive == 0
    assert found.nll_shuffled > 1.2 * found.nll
    assert "Both dimensions are in use" in found.verdict


def test_a_collapsed_model_is_found_and_its_remedies_name_other_configs(digits):
    model, config = trained(digits, objective=beta_vae.Config(beta=100.0))
    found = diagnose(model, digits.test, config)
    assert not found.healthy and found.inactive == 4
    assert found.nll_shuffled == pytest.approx(found.nll, rel=0.02)
    assert "Posterior collapse" in found.verdict and "β = 100" in found.verdict
    objectives = {remedy.id: remedy.config.objective for remedy in found.remedies}
    assert objectives["smaller-beta"].beta == 1
    assert objectives["warm-up"].warmup_epochs == 3 and objectives["free-bits"].free_bits == 0.25
    assert all(replace(remedy.config, objective=config.objective) == config for remedy in found.remedies)


def test_a_remedy_helps(digits):
    sick, config = trained(digits, objective=beta_vae.Config(beta=20.0), epochs=15)
    before = diagnose(sick, digits.test, config)
    assert before.inactive > 0
    remedy = next(remedy for remedy in before.remedies if remedy.id == "smaller-beta")
    *_, record = train(remedy.config, digits)
    assert diagnose(record.state.model, digits.test, remedy.config).inactive < before.inactive


def test_an_autoencoder_cannot_collapse(digits):
    model, config = trained(digits, objective=autoencoder.Config(), epochs=2)
    assert diagnose(model, digits.test, config).healthy


def test_conventions_agree_with_the_losses_they_describe():
    """Each way to reduce the loss has, up to a factor, the gradient of NLL + effective β · KL."""
    nll = torch.rand(8, 12, requires_grad=True)  # [B, pixels]
    kl = torch.rand(8, 3, requires_grad=True)  # [B, D]
    for row in conventions(beta=4.0, n_values=12, latent_dim=3, batch_size=8):
        loss = eval(row.loss.replace("β·", "4.0 * "), {"NLL": nll, "KL": kl})  # the formula that the page shows
        by_nll, by_kl = torch.autograd.grad(loss, [nll, kl])
        assert (by_kl[0, 0] / by_nll[0, 0]).item() == pytest.approx(row.effective_beta)


@pytest.mark.parametrize(
    ("inactive", "total", "nll", "shuffled", "healthy", "words"),
    [
        (0, 4, 100.0, 101.9, False, "Posterior collapse"),  # a shuffled z costs less than 2%
        (0, 4, 100.0, 102.1, True, "All 4 dimensions are in use, and the decoder listens to them"),
        (0, 4, -100.0, -98.1, False, "Posterior collapse"),  # densities: an NLL may be negative
        (0, 4, -100.0, -97.9, True, "All 4 dimensions"),
        (4, 4, 100.0, 200.0, False, "4 of 4 dimensions carry nothing"),
        (3, 4, 100.0, 200.0, False, "3 of 4 dimensions carry nothing; β = 2 is too large"),
        (2, 4, 100.0, 200.0, True, "2 of 4 dimensions are in use"),
        (0, 1, 100.0, 200.0, True, "The only dimension is in use, and the decoder listens to it"),
    ],
)
def test_the_verdict_and_its_limits(inactive, total, nll, shuffled, healthy, words):
    config = TrainConfig(latent_dim=total, objective=beta_vae.Config(beta=2.0))
    verdict, found = _verdict(inactive, total, nll, shuffled, config)
    assert words in verdict and found is healthy
    if not healthy:
        plain = replace(config, objective=beta_vae.Config(beta=1.0))
        assert "pressed to 0" in _verdict(inactive, total, nll, shuffled, plain)[0]


def test_dimensions_are_inactive_below_their_limit(digits):
    """Weights of 0, and biases that say each dimension's KL: mu² / 2 where the variance is the prior's."""
    config = TrainConfig(latent_dim=3)
    model = Model(config.model, digits.spec)
    for parameter in model.parameters():
        parameter.data.zero_()
    kl = torch.tensor([0.99 * INACTIVE_KL, 1.01 * INACTIVE_KL, 2.0])
    model.network.encoder[-1].bias.data[:3] = (2 * kl).sqrt()
    found = diagnose(model, digits.test, config)
    assert found.kl_per_dim == pytest.approx(kl.tolist()) and found.inactive == 1
    assert found.nll == found.nll_shuffled == pytest.approx(64 * math.log(2)) and not found.healthy
