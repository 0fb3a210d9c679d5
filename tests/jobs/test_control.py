"""Pausing, resuming, stopping, deleting and steering a job."""

import dataclasses
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

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
    weights_of,
)
from vae_core import jobs
from vae_core.errors import UserError
from vae_core.jobs import files as job_files
from vae_core.jobs import process as job_process
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.objectives import autoencoder
from vae_core.processes import Superseded, identity, locked

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")


def test_pause_and_resume(root, digits):
    job = until_epoch(start(root), 3)
    assert job.status == "running"
    paused, pid = job.pause(), pid_of(job)
    assert paused.status == "paused" and paused.seconds_left is None
    time.sleep(0.15)  # the batch under way, and the end of its epoch
    n_complete = len(job.history())
    time.sleep(0.3)
    assert len(job.history()) == n_complete < QUICK.epochs
    assert paused.pause().status == "paused"  # two tabs may press at once
    resumed = paused.resume()
    assert resumed.status == "running" and pid_of(job) == pid and resumed.resume().status == "running"
    done = job.wait(PATIENCE)
    assert done.status == "done" and equal(weights_of(done), undisturbed(QUICK, digits))
    with pytest.raises(UserError, match="job is done: there is nothing to resume"):
        done.resume()


def test_a_paused_job_lets_the_next_one_run(root):
    first = until_epoch(start(root, ENDLESS, "first", at_once=1), 1)
    second = start(root, ENDLESS, "second", at_once=1)
    first.pause()
    assert second.refresh().status == "running"
    until_epoch(second, 1)
    resumed = first.resume()
    assert (resumed.status, resumed.reason) == ("queued", "next in the queue")
    n_complete = len(first.history())
    time.sleep(0.2)
    assert len(first.history()) == n_complete
    second.stop().wait(PATIENCE)
    until_epoch(first, n_complete + 2)
    assert first.refresh().status == "running"


def test_a_paused_job_that_is_killed_can_go_on(root, digits):
    job = until_epoch(start(root), 3)
    job.pause()
    assert kill(job) and job.refresh().status == "paused"
    done = job.resume().wait(PATIENCE)
    assert done.status == "done" and equal(weights_of(done), undisturbed(QUICK, digits))


def test_stop_keeps_the_complete_epochs(root, digits):
    job = until_epoch(start(root, ENDLESS), 4)
    stopped = job.stop().wait(PATIENCE)
    assert stopped.status == "stopped" and stopped.reason is None and not State.read(job.path).alive
    n_complete = len(stopped.history())
    checkpoint = stopped.checkpoint()
    assert stopped.epoch == n_complete == len(checkpoint.history) and checkpoint.path.name == f"{n_complete:06d}"
    shorter = dataclasses.replace(ENDLESS, epochs=n_complete)
    assert equal(checkpoint.load_model().state_dict(), undisturbed(shorter, digits))
    assert stopped.frame_epochs()[-1] == n_complete
    assert stopped.stop().status == "stopped"
    resumed = stopped.resume()
    assert resumed.status == "running"
    until_epoch(job, n_complete + 2)


def test_stop_while_paused(root):
    job = until_epoch(start(root, ENDLESS), 2)
    job.pause()
    stopped = job.stop().wait(PATIENCE)
    assert stopped.status == "stopped" and len(stopped.checkpoint().history) == stopped.epoch >= 2


def test_stop_before_the_training_has_begun(root):
    job = start(root, ENDLESS).stop()
    assert job.wait(PATIENCE).status == "stopped"


def test_a_job_that_is_being_stopped_does_not_look_interrupted(root):
    """Its process is gone a moment before the state says why."""
    job = start(root, ENDLESS)
    with ThreadPoolExecutor() as pool:
        with locked(root):
            state = State.read(job.path)
            state.kill()
            seen = pool.submit(job.refresh)
            with pytest.raises(TimeoutError):
                seen.result(0.2)
            state.status = "stopped"
            state.write(job.path)
        assert seen.result(PATIENCE).status == "stopped"


