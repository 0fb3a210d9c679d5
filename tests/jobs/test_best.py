"""Which epoch of a training is its best."""

import dataclasses

import pytest

from tests.jobs.processes import QUICK
from vae_core.checkpoints.runs import best
from vae_core.jobs.files import RESUME
from vae_core.jobs.recorder import Recorder
from vae_core.objectives import gan, vae
from vae_core.training import train


@pytest.mark.parametrize(("objective", "lowest"), [(vae.Config(), True), (gan.Config(), False)])
def test_it_is_that_of_the_lowest_loss_or_the_latest_of_a_game(objective, lowest, digits, tmp_path):
    few = dataclasses.replace(digits, train=digits.train.take(slice(0, 256)), test=digits.test.take(slice(0, 20)))
    config = dataclasses.replace(QUICK, objective=objective, epochs=3)
    (tmp_path / RESUME).mkdir()
    recorder, elbos = Recorder(tmp_path, config, few, []), []
    for record in train(config, few):
        # As if the model had been at its best after the first epoch.
        worse = dataclasses.replace(record, test=record.test | {"elbo": -100.0 * record.epoch})
        recorder(worse)
        elbos.append(worse.test["elbo"])
    recorder.finish(record.state)
    assert best(tmp_path).path.name == f"{elbos.index(max(elbos)) + 1 if lowest else 3:06}"
