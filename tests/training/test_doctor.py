"""The collapse doctor on models whose state is known, and the loss-scale translator against gradients."""

import math
from dataclasses import replace

import pytest
import torch

from vae_core.data import Data
from vae_core.datasets import DATASETS, text
from vae_core.datasets._sources.sentences import sentence_spec, split_of
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.model import Model
from vae_core.networks import gru
from vae_core.objectives import autoencoder, beta_vae, language_model, vae
from vae_core.training import TrainConfig, train
from vae_core.training.doctor import _derangement, _remedies, _verdict, conventions, diagnose
from vae_core.training.losses import describe_losses, dimensions_in_use, losses


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


def test_a_diagnosis_of_sentences_measures_z_and_names_what_helps_a_writer(sentences):
    """Two epochs of a plain VAE collapse: z tells nothing, and a language model of its size does as well."""
    config = TrainConfig(text.Config(), gru.Config(8, 16), vae.Config(), latent_dim=4, epochs=2, lr=0.01)
    (*_, plain), (*_, alone) = (
        train(each, sentences) for each in (config, replace(config, objective=language_model.Config()))
    )
    found = diagnose(plain.state.model, sentences.test, config, baseline=alone.state.model)
    assert not found.healthy and "Posterior collapse" in found.verdict
    assert found.active_units == 0 and found.active_above == 0.01
    assert abs(found.mutual_information) < 0.1 and found.most_information == pytest.approx(math.log(50))
    assert found.language_model == pytest.approx(alone.test["nll"])
    remedies = {remedy.id: remedy.config for remedy in found.remedies}
    assert remedies["free-bits-total"].objective.free_bits_total == 2 and remedies["cycles"].objective.cycles == 4
    assert remedies["bag-of-words"].objective.bag_of_words == 0.5
    assert remedies["encoder-first"].objective.encoder_steps == 5 and remedies["word-dropout"].network.word_dropout

    long = replace(remedies["free-bits-total"], epochs=20, batch_size=20)
    *_, helped = train(long, sentences)
    after = diagnose(helped.state.model, sentences.test, long)
    assert after.mutual_information > found.mutual_information + 0.3 and after.language_model is None
    itself = diagnose(alone.state.model, sentences.test, replace(config, objective=language_model.Config()))
    assert itself.healthy and "no z" in itself.verdict and itself.mutual_information is None


@pytest.fixture(scope="module")
def sentences():
    """Fifty times four sentences, of which the first word says the others."""
    lines = ["one two three four .", "red green blue grey .", "north east south west .", "up down left right ."]
    spec_words = [line.split() for line in lines * 50]
    spec = sentence_spec("toy", spec_words, 1, 8)
    split = split_of(spec_words, [0] * 200, spec)
    return Data(spec, split, split.take(slice(0, 50)))


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


def test_remedies_follow_from_the_config():
    """A third of the epochs, rounded up, for the warm-up; a quarter of β, at least 1, unless all has collapsed."""
    config = TrainConfig(epochs=7, objective=beta_vae.Config(beta=6.0))
    partly, wholly = (
        {remedy.id: remedy.config.objective for remedy in _remedies(config, collapsed)} for collapsed in (False, True)
    )
    assert list(partly) == ["smaller-beta", "warm-up", "free-bits"]
    assert partly["smaller-beta"].beta == 1.5 and wholly["smaller-beta"].beta == 1
    assert (
        partly["warm-up"].warmup_epochs == 3 and partly["warm-up"].beta == 6 and partly["free-bits"].free_bits == 0.25
    )
    mild = replace(config, epochs=1, objective=beta_vae.Config(beta=2.0))
    found = {remedy.id: remedy.config.objective for remedy in _remedies(mild, False)}
    assert found["smaller-beta"].beta == 1 and found["warm-up"].warmup_epochs == 1
    plain = {remedy.id: remedy.config.objective for remedy in _remedies(replace(config, objective=vae.Config()), False)}
    assert list(plain) == ["warm-up", "free-bits"] and all(objective.beta == 1 for objective in plain.values())


def test_everyone_gets_the_code_of_another_of_the_same_class(generator):
    y = torch.tensor([0, 1, 0, 1, 0, 2])
    partner = _derangement(y, 6, generator)
    assert sorted(partner.tolist()) == list(range(6)) and torch.equal(y[partner], y)
    assert (partner[:5] != torch.arange(5)).all() and partner[5] == 5  # the only one of its class
    of_any = _derangement(None, 6, generator)
    assert sorted(of_any.tolist()) == list(range(6)) and (of_any != torch.arange(6)).all()


def test_losses_in_words():
    split = {"nll": 20.04, "kl": 5.11, "kl_per_dim": [5.0, 0.06, INACTIVE_KL, 0.04]}
    config = TrainConfig(latent_dim=4)
    assert losses(config, split) == {"neg_elbo": pytest.approx(25.15), "nll": 20.04, "kl": 5.11}
    assert describe_losses(config, split) == "−ELBO 25.1 = NLL 20.0 + KL 5.1"
    assert describe_losses(config, split, 4) == "−ELBO 25.15 = NLL 20.04 + KL 5.11"
    assert dimensions_in_use(config, split) == 3
    plain = replace(config, objective=autoencoder.Config())
    assert losses(plain, split) == {"neg_elbo": None, "nll": 20.04, "kl": None}
    assert describe_losses(plain, split) == "NLL 20.0" and dimensions_in_use(plain, split) is None
