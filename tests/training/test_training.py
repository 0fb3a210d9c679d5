import copy
import dataclasses
import itertools
import json
import math

import pytest
import torch

from vae_core.data import Data, DataSpec, Split
from vae_core.errors import UserError
from vae_core.likelihoods import gaussian
from vae_core.networks import conv, mlp
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, TrainingState, learning_rate, train

TINY = TrainConfig(network=mlp.Config(hidden=(16,)), epochs=2, batch_size=256, lr=3e-3)


def tiny(**changes):
    return dataclasses.replace(TINY, **changes)


def weights_after(config, data):
    *_, last = train(config, data)
    return last.state.model.state_dict()


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("network", [TINY.network, conv.Config(channels=(4, 8), dense=8, batch_norm=True)])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(digits, network):
    config = tiny(network=network, likelihood=gaussian.Config(learn_sigma=True))
    first, same, other = (weights_after(dataclasses.replace(config, seed=seed), digits) for seed in (3, 3, 4))
    assert equal(first, same)
    assert not any(torch.equal(first[name], other[name]) for name in first if "weight" in name)


def test_training_and_the_global_random_state_do_not_touch(digits):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = weights_after(TINY, digits)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert equal(first, weights_after(TINY, digits))


def test_nothing_runs_before_the_first_record_is_asked_for(digits):
    train(tiny(network=mlp.Config(hidden=(0,))), digits)  # an invalid config, never looked at


@pytest.mark.parametrize("n", [17, 16, 1])
def test_a_single_example_that_is_left_over_trains_with_batch_norm(n):
    network = conv.Config(channels=(4,), dense=8, batch_norm=True)
    split = Split(torch.randint(256, (n, 1, 2, 2), dtype=torch.uint8), torch.zeros(n, dtype=torch.long))
    data = Data(DataSpec("small", "image", (1, 2, 2), ()), split, split)
    if n == 1:
        with pytest.raises(UserError, match="one example at a time"):
            weights_after(tiny(network=network, batch_size=16), data)
        return
    assert all(weight.isfinite().all() for weight in weights_after(tiny(network=network, batch_size=16), data).values())


def test_stopping_is_no_longer_asking(digits):
    """The first epoch of a longer training is the whole of a shorter one."""
    records = train(tiny(epochs=100_000), digits)
    first = next(records)
    records.close()
    assert first.epoch == 1 and first.state.epoch == 1
    assert equal(first.state.model.state_dict(), weights_after(tiny(epochs=1), digits))


def test_going_on_from_a_state_equals_never_having_stopped(digits):
    config = tiny(epochs=3, schedule="one_cycle")
    first = next(train(config, digits))
    rest = list(train(config, digits, copy.deepcopy(first.state)))
    assert [record.epoch for record in rest] == [2, 3]
    assert equal(rest[-1].state.model.state_dict(), weights_after(config, digits))


def test_a_finished_state_has_nothing_left_to_do(digits):
    *_, last = train(TINY, digits)
    assert list(train(TINY, digits, last.state)) == []


def test_records_say_what_happened(digits):
    records = list(train(tiny(epochs=3), digits))
    assert [record.epoch for record in records] == [1, 2, 3]
    for record in records:
        values = json.loads(json.dumps(record.to_json(), allow_nan=False))
        assert set(values) == {"epoch", "seconds", "lr", "gradient_norm", "train", "test"}
        assert values["seconds"] > 0 and values["gradient_norm"] > 0 and values["lr"] == 3e-3
        assert set(values["train"]) == {"loss", "nll", "kl"}
        for part in (values["train"], values["test"]):
            assert part["loss"] == pytest.approx(part["nll"] + part["kl"], rel=1e-5)
        assert values["test"]["elbo"] == pytest.approx(-values["test"]["loss"], rel=1e-5)