def test_delete_ends_the_process_and_leaves_nothing(root):
    job = until_epoch(start(root, ENDLESS), 2)
    pid = pid_of(job)
    job.delete()
    assert identity(pid) is None
    assert [path.name for path in root.iterdir() if not path.name.startswith(".jobs.lock")] == []
    with pytest.raises(UserError, match="There is no training job 'job'; there are: none yet"):
        job.refresh()
    with pytest.raises(UserError, match="There is no training job 'job'"):
        job.delete()
    assert start(root).status == "running"  # the name is free again


def test_a_process_whose_folder_is_gone_ends(root, tmp_path):
    job = until_epoch(start(root, ENDLESS), 1)
    pid = pid_of(job)
    job.path.rename(tmp_path / "elsewhere")
    until(lambda: identity(pid) is None)


def test_a_long_pause_frees_the_process(tmp_path, monkeypatch):
    monkeypatch.setattr(job_process, "GIVE_UP_SECONDS", 0.0)
    folder = tmp_path / "job"
    folder.mkdir()
    State("paused", 1, pid=os.getpid(), process=identity(os.getpid()), token="mine").write(folder)
    with pytest.raises(Superseded):
        job_process.Controls(folder, "mine", 0, 10)(3, 5)
    state = State.read(folder)
    assert state.status == "paused" and not state.alive
    assert job_files.read_progress(folder)[0] == 3.5


def test_live_changes_are_taken_and_recorded(root, digits):
    job = until_epoch(start(root, dataclasses.replace(QUICK, epochs=40)), 2)
    assert job.set(beta=3.5).live == {"beta": 3.5}
    until(lambda: any("changes" in record for record in job.history()))
    job.set(lr=1e-3)
    job.set(lr=2e-3, beta=1.0)
    done = job.wait(PATIENCE)
    assert done.status == "done" and done.live == {"lr": 2e-3, "beta": 1.0}
    changes = [change for record in done.history() for change in record.get("changes", [])]
    assert changes[0].keys() == {"batch", "beta"} and changes[0]["beta"] == 3.5
    assert changes[-1]["lr"] == 2e-3 and changes[-1]["beta"] == 1.0
    n_batches = -(-len(digits.train) // QUICK.batch_size)
    assert all(0 <= change["batch"] < n_batches for change in changes)
    last = done.history()[-1]
    assert last["lr"] == 2e-3 and last["test"]["loss"] == pytest.approx(last["test"]["nll"] + last["test"]["kl"])
    # What a page shows as the objective's β is still what was asked for.
    assert done.checkpoint().train_config == dataclasses.replace(QUICK, epochs=40)


def test_what_is_set_before_the_start_holds_from_the_first_batch(root):
    start(root, ENDLESS, "first", at_once=1)
    job = start(root, QUICK, "second", at_once=1).set(lr=1e-3)
    jobs.get("first", root).stop()
    assert until_epoch(job, 1).history()[0]["changes"] == [{"batch": 0, "lr": 1e-3}]


def test_a_new_value_replaces_one_that_would_be_taken_again(tmp_path):
    """After a failure the training goes on before the value that made it fail; the remedy must not be undone there."""
    changes = [{"name": "lr", "value": 0.9, "at": [5, 7]}, {"name": "beta", "value": 2.0, "at": [5, 3]}]
    state = State("running", 1, token="mine", changes=[*changes, {"name": "lr", "value": 0.01, "at": None}])
    folder = tmp_path / "job"
    folder.mkdir()
    state.write(folder)
    controls = job_process.Controls(folder, "mine", 5, 10)
    taken = {batch: values for batch in range(10) if (values := dict(controls(5, batch)))}
    assert taken == {0: {"lr": 0.01}, 3: {"beta": 2.0}}


@pytest.mark.parametrize(
    ("config", "values", "message"),
    [
        (QUICK, {"lr": 0.0}, "lr cannot be 0.0; allowed: a number from 1e-07 to 1"),
        (QUICK, {"beta": -1.0}, "beta cannot be -1.0"),
        (
            dataclasses.replace(QUICK, objective=autoencoder.Config()),
            {"beta": 1.0},
            "beta cannot be changed .* with the objective autoencoder",
        ),
    ],
)
def test_values_that_are_not_allowed_are_refused(root, monkeypatch, config, values, message):
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)  # it stays in the queue
    job = start(root, config)
    with pytest.raises(UserError, match=message):
        job.set(**values)
    assert State.read(job.path).changes == []
