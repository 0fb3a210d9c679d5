"""The collapse doctor on models whose state is known, and the loss-scale translator against gradients."""

from dataclasses import replace

import pytest
import torch

from vae_core.datasets import DATASETS
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, train
from vae_core.training.doctor import conventions, diagnose


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
