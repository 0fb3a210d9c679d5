"""An objective with a network of its own: trained beside the model, kept, and resumed bit for bit."""

import dataclasses
import math
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from vae_core.config import option
from vae_core.networks import mlp
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.training import TrainConfig, TrainingState, train


@dataclass(frozen=True)
class Config:
    pull: float = option(0.1, "Weight of what the critic says.", minimum=0, live=True)


class Critic(Objective):
    """A linear critic learns to tell codes from draws of the prior; the model learns to look like them."""

    terms = ("loss", "nll", "kl", "critic")

    def helper(self, model):
        return nn.Linear(model.config.latent_dim, 1)

    def __call__(self, model, batch, generator=None, helper=None):
        terms = super().__call__(model, batch, generator)
        terms["critic"] = helper(model.encode(batch.x).mu).mean()
        return terms | {"loss": terms["loss"] + self.config.pull * terms["critic"]}

    def loss(self, terms, epoch):
        return terms["nll"] + terms["kl"]

    def helper_loss(self, model, batch, generator, helper):
        codes = model.encode(batch.x).mu.detach()
        prior = torch.randn(codes.shape, generator=generator)
        return (helper(prior) - helper(codes)).mean() + helper.weight.square().sum()

    def measured(self, model, split, encoded, epoch, helper=None):
        found = super().measured(model, split, encoded, epoch)
        with torch.no_grad():
            return found | {"critic": helper(encoded.mu).mean().item()}


@pytest.fixture(autouse=True)
def registered():
    assert "critic" not in OBJECTIVES.names
    OBJECTIVES.register("critic", Config)(Critic)
    yield
    del OBJECTIVES._entries["critic"]


TINY = {"network": mlp.Config(hidden=(16,)), "epochs": 3, "batch_size": 256}


def config(**changes):
    return TrainConfig(objective=Config(**changes), **TINY)


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_its_terms_are_recorded_for_training_and_held_out_examples(digits):
    record = next(train(config(), digits))
    assert list(record.train) == ["loss", "nll", "kl", "critic"] and "critic" in record.test
    assert record.train["loss"] == pytest.approx(
        record.train["nll"] + record.train["kl"] + 0.1 * record.train["critic"], rel=1e-4
    )


def test_the_helper_learns_and_the_model_hears_of_it(digits):
    *_, with_pull = train(config(pull=5.0), digits)
    *_, without = train(config(pull=0.0), digits)
    fresh = TrainingState.start(config(), digits.spec).helper
    assert not torch.equal(with_pull.state.helper.weight, fresh.weight)
    assert not equal(with_pull.state.model.state_dict(), without.state.model.state_dict())


def test_a_helper_that_is_not_heard_changes_no_weight_of_the_model(digits):
    """Its steps draw noise, but leave the model's gradients alone: the first batch is a plain VAE's."""
    plain = TrainConfig(**{**TINY, "epochs": 1, "batch_size": 65_536})
    *_, vae = train(plain, digits)
    *_, critic = train(dataclasses.replace(plain, objective=Config(pull=0.0)), digits)
    assert equal(vae.state.model.state_dict(), critic.state.model.state_dict())
    assert vae.gradient_norm == critic.gradient_norm


def test_it_goes_on_from_disk_bit_for_bit(digits, tmp_path):
    *_, undisturbed = train(config(), digits)
    state = None
    for epoch in range(3):
        record = next(train(config(), digits, state))
        record.state.save(tmp_path / "resume", durable=epoch == 1)
        state = TrainingState.load(tmp_path / "resume", config(), digits.spec)
    assert equal(state.model.state_dict(), undisturbed.state.model.state_dict())
    assert equal(state.helper.state_dict(), undisturbed.state.helper.state_dict())


OF_NUMBERS = ("contractive", "beta_tc_vae", "factor_vae", "info_vae", "iwae", "vae_gan", "gan")


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_each_objective_is_measured_and_goes_on_from_disk_bit_for_bit(name, digits, tmp_path):
    """The discriminator of those that have one included."""
    some = dataclasses.replace(digits, train=digits.train.take(slice(0, 400)), test=digits.test.take(slice(0, 50)))
    few = TrainConfig(objective=OBJECTIVES[name].config(), network=mlp.Config(hidden=(16, 8)), epochs=2)
    *_, undisturbed = train(few, some)
    record = next(train(few, some))
    assert set(record.train) <= set(record.test) and all(map(math.isfinite, record.train.values()))
    assert record.test["elbo"] == -(record.test["nll"] + record.test["kl"])
    record.state.save(tmp_path / "resume", durable=False)
    *_, resumed = train(few, some, TrainingState.load(tmp_path / "resume", few, some.spec))
    assert equal(resumed.state.model.state_dict(), undisturbed.state.model.state_dict())
    assert (resumed.train, resumed.test) == (undisturbed.train, undisturbed.test)
    has_one = name in ("factor_vae", "vae_gan", "gan")
    assert (undisturbed.state.helper is not None) == has_one
    if has_one:
        assert equal(resumed.state.helper.state_dict(), undisturbed.state.helper.state_dict())


def test_its_live_option_can_be_steered(digits):
    record = next(train(config(), digits, controls=lambda epoch, batch: {"pull": 2.0} if batch == 1 else {}))
    assert record.changes == [{"batch": 1, "pull": 2.0}] and record.state.live == {"pull": 2.0}
