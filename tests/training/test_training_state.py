"""A training that goes on later ends with the same weights, bit for bit, as one that was never interrupted."""

import dataclasses

import pytest
import torch

from vae_core.errors import UserError
from vae_core.likelihoods import gaussian
from vae_core.networks import conv, mlp
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, TrainingState, steered, train
from vae_core.training.state import DURABLE, TURNS, Best, _checksum

TINY = TrainConfig(network=mlp.Config(hidden=(16,)), objective=beta_vae.Config(2.0), epochs=4, batch_size=256, lr=3e-3)
VARIANTS = {
    "mlp": {},
    "conv, batch norm": {"network": conv.Config(channels=(4, 8), dense=8, batch_norm=True)},
    "one_cycle, warm-up, bfloat16": {
        "schedule": "one_cycle",
        "precision": "bfloat16",
        "objective": beta_vae.Config(2.0, warmup_epochs=3.0),
    },
    "conditional, learned sigma": {"conditional": True, "likelihood": gaussian.Config(learn_sigma=True)},
    "autoencoder": {"objective": autoencoder.Config()},
    # The decoder's first step, and its averages, come in the middle of the second epoch.
    "encoder first, cycles": {
        "objective": beta_vae.Config(
            2.0, encoder_steps=9, encoder_epochs=1.5, cycles=2, cycle_epochs=1.5, free_bits_total=2.0
        )
    },
}


def tiny(**changes):
    return dataclasses.replace(TINY, **changes)


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def steer(epoch, batch):
    """The learning rate changes in the second epoch, β in the third, both again in the last."""
    return {(1, 2): {"lr": 0.01}, (2, 1): {"beta": 3.0}, (3, 5): {"lr": 0.002, "beta": 0.5}}.get((epoch, batch), {})


def nothing(epoch, batch):
    return {}


def lowered_rate(epoch, batch):
    return {"lr": 1e-3} if (epoch, batch) == (1, 2) else {}


@pytest.mark.parametrize("controls", [None, "live changes"])
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_going_on_from_disk_after_every_epoch_changes_nothing(digits, tmp_path, changes, controls):
    config, state = tiny(**changes), None
    if controls:
        controls = steer if hasattr(config.objective, "beta") else lowered_rate
    *_, undisturbed = train(config, digits, controls=controls)
    for epoch in range(config.epochs):
        record = next(train(config, digits, state, controls))
        record.state.save(tmp_path / "resume", durable=epoch % 3 == 0)
        state = TrainingState.load(tmp_path / "resume", config, digits.spec)
        assert state.epoch == epoch + 1
    assert equal(state.model.state_dict(), undisturbed.state.model.state_dict())
    assert state.live == undisturbed.state.live and bool(state.live) == (controls is not None)


def test_controls_that_change_nothing_change_nothing(digits):
    (*_, with_controls), (*_, without) = train(tiny(), digits, controls=nothing), train(tiny(), digits)
    assert equal(with_controls.state.model.state_dict(), without.state.model.state_dict())
    assert "changes" not in with_controls.to_json()


def test_what_was_changed_and_when_is_recorded(digits):
    records = [record.to_json() for record in train(tiny(), digits, controls=steer)]
    expected = [None, [{"batch": 2, "lr": 0.01}], [{"batch": 1, "beta": 3.0}], [{"batch": 5, "lr": 0.002, "beta": 0.5}]]
    assert [record.get("changes") for record in records] == expected
    assert [record["lr"] for record in records] == [3e-3, 0.01, 0.01, 0.002]
    # The loss is measured with the β that holds at the epoch's end.
    for record, beta in zip(records, (2.0, 2.0, 3.0, 0.5), strict=True):
        test = record["test"]
        assert test["loss"] == pytest.approx(test["nll"] + beta * test["kl"], rel=1e-5)


