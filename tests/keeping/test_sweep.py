"""Leftovers of killed processes, and what must not be taken for one."""

import os
import signal
import time

import pytest

from vae_core import checkpoints
from vae_core.checkpoints import archive, published
from vae_core.files import new_folder
from vae_core.keeping import sweep

AN_HOUR_AGO = time.time() - 3600


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Trainings and shipped checkpoints of this test's own."""
    runs, shipped = tmp_path / "runs", tmp_path / "shipped"
    for folder in (runs, shipped):
        folder.mkdir()
    monkeypatch.setattr(checkpoints, "RUNS", runs)
    monkeypatch.setattr(checkpoints, "SHIPPED", shipped)
    return runs, shipped


def age(path, at=AN_HOUR_AGO):
    for each in (*path.rglob("*"), path):
        os.utime(each, (at, at))


def hidden(folder):
    return sorted(path for path in folder.iterdir() if path.name.startswith(".") and path.is_dir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the process here is forked and killed as on POSIX")
def test_a_killed_unpacking_is_swept_once_it_rests_and_a_living_one_is_not(places):
    runs, _ = places

    def unpacking():
        """The pid of a process amid an unpacking, which never ends by itself."""
        there, here = os.pipe()
        pid = os.fork()
        if pid == 0:
            with archive._new_folder(runs / "model") as staging:
                (staging / "config.json").write_text("{}")
                os.write(here, b".")
                time.sleep(600)
        assert os.read(there, 1) == b"."
        return pid

    killed, alive = unpacking(), unpacking()
    try:
        os.kill(killed, signal.SIGKILL)
        os.waitpid(killed, 0)
        assert len(hidden(runs)) == 2 and sweep.sweep() == []  # it may be another computer's, which is at work
        (left,) = (path for path in hidden(runs) if f".{killed}." in path.name)
        (work,) = (path for path in hidden(runs) if f".{alive}." in path.name)
        age(left)
        age(work, time.time() - 900)  # long without a change: its process began earlier, and lives
        began = time.time() - 1800
        assert sweep._lives(alive, time.time()) and not sweep._lives(alive, began)  # the same pid, another process
        age(work, time.time())
        assert sweep.sweep() == [left] and work.is_dir()
    finally:
        os.kill(alive, signal.SIGKILL)
        os.waitpid(alive, 0)


def test_what_is_being_written_replaced_or_withdrawn_stays(places):
    runs, shipped = places
    for name in (".jobs.lock", ".notices.json", ".uploads", ".projections", ".mine.resume", ".a.name", "model"):
        (runs / name).mkdir()
    (runs / ".lost.old").mkdir()  # nothing has taken its place: it is the checkpoint
    (shipped / f".mine{published.WITHDRAWN}{time.time_ns()}").mkdir()
    (runs / ".young.new.abcdefgh").mkdir()
    mine = new_folder(runs / "mine")
    for path in (*runs.iterdir(), *shipped.iterdir()):
        age(path, time.time() if path == mine else AN_HOUR_AGO)
    assert sweep.sweep() == []


def test_what_nothing_will_be_made_of_goes_wherever_it_lies(places):
    runs, shipped = places
    (runs / "job" / "epochs" / ".000003.new.4000001.abcdefgh").mkdir(parents=True)
    (runs / "job" / ".reserve").touch()
    (runs / ".job.deleted.17").mkdir()
    (runs / ".job.new").mkdir()  # of earlier versions
    (runs / ".uploads" / "abc" / ".cats.zip.new.4000001.abcdefgh").mkdir(parents=True)
    (runs / ".projections" / "map" / ".fit.safetensors.new.4000001.abcdefgh").mkdir(parents=True)
    (shipped / ".model.new.4000001.abcdefgh").mkdir()
    (shipped / f".model{published.WITHDRAWN}17").mkdir()
    (shipped / "model").mkdir()
    (shipped / "model" / "manifest.json").touch()
    (shipped / ".model.old").mkdir()
    for path in (*runs.iterdir(), *shipped.iterdir()):
        age(path, time.time() - 2 * sweep.A_DAY)
    gone = sweep.sweep()
    assert len(gone) == 8 and not any(path.exists() for path in gone)
    assert (runs / "job" / ".reserve").exists() and (shipped / "model").exists()
    left = [path.name for root in places for path in root.rglob(".*")]
    assert sorted(left) == [".jobs.lock", ".projections", ".reserve", ".uploads"]