def test_training_beats_the_best_code_free_model(digits):
    """A decoder that ignores z can do no better than each pixel's mean: its cross-entropy is the line to cross."""
    config = tiny(network=mlp.Config(hidden=(64,)), epochs=15, batch_size=64, lr=5e-3)
    records = list(train(config, digits))
    p = (digits.train.x.float() / 255).mean(0).clamp(1e-3, 1 - 1e-3)
    x = digits.test.x.float() / 255
    without_code = -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1).mean().item()
    assert -records[-1].test["elbo"] < without_code - 1
    assert records[-1].test["kl"] > 1
    losses = [record.train["loss"] for record in records]
    assert losses[-1] < losses[1] < losses[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"conditional": True},
        {"objective": autoencoder.Config()},
        {"objective": beta_vae.Config(beta=2.0, warmup_epochs=1.0)},
        {"likelihood": gaussian.Config(learn_sigma=True)},
        {"precision": "bfloat16"},
        {"network": conv.Config(channels=(4,), dense=8)},
        {"batch_size": 65_536},
        {"latent_dim": 512},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_every_option_trains(digits, changes):
    config = tiny(**changes)
    start = TrainingState.start(config, digits.spec).model.state_dict()
    start = {name: value.clone() for name, value in start.items()}
    *_, last = train(config, digits)
    after = last.state.model.state_dict()
    assert all(value.dtype == torch.float32 and value.isfinite().all() for value in after.values())
    assert not any(torch.equal(start[name], after[name]) for name in start)


def test_a_learned_sigma_recovers_the_noise_of_the_data_within_three_epochs(generator):
    """Flat grey and noise of 0.05, which no code predicts: sigma is the noise's, for a decoder that starts far off and
    whatever sigma it began with."""
    noisy = 200 / 255 + 0.05 * torch.randn(1200, 1, 4, 4, generator=generator)
    split = Split((255 * noisy).round().clamp(0, 255).to(torch.uint8), torch.zeros(1200, dtype=torch.int64))
    data = Data(DataSpec("grey", "image", (1, 4, 4)), split.take(slice(1000)), split.take(slice(1000, None)))
    for initial in (0.003, 1.0):
        likelihood = gaussian.Config(initial, learn_sigma=True)
        config = tiny(likelihood=likelihood, epochs=3, batch_size=20, lr=0.01)
        *_, last = train(config, data)
        assert last.state.model.likelihood.log_sigma.exp().item() == pytest.approx(0.05, rel=0.1)
        per_pixel = math.log(0.05) + 0.5 * math.log(2 * math.pi) + 0.5  # entropy of the noise, in nats
        assert last.test["nll"] == pytest.approx(16 * per_pixel, abs=1)


def test_a_conditional_model_uses_the_class(digits):
    config = tiny(network=mlp.Config(hidden=(64,)), latent_dim=1, epochs=15, batch_size=64, lr=5e-3, conditional=True)
    *_, last = train(config, digits)
    model, x, y = last.state.model.eval(), digits.test.x.float() / 255, digits.test.y
    right, wrong = model.reconstruct(x, y), model.reconstruct(x, (y + 1) % 10)
    assert (right - x).square().mean() < 0.9 * (wrong - x).square().mean()


def test_a_loss_that_is_no_number_ends_the_training(digits):
    config = tiny(lr=1.0, epochs=50, network=mlp.Config(hidden=(64, 64, 64), activation="elu"))
    with pytest.raises(UserError, match=r"no longer a number in epoch \d+; try a smaller learning rate than 1"):
        for record in train(config, digits):
            assert math.isfinite(record.train["loss"]) and math.isfinite(record.test["loss"])


def test_conditional_training_needs_classes(unlabelled):
    with pytest.raises(UserError, match="needs data with classes"):
        next(train(tiny(conditional=True), unlabelled))


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("lr", 0.0), ("latent_dim", 513), ("schedule", "cosine")])
def test_wrong_values_are_refused(digits, name, value):
    with pytest.raises(UserError, match=f"{name} cannot be"):
        next(train(tiny(**{name: value}), digits))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_refused_where_there_is_none(digits):
    with pytest.raises(UserError, match="no CUDA device here; train with --device cpu"):
        next(train(tiny(device="cuda"), digits))


