"""The machine under jobs and fits: states on disk, locks, and killing."""

import json
import os
import subprocess
import sys

import pytest

from vae_core import fits, jobs, processes
from vae_core.errors import UserError
from vae_core.jobs.files import State
from vae_core.processes import Superseded, identity

# As earlier versions wrote them, without a turn: folders of finished trainings and fits must still open.
OLD_JOB = """{"status": "stopped", "ticket": 7, "reason": null, "pid": null, "process": null, "token": null,
"stop": false, "epoch": 12, "at_once": 1, "changes": [{"name": "lr", "value": 0.01, "at": [5, 7]}]}"""
OLD_FIT = """{"status": "failed", "ticket": 3, "reason": "Why.", "pid": 17, "process": "1@boot", "token": "0a1b"}"""


def test_states_of_earlier_versions_are_read_and_written_alike(tmp_path):
    for name, kind, content in (("job", State, OLD_JOB), ("fit", fits.State, OLD_FIT)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "state.json").write_text(content)
        state = kind.read(folder)
        assert vars(state) == json.loads(content) | {"turn": 0} and not state.alive
        with kind.changed(folder) as state:
            state.ticket += 1
        written = json.loads((folder / "state.json").read_bytes())
        expected = json.loads(content)
        assert written == expected | {"ticket": expected["ticket"] + 1, "turn": 0}


def test_a_state_belongs_to_the_process_with_its_token(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    State("running", 1, token="mine").write(folder)
    with State.changed(folder, "mine") as state:
        state.hold()
    assert State.read(folder).alive and State.read(folder).pid == os.getpid()
    for token, path in (("other", folder), ("mine", tmp_path / "deleted")):
        with pytest.raises(Superseded), State.changed(path, token):
            raise AssertionError("nobody else may change it")
    with pytest.raises(UserError, match="There is no training job 'deleted'"), State.changed(tmp_path / "deleted"):
        raise AssertionError("there is nothing to change")


def test_a_change_that_fails_half_way_is_not_written(tmp_path):
    folder = tmp_path / "fit"
    folder.mkdir()
    fits.State("queued", 1).write(folder)
    with pytest.raises(ZeroDivisionError), fits.State.changed(folder) as state:
        state.status = "done"
        raise ZeroDivisionError
    assert fits.State.read(folder).status == "queued"
    with fits.State.changed(folder) as state:  # the lock is free again
        state.status = "failed"
    assert fits.State.read(folder).status == "failed"


def test_killing_spares_a_process_that_only_has_the_same_pid():
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with sleeper:
        State("running", 1, pid=sleeper.pid, process="1@another boot").kill()
        assert sleeper.poll() is None
        state = State("running", 1, pid=sleeper.pid, process=identity(sleeper.pid), token="mine")
        state.kill()
        assert identity(sleeper.pid) is None and (state.pid, state.process, state.token) == (None, None, None)


def test_the_longest_waiting_starts_first_and_what_cannot_start_fails(tmp_path):
    found = {}
    for name, status, ticket in (("c", "queued", 3), ("a", "queued", 1), ("b", "queued", 2), ("x", "done", 9)):
        (tmp_path / name).mkdir()
        found[tmp_path / name] = fits.State(status, ticket)
        found[tmp_path / name].write(tmp_path / name)
    spawned = []

    def spawn(folder, token):
        spawned.append(folder.name)
        if folder.name == "a":
            raise OSError(11, "Resource temporarily unavailable")
        return os.getpid()

    processes.start_waiting(found, lambda state, found: processes.n_running(found) == 0, spawn)
    states = {folder.name: state for folder, state in processes.read_states(tmp_path, fits.State).items()}
    assert spawned == ["a", "b"] and processes.next_ticket(found) == 10
    assert {name: state.status for name, state in states.items()} == {
        "a": "failed",
        "b": "running",
        "c": "queued",
        "x": "done",
    }
    assert "could not be started: [Errno 11]" in states["a"].reason and states["b"].alive
    assert jobs.find(tmp_path) == []  # none of them is a job