def test_a_change_holds_from_the_very_next_batch(digits):
    """With learning rate (almost) zero from batch k on, the weights are those after batch k."""
    seen = []

    def stop_learning(epoch, batch):
        seen.append((epoch, batch))
        return {"lr": 1e-7} if batch == 3 else {}

    (record,) = train(tiny(epochs=1), digits, controls=stop_learning)
    assert seen == [(0, batch) for batch in range(6)] and record.lr == 1e-7

    class Enough(Exception):
        pass

    def end(epoch, batch):
        if batch == 3:
            raise Enough
        return {}

    state = TrainingState.start(tiny(epochs=1), digits.spec)
    with pytest.raises(Enough):
        next(train(tiny(epochs=1), digits, state, end))
    for name, value in state.model.state_dict().items():
        torch.testing.assert_close(record.state.model.state_dict()[name], value, atol=1e-6, rtol=0)


def test_one_cycle_takes_a_new_rate_as_its_peak(digits):
    config = tiny(epochs=2, schedule="one_cycle")
    (_, plain), (_, doubled) = (
        train(config, digits, controls=controls)
        for controls in (None, lambda epoch, batch: {"lr": 6e-3} if (epoch, batch) == (0, 0) else {})
    )
    assert doubled.lr == pytest.approx(2 * plain.lr)


@pytest.mark.parametrize(
    ("live", "message"),
    [
        ({"lr": 2.0}, "lr cannot be 2.0"),
        ({"lr": float("nan")}, "lr cannot be nan"),
        ({"beta": -1.0}, "beta cannot be -1.0"),
        ({"epochs": 3}, "epochs cannot be changed while a training runs"),
    ],
)
def test_what_cannot_be_changed_is_said(live, message):
    with pytest.raises(UserError, match=message):
        steered(TINY, live)


def test_an_objective_without_beta_is_named():
    with pytest.raises(UserError, match="beta cannot be changed .*; lr can, with the objective autoencoder"):
        steered(tiny(objective=autoencoder.Config()), {"beta": 1.0})


# On disk


@pytest.fixture
def saved(digits, tmp_path):
    """The states after two epochs, one in each of the files that are written in turns."""
    for record in train(tiny(epochs=2), digits):
        record.state.save(tmp_path, durable=False)
    return tmp_path


def load(folder, digits, **options):
    return TrainingState.load(folder, TINY, digits.spec, **options)


def test_the_newest_is_loaded(saved, digits):
    assert load(saved, digits).epoch == 2
    assert load(saved, digits, at_most=1).epoch == 1
    assert load(saved, digits, at_most=0) is None
    assert load(saved / "nowhere", digits) is None


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.999])
def test_a_file_that_was_being_written_leaves_the_one_before(saved, digits, kept, caplog):
    newest = saved / TURNS[0]
    content = newest.read_bytes()
    newest.write_bytes(content[: int(kept * len(content))])
    assert load(saved, digits).epoch == 1 and "is skipped" in caplog.text


def test_a_file_of_two_halves_is_noticed(saved, digits):
    """A longer training overwrites in place: the first half may be the new state's, the second the old one's."""
    old, new = (saved / TURNS[1]).read_bytes(), (saved / TURNS[0]).read_bytes()
    assert len(old) == len(new)
    for part in (0.4, 0.6, 0.9):
        at = int(part * len(new))
        (saved / TURNS[0]).write_bytes(new[:at] + old[at:])
        assert load(saved, digits).epoch == 1


def test_one_that_cannot_be_read_any_more_is_not_begun_anew_as_if_nothing_had_been(saved, digits):
    load(saved, digits).save(saved, durable=True)
    for name in TURNS:
        (saved / name).unlink()
    content = (saved / DURABLE).read_bytes()
    assert load(saved, digits).epoch == 2
    for damaged in (content[:-1], content.replace(b'"sum"', b'"crc"', 1)):  # as another version may have written it
        (saved / DURABLE).write_bytes(damaged)
        with pytest.raises(UserError, match="would resume cannot be read"):
            load(saved, digits)