def test_colour_and_other_sizes_train(generator):
    x = torch.randint(0, 256, (20, 3, 10, 6), dtype=torch.uint8, generator=generator)
    split = Split(x, torch.zeros(20, dtype=torch.int64))
    data = Data(DataSpec("noise", "image", (3, 10, 6)), split, split)
    *_, last = train(tiny(network=conv.Config(channels=(4,), dense=8), batch_size=7), data)
    assert last.state.model.sample(2).shape == (2, 3, 10, 6)


def test_one_cycle_rises_from_a_twentyfifth_and_falls_to_zero():
    config = tiny(epochs=8, lr=0.1, schedule="one_cycle")
    expected = {0: 0.004, 1: 0.052, 2: 0.1, 5: 0.05, 8: 0.0}  # the peak after a quarter, half of it half-way down
    for epoch, lr in expected.items():
        assert learning_rate(config, epoch) == pytest.approx(lr, abs=1e-12)
    course = [learning_rate(config, epoch / 10) for epoch in range(81)]
    assert max(course) == pytest.approx(0.1)
    assert all(a < b for a, b in itertools.pairwise(course[:21])) and all(
        a > b for a, b in itertools.pairwise(course[20:])
    )


def test_a_constant_rate_is_constant():
    assert {learning_rate(TINY, epoch) for epoch in (0, 0.5, 1, 2)} == {3e-3}


def test_the_optimizer_follows_the_schedule(digits):
    config = tiny(epochs=2, schedule="one_cycle")
    n_batches = math.ceil(len(digits.train) / 256)
    for record in train(config, digits):
        assert record.lr == pytest.approx(learning_rate(config, record.epoch - 1 / n_batches), rel=1e-9)


def test_config_goes_through_json():
    config = TrainConfig(
        network=conv.Config(channels=(8, 16), batch_norm=True),
        objective=beta_vae.Config(beta=2.5, capacity=10.0),
        likelihood=gaussian.Config(0.2, learn_sigma=True),
        latent_dim=7,
        conditional=True,
        lr=1.5e-4,
        schedule="one_cycle",
        seed=2**31 - 1,
    )
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_json_of_an_older_version_gets_the_defaults():
    values = TINY.to_json()
    del values["precision"], values["network"]["activation"]
    assert TrainConfig.from_json(values) == TINY


def test_the_objective_decides_whether_the_code_is_a_distribution():
    assert TINY.model.variational and not tiny(objective=autoencoder.Config()).model.variational


def test_running_means_weigh_every_example_the_same(digits):
    """Batches of 1,000 and 438 at a rate that changes nothing: the mean is that of all examples at once."""
    config = tiny(objective=autoencoder.Config(), batch_size=1000, lr=1e-7, epochs=1)
    (record,) = train(config, digits)
    model, x = record.state.model.eval(), digits.train.x.float() / 255
    with torch.no_grad():
        nll = model.nll(x, model.encode(x).mu).mean().item()
    assert record.train["nll"] == pytest.approx(nll, rel=1e-4)
    assert record.train["loss"] == record.train["nll"] and record.train["kl"] == 0


def test_a_held_out_loss_that_is_no_number_ends_the_training_too(digits):
    """Weights that overflow on white pictures only, and nothing but black ones to train on."""
    black, white = (dataclasses.replace(digits.test, x=torch.full_like(digits.test.x, value)) for value in (0, 255))
    state = TrainingState.start(TINY, digits.spec)
    state.model.network.encoder[1].weight.data.fill_(1e38)
    with pytest.raises(UserError, match="no longer a number in epoch 1"):
        next(train(TINY, Data(digits.spec, black, white), state))
