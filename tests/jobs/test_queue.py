"""Starting jobs, and the queue in which they wait."""

import dataclasses
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.jobs.processes import (
    ENDLESS,
    PATIENCE,
    QUICK,
    end_all,
    equal,
    kill,
    pid_of,
    start,
    undisturbed,
    until,
    until_epoch,
    weights_of,
)
from vae_core import checkpoints, computing, jobs
from vae_core.datasets import folder as folder_dataset
from vae_core.errors import UserError
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.networks import mlp
from vae_core.processes import NICENESS, identity

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")


def test_ten_starts_at_once_two_run_eight_wait_all_finish(root, server):
    """Half of the requests come from threads of this process, half from processes of their own."""
    config = dataclasses.replace(QUICK, epochs=12)
    root.mkdir()
    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(start, root, config, f"job-{n}") for n in range(5)]
        asked += [pool.submit(server.start, config, f"job-{n}", root) for n in range(5, 10)]
        for each in asked:
            each.result()
    until(lambda: len(job_queue.states(root)) == 10)

    most_running, places = 0, set()
    while True:
        states = job_queue.states(root).values()  # as it is on disk: looking this way starts nothing
        most_running = max(most_running, sum(state.status == "running" and state.alive for state in states))
        found = jobs.find(root)
        places |= {job.reason for job in found if job.status == "queued"}
        if all(job.status == "done" for job in found):
            break
        assert not {job.status for job in found} & {"failed", "interrupted"}
        time.sleep(0.02)
    assert most_running == 2
    assert {"next in the queue", "1 training is ahead of it"} <= places
    assert "8 trainings are ahead of it" not in places
    first = weights_of(found[0])
    assert all(equal(weights_of(job), first) for job in found)


def test_the_queue_goes_on_without_anyone_looking(root):
    config = dataclasses.replace(QUICK, epochs=3)
    for n in range(4):
        start(root, config, f"job-{n}", at_once=1)
    until(lambda: [state.status for state in job_queue.states(root).values()] == ["done"] * 4)
    # In the order in which they were started, one at a time.
    ends = [(root / f"job-{n}" / "history.jsonl").stat().st_mtime_ns for n in range(4)]
    assert ends == sorted(ends)


def test_who_looks_while_a_job_ends_does_not_see_it_interrupted(root):
    """The state was read while it ran, and its process is asked for when it has gone."""
    job = start(root, QUICK, "brief").wait(60)
    earlier = dataclasses.replace(State.read(job.path), status="running")
    assert not earlier.alive and jobs.job._job(job.path, earlier, []).status == "done"


def test_looking_sets_a_stalled_queue_going(root, monkeypatch):
    monkeypatch.setenv(computing.AT_ONCE_VARIABLE, "1")
    first, second = start(root, ENDLESS, "first"), start(root, QUICK, "second")
    until_epoch(first, 1)
    assert second.refresh().status == "queued"
    assert kill(first)
    assert State.read(second.path).status == "queued"  # nobody has looked since
    assert jobs.get("first", root).status == "interrupted"
    assert State.read(second.path).status == "running"
    assert second.wait(PATIENCE).status == "done"


def test_a_waiting_job_holds_no_process(root):
    start(root, ENDLESS, "first", at_once=1)
    second = start(root, ENDLESS, "second", at_once=1)
    assert (second.status, second.position, second.reason) == ("queued", 1, "next in the queue")
    assert pid_of(second) is None and second.seconds_left is None
    assert second.stop().status == "stopped"
    third = start(root, ENDLESS, "third", at_once=1)
    assert third.position == 1


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_a_wrong_limit_is_named(root, monkeypatch, value):
    monkeypatch.setenv(computing.AT_ONCE_VARIABLE, value)
    with pytest.raises(UserError, match=f"LATENT_JOBS_AT_ONCE cannot be '{value}'"):
        start(root)


