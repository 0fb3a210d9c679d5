"""Trainings of a class: whose turn it is, how many each may have, and how all of them stop."""

import dataclasses
import os

import pytest

from tests.jobs.processes import ENDLESS, PATIENCE, QUICK, start, until_epoch
from vae_core import checkpoints, jobs, limits, processes
from vae_core.errors import UserError
from vae_core.jobs import process as job_process
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.networks import mlp

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")

ANN, BEN, EVE = "a" * 64, "b" * 64, "e" * 64


@pytest.fixture
def closed(root, monkeypatch):
    """Room for none: all that is started waits."""
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    return root


def in_order(root):
    return [folder.name for folder in processes.waiting(job_queue.states(root))]


def serve(root, n):
    """Let the first `n` run and end, without their processes."""
    for name in in_order(root)[:n]:
        with State.changed(root / name) as state:
            state.status = "done"


def test_each_is_served_once_a_turn_however_many_somebody_queues(closed):
    for n in range(4):
        start(closed, name=f"ann-{n}", owner=ANN)
    start(closed, name="ben-0", owner=BEN)
    start(closed, name="ben-1", owner=BEN)
    assert in_order(closed) == ["ann-0", "ben-0", "ann-1", "ben-1", "ann-2", "ann-3"]
    serve(closed, 3)  # ann-0, ben-0, ann-1
    start(closed, name="eve-0", owner=EVE)  # not before all that was there, and not after it
    start(closed, name="shell")  # the teacher waits for a turn, too
    assert in_order(closed) == ["ben-1", "eve-0", "shell", "ann-2", "ann-3"]
    places = {job.name: job.reason for job in jobs.find(closed) if job.status == "queued"}
    assert places["ben-1"] == "next in the queue" and places["ann-3"] == "4 trainings are ahead of it"
    serve(closed, 5)
    start(closed, name="ann-4", owner=ANN)  # who has had more than others waits for those that come later, for one turn
    start(closed, name="ben-2", owner=BEN)
    assert in_order(closed) == ["ben-2", "ann-4"]


def test_who_takes_a_training_back_has_not_been_served(closed):
    for n in range(3):
        start(closed, name=f"ann-{n}", owner=ANN).stop()
    start(closed, name="ben-0", owner=BEN)
    start(closed, name="ben-1", owner=BEN)
    start(closed, name="ann-3", owner=ANN)
    assert in_order(closed) == ["ben-0", "ann-3", "ben-1"]


def test_a_flood_is_refused_and_the_next_student_is_second(closed, monkeypatch):
    for n in range(4):
        start(closed, name=f"eve-{n}", owner=EVE)
    with pytest.raises(UserError, match="You have 4 trainings waiting, running or paused; 4 at a time is the limit"):
        start(closed, name="eve-4", owner=EVE)
    assert not (closed / "eve-4").exists()
    jobs.get("eve-3", closed).pause()  # counts all the same
    with pytest.raises(UserError, match="4 at a time"):
        start(closed, name="eve-4", owner=EVE)
    assert start(closed, name="ben", owner=BEN).position == 2
    with pytest.raises(UserError, match="You have 1 training waiting.*, and this starts 4; 4 at a time"):
        job_queue.check_room(job_queue.states(closed), BEN, 4)
    monkeypatch.setenv("LATENT_TRAININGS_IN_ALL", "5")
    with pytest.raises(UserError, match="The class has 5 trainings waiting, running or paused, which is the limit"):
        start(closed, name="ann", owner=ANN)
    start(closed, name="shell")  # without an owner there is no limit


def test_resuming_counts_as_starting(closed):
    stopped = start(closed, name="eve-0", owner=EVE).stop()
    for n in range(1, 5):
        start(closed, name=f"eve-{n}", owner=EVE)
    with pytest.raises(UserError, match="You have 4 trainings"):
        stopped.resume(limited=True)
    jobs.get("eve-1", closed).pause().resume(limited=True)
    assert stopped.resume().status == "queued"  # as the teacher, or from a shell


def test_all_stop_at_once_and_none_starts_in_their_place(root):
    running = [start(root, ENDLESS, f"job-{n}", owner=owner) for n, owner in enumerate((ANN, BEN))]
    until_epoch(running[0], 1)
    waiting = [start(root, ENDLESS, f"job-{n}", owner=EVE) for n in (2, 3)]
    waiting[0].pause()
    assert job_queue.stop_all(root) == 4
    assert [job.wait(PATIENCE).status for job in (*running, *waiting)] == ["stopped"] * 4
    assert running[0].checkpoint() is not None
    assert job_queue.stop_all(root) == 0


def test_a_class_gets_no_model_that_takes_all_memory_and_no_training_without_end(root, monkeypatch):
    wide = dataclasses.replace(QUICK, network=mlp.Config(hidden=(4096, 4096)))
    layers = dataclasses.replace(QUICK, network=mlp.Config(hidden=(8,) * 40))
    batch = dataclasses.replace(QUICK, network=mlp.Config(hidden=(2048,)), batch_size=65_536)
    with pytest.raises(UserError, match="hidden cannot be '8 8 .*'; allowed: up to 32 whole numbers"):
        start(root, layers, "many", owner=ANN)
    found = {name: start(root, config, name, owner=ANN) for name, config in {"wide": wide, "batch": batch}.items()}
    assert {name: job.wait(PATIENCE).reason for name, job in found.items()} == {
        "wide": "The model has more than 32,000,000 parameters; that is too many.",
        "batch": "A batch may have at most 31,250 examples with this network.",
    }
    job = start(root, ENDLESS, "long")
    with pytest.raises(job_process.Stopped, match="It has trained for 2 min, which is the limit"):
        controls = job_process.Controls(job.path, State.read(job.path).token, 0, 10, minutes=2)
        controls(0, 0)
        controls.started -= 121
        controls(0, 1)


def test_each_limit_is_a_setting_that_the_readme_names(monkeypatch):
    readme = (checkpoints.ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in readme.splitlines() if line.startswith("| `LATENT_")]
    named = {
        name.strip(" `"): int(default)
        for names, defaults in rows
        for name, default in zip(names.split(","), defaults.split(","), strict=True)
    }
    assert named == {each.variable: each.default for each in limits.LIMITS}
    limits.check()
    monkeypatch.setenv("LATENT_MB_EACH", "2 GB")
    with pytest.raises(UserError, match="LATENT_MB_EACH cannot be '2 GB'; allowed: a whole number from 1"):
        limits.check()
