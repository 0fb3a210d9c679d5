"""Jobs killed at random moments: nothing complete is ever lost."""

import dataclasses
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.jobs.processes import (
    ENDLESS,
    PATIENCE,
    QUICK,
    equal,
    kill,
    pid_of,
    start,
    undisturbed,
    until,
    until_epoch,
    until_epoch_or_end,
    weights_of,
)
from vae_core import jobs
from vae_core.errors import UserError
from vae_core.jobs import files as job_files
from vae_core.jobs import process as job_process
from vae_core.jobs.files import State
from vae_core.networks import conv
from vae_core.objectives import beta_vae, factor_vae
from vae_core.processes import identity

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")


CONV = conv.Config(channels=(4,), dense=8, batch_norm=True)
VARIANTS = [
    QUICK,
    dataclasses.replace(QUICK, schedule="one_cycle", precision="bfloat16", objective=beta_vae.Config(2.0, 10.0)),
    dataclasses.replace(QUICK, network=CONV, batch_size=256, epochs=15),
    # With a discriminator, whose view of held-out examples its records hold.
    dataclasses.replace(QUICK, conditional=True, seed=5, objective=factor_vae.Config(5.0, discriminator_width=16)),
    dataclasses.replace(QUICK, schedule="one_cycle", seed=7),  # with live changes
]


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
def test_trainings_killed_at_random_moments_end_with_the_same_weights(root, digits, variant):
    """Four trainings of each of five kinds, each killed up to three times and resumed."""
    config, live = VARIANTS[variant], variant == len(VARIANTS) - 1
    n_kills = []

    def disturbed(n):
        moment = random.Random(100 * variant + n)
        job = start(root, config, f"job-{n}", at_once=4)
        for _ in range(3):
            # From before its first batch to its last epochs.
            target = moment.randrange(config.epochs)
            until_epoch_or_end(job, target)
            time.sleep(moment.uniform(0, 0.05))
            if live:
                try:
                    job.set(lr=moment.uniform(1e-3, 5e-3), beta=moment.uniform(0.5, 4))
                except UserError:
                    assert job.refresh().status == "done"  # too late
                time.sleep(moment.uniform(0, 0.03))
            if not kill(job) or job.refresh().status == "done":  # it may be done and not have ended yet
                break
            n_kills.append(target)
            killed = job.refresh()
            assert killed.status == "interrupted" and "process is gone" in killed.reason
            n_complete = len(killed.history())
            # An epoch's line is written before its state: killed in between, it counts as under way and is cut again.
            assert n_complete >= target - 1
            if (checkpoint := killed.checkpoint()) is not None:  # whole, whatever was being written
                checkpoint.load_model()
            for epoch in killed.frame_epochs():
                killed.frame(epoch)
            resumed = killed.resume()
            assert resumed.status == "running"
            # At most the epoch under way is trained again, so no complete one is missing for long.
            until_epoch_or_end(job, n_complete)
        done = job.wait(PATIENCE)
        assert (done.status, done.reason, done.epoch) == ("done", None, config.epochs), done.log()
        assert [record["epoch"] for record in done.history()] == list(range(1, config.epochs + 1))
        changes = State.read(job.path).changes
        return weights_of(done), changes, done.history()[-1]["test"]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(disturbed, range(4)))
    assert len(n_kills) >= 4
    taken = [any(change["at"] for change in changes) for _, changes, _ in results]
    assert any(taken) == live  # those of one job may all come too late
    reference = undisturbed(config, digits)
    assert live or all(test == results[0][2] for _, _, test in results)
    for weights, changes, _ in results:
        expected = undisturbed(config, digits, changes) if live else reference
        for name, weight in expected.items():
            torch.testing.assert_close(weights[name], weight, rtol=0.0, atol=0.0)
    assert [equal(weights, reference) for weights, _, _ in results] == [not each for each in taken]


def test_at_most_the_epoch_under_way_is_lost(root):
    """What the history shows as complete is trained once, whenever the process is killed."""
    job = until_epoch(start(root, ENDLESS), 3)
    for _ in range(3):
        assert kill(job)
        n_complete = len(job.history())
        before = [record["seconds"] for record in job.history()]
        job.resume()
        until_epoch(job, n_complete + 2)
        again = [record["seconds"] for record in job.history()]
        # The last line may stand although the state behind it was not written any more; it is trained again.
        assert again[: n_complete - 1] == before[: n_complete - 1]


def test_a_job_whose_process_is_gone_is_interrupted(root):
    job = until_epoch(start(root, ENDLESS), 2)
    assert kill(job)
    found = jobs.get("job", root)
    assert found.status == "interrupted" and found.epoch == len(found.history()) and found.seconds_left is None
    assert found.reason.endswith(f"Resume it to continue after epoch {found.epoch}.")
    with pytest.raises(UserError, match="job is interrupted: only what runs or waits can be paused"):
        found.pause()
    assert found.stop().status == "stopped"


def test_killed_between_its_last_epoch_and_its_end_it_has_nothing_to_train_again(root):
    """The process as it is when `work` has returned and `end` has not written "done" yet."""
    first = start(root, ENDLESS, "first", at_once=1)
    job = start(root, QUICK, "second", at_once=1)  # it waits, so that its work can be done here
    with State.changed(job.path) as state:
        state.status, state.token = "running", "mine"
    job_process.work(job.path, "mine")
    killed = job.refresh()
    assert killed.status == "interrupted" and killed.epoch == QUICK.epochs
    before = killed.history()
    first.stop().wait(PATIENCE)
    done = killed.resume().wait(PATIENCE)
    assert done.status == "done" and done.history() == before  # with the seconds that each took: they are the same
    until(lambda: not (job.path / job_files.RESUME).exists())  # it goes a moment after "done" is written


def test_a_reused_pid_does_not_fool_it(root):
    job = until_epoch(start(root, ENDLESS), 1)
    assert kill(job)
    with State.changed(job.path) as state:
        state.pid = os.getpid()  # a process that lives, but another one
    assert job.refresh().status == "interrupted"
    assert job.resume().status == "running" and pid_of(job) != os.getpid()
    until_epoch(job, 3)


def test_identity_tells_a_process_from_its_successor():
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with sleeper:
        mine = identity(sleeper.pid)
        assert mine is not None and mine == identity(sleeper.pid) != identity(os.getpid())
        sleeper.kill()
        until(lambda: identity(sleeper.pid) is None)  # a zombie counts as gone
    assert identity(sleeper.pid) is None and identity(2**22 + 1) is None


def test_a_second_process_of_a_job_ends_at_once(root, server):
    job = until_epoch(start(root, ENDLESS), 1)
    pid = server.spawn(job.path, "another token")
    until(lambda: identity(pid) is None)
    assert job.refresh().status == "running" and State.read(job.path).alive
    assert "Traceback" not in job.log()