def test_a_process_that_cannot_be_started_is_a_failure_with_its_reason(root, monkeypatch):
    def no_process(*args):
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(job_queue, "spawn", no_process)
        job = start(root)
    assert job.status == "failed" and "could not be started" in job.reason and "Cannot allocate memory" in job.reason
    assert job.resume().wait(PATIENCE).status == "done"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".hidden", "ü", "a b", "x" * 81, "a\0", "dot.", "-x"])
def test_names_that_are_no_folders_are_refused(root, name):
    with pytest.raises(UserError, match="cannot be a name"):
        start(root, name=name)
    assert not root.exists() or os.listdir(root) == []


def test_a_name_that_is_taken(root, monkeypatch):
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    root.mkdir()
    (root / "file").touch()
    start(root)
    for name in ("job", "file", "mnist-vae-2d"):  # a shipped model has the last: both would be asked for by it
        with pytest.raises(UserError, match=f"There is already a {name} in"):
            start(root, name=name)


def test_without_a_name_it_is_named_for_what_it_trains(root, monkeypatch):
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    names = {start(root, name=None).name for _ in range(3)}
    assert len(names) == 3 and all(name.startswith("digits-beta_vae-") for name in names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"epochs": 0}, "epochs cannot be 0"), ({"network": mlp.Config(hidden=(0,))}, "hidden cannot be")],
)
def test_a_config_is_checked_before_it_is_queued(root, changes, message):
    with pytest.raises(UserError, match=message):
        start(root, dataclasses.replace(QUICK, **changes))
    assert not root.exists()


def test_a_clock_that_is_set_back_puts_nothing_in_another_order(root, monkeypatch):
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    first = start(root, QUICK, "first")
    monkeypatch.setattr(time, "time", lambda: first.created - 86_400)
    second = start(root, QUICK, "second")
    assert second.created > first.created and [job.name for job in jobs.find(root)] == ["second", "first"]
    assert [job.refresh().position for job in (first, second)] == [1, 2]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="No training can be started: "):
        start(tmp_path / "file" / "runs")
    assert jobs.find(tmp_path / "nowhere") == []


APP = """
import sys, time
from pathlib import Path
from vae_core import jobs
from vae_core.training import TrainConfig
config = TrainConfig.from_json(__import__("json").loads(sys.argv[2]))
print(jobs.start(config, "job", root=Path(sys.argv[1]), threads=1).status, flush=True)
time.sleep(600)
"""


def test_a_job_outlives_the_app_that_started_it(tmp_path, digits):
    """The way the app starts them, with a new interpreter; then the app gets a kill -9."""
    root = tmp_path / "runs"
    config = dataclasses.replace(QUICK, epochs=60)
    app = subprocess.Popen(
        [sys.executable, "-c", APP, str(root), json.dumps(config.to_json())],
        cwd=checkpoints.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with app:
        assert app.stdout.readline() == "running\n"
        job = jobs.get("job", root)
        pid = pid_of(job)
        assert os.getsid(pid) != os.getsid(app.pid)  # Ctrl-C in the app's terminal does not reach it
        app.kill()
    try:
        until_epoch(job, 1)
        assert State.read(job.path).pid == pid and os.getpriority(os.PRIO_PROCESS, pid) >= NICENESS
        done = job.wait(PATIENCE)
        assert done.status == "done", done.log()
        assert equal(weights_of(done), undisturbed(config, digits)) and done.log() == ""
    finally:
        end_all(root)


def test_the_app_leaves_no_zombies_of_jobs_it_started(tmp_path):
    """Started by this process, with a new interpreter: its end is noticed although nobody waits for it."""
    job = start(tmp_path / "runs", dataclasses.replace(QUICK, dataset=folder_dataset.Config(path="/nowhere")))
    pid = pid_of(job)
    assert job.wait(PATIENCE).status == "failed"
    until(lambda: not os.path.exists(f"/proc/{pid}") if sys.platform == "linux" else identity(pid) is None)