def test_a_shorter_state_leaves_no_rest_of_a_longer_one(saved, digits):
    state = load(saved, digits)
    state.best = Best(1, 30.0, dict(state.model.state_dict()))
    state.save(saved, durable=False)
    longer = (saved / TURNS[0]).stat().st_size
    assert load(saved, digits).best.epoch == 1
    state.best = None
    state.save(saved, durable=False)
    assert (saved / TURNS[0]).stat().st_size < longer
    assert load(saved, digits).epoch == 2 and load(saved, digits).best is None


def test_what_is_loaded_does_not_change_with_the_file(saved, digits):
    """The optimizer's step counts and the best weights must be copies, not windows on what is overwritten in place."""
    *_, expected = train(tiny(), digits, load(saved, digits))
    state = load(saved, digits)
    (saved / TURNS[0]).write_bytes(bytes((saved / TURNS[0]).stat().st_size))
    *_, last = train(tiny(), digits, state)
    assert equal(last.state.model.state_dict(), expected.state.model.state_dict())


def test_whoever_looks_before_the_first_step_does_not_lose_adams_state(digits, tmp_path):
    state = TrainingState.start(tiny(), digits.spec)
    assert not any(name.startswith("adam.") for name in state.tensors)
    *_, expected = train(tiny(), digits)
    for record in train(tiny(), digits, state):
        record.state.save(tmp_path, durable=False)
        if record.epoch == 1:
            break
    *_, last = train(tiny(), digits, load(tmp_path, digits))
    assert equal(last.state.model.state_dict(), expected.state.model.state_dict())


def test_the_durable_one_is_a_file_of_its_own(saved, digits):
    load(saved, digits).save(saved, durable=True)
    for name in TURNS:
        (saved / name).write_bytes(b"torn")
    assert load(saved, digits).epoch == 2
    (saved / DURABLE).unlink()
    assert load(saved, digits) is None


def test_the_best_weights_are_kept(saved, digits):
    state = load(saved, digits)
    weights = {name: value.clone() for name, value in state.model.state_dict().items()}
    state.best = Best(2, 31.5, weights)  # of this epoch: they are not stored twice
    state.save(saved, durable=False)
    again = load(saved, digits).best
    assert again == state.best and equal(again.weights, weights)
    *_, later = train(tiny(epochs=3), digits, state)
    later.state.save(saved, durable=False)
    again = load(saved, digits).best
    assert (again.epoch, again.score) == (2, 31.5) and equal(again.weights, weights)


def test_another_models_state_is_refused(saved, digits):
    wider = tiny(network=mlp.Config(hidden=(17,)))
    with pytest.raises(UserError, match="holds no training of this config") as caught:
        TrainingState.load(saved, wider, digits.spec)
    assert "\n" not in str(caught.value)


def test_the_best_weights_do_not_go_on_with_the_training(digits):
    records = train(tiny(epochs=3), digits)
    state = next(records).state
    for score in (30.0, 29.0):  # the first time and, in the same memory, later
        state.take_best(score)
        best = {name: value.clone() for name, value in state.model.state_dict().items()}
        assert next(records).state is state
        assert (state.best.epoch, state.best.score) == (state.epoch - 1, score) and equal(state.best.weights, best)
        assert not equal(state.best.weights, state.model.state_dict())


def test_the_checksum_is_a_sum_of_words_that_starts_again():
    assert _checksum(b"") == b"00000000"
    assert _checksum(b"\x01\x00\x00\x00\x02\x00\x00\x00") == b"00000003"
    assert _checksum(b"\x00\x00\x00\x80" * 2 + b"\x01\x00\x00\x00") == b"00000001"
    assert _checksum(b"\xff\xff\xff\xff" + b"\x02\x01") == b"00000101"  # the rest of less than a word counts too
