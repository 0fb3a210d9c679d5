"""Limits of what a class keeps on the disk, and what goes when it is too much."""

import os
import shutil
import time
from types import SimpleNamespace

import pytest

from vae_core import checkpoints, fits, jobs, owners
from vae_core.checkpoints import published
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.keeping import inventory, room
from vae_core.training import TrainConfig

ANN, BEN = "a" * 64, "b" * 64
MB = 1_000_000


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Nothing is kept yet, nothing runs, and the disk is as good as empty."""
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(checkpoints, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    disk(monkeypatch, free=10**12)
    (tmp_path / "shipped").mkdir()
    return tmp_path / "runs"


def disk(monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def training(name, owner, *, mb=0.0, hours=0.0, status="done"):
    """A training of so many megabytes that ended so many hours ago."""
    job = jobs.start(TrainConfig(), name, owner=owner, threads=1)
    with State.changed(job.path) as state:
        state.status = status
    (job.path / "weights").write_bytes(bytes(int(mb * MB)))
    at = time.time() - 3600 * hours
    os.utime(job.path / "state.json", (at, at))
    return job.path


def kept():
    return {thing.name for thing in inventory.things()}


def test_the_oldest_goes_first_and_its_owner_is_told(runs, monkeypatch):
    monkeypatch.setenv("LATENT_MB_EACH", "10")
    for name, hours, status in (("old", 5, "done"), ("new", 1, "done"), ("older-but-waits", 9, "queued")):
        training(name, ANN, mb=3, hours=hours, status=status)
    training("bens", BEN, mb=3, hours=20)
    training("teachers", None, mb=30, hours=30)
    room.make_room(ANN)
    assert kept() == {"old", "new", "older-but-waits", "bens", "teachers"} and room.notices() == []
    room.make_room(ANN, 2 * MB)
    assert kept() == {"new", "older-but-waits", "bens", "teachers"}
    assert [each.sentence for each in room.notices(ANN)] == ["Removed to make room: training old (3 MB)."]
    assert room.notices(BEN) == [] and len(room.notices()) == 1
    with pytest.raises(UserError, match="This needs 8 MB, and you keep 6 MB in 2 things; 10 MB and 60 things are the"):
        room.make_room(ANN, 8 * MB)
    assert "new" in kept()  # nothing goes where it would not help
    room.dismiss(ANN)
    assert room.notices() == []
    room.make_room(None, 10**12)  # the teacher


def test_the_class_together_and_the_number_have_limits(runs, monkeypatch):
    monkeypatch.setenv("LATENT_MB_IN_ALL", "10")
    training("anns", ANN, mb=5, hours=5)
    training("bens", BEN, mb=4, hours=3)
    training("teachers", None, mb=30, hours=30)
    room.make_room(BEN, 2 * MB)
    assert kept() == {"bens", "teachers"}
    assert [(each.owner, each.sentence) for each in room.notices()] == [
        (ANN, "Removed to make room: training anns (5 MB).")
    ]
    monkeypatch.setenv("LATENT_KEPT_EACH", "2")
    training("bens-second", BEN, hours=2)
    room.make_room(BEN)
    assert kept() == {"bens-second", "teachers"}
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**13, 10**13, 0)
    )  # and there is nothing old that would help
    with pytest.raises(UserError, match="The disk space for the class is used up"):
        room.make_room(ANN)
    assert "bens-second" in kept()


def test_each_kind_of_thing_is_found_with_its_owner_and_can_be_deleted(runs, folder):
    training("mine", ANN)
    shutil.copytree(folder, runs / "brought")
    owners.write(runs / "brought", BEN)
    shutil.copytree(folder, runs / "of-the-shell")
    upload = runs / ".uploads" / ("0" * 24)
    upload.mkdir(parents=True)
    (upload / "cats.zip").write_bytes(b"PK")
    for owner in (ANN, BEN, ANN):
        owners.add(upload, owner)
    fit = fits.root() / "0-1"
    fit.mkdir(parents=True)
    fits.State("done", 1).write(fit)
    write_json(fit / fits.REQUEST, {"owner": BEN})
    published.publish(checkpoints.load(folder), "shown", owner=ANN)
    found = {thing.name: thing for thing in inventory.things()}
    assert {name: (thing.kind, thing.owners, thing.busy) for name, thing in found.items()} == {
        "mine": ("training", (ANN,), False),
        "brought": ("model", (BEN,), False),
        "of-the-shell": ("model", (None,), False),
        "cats": ("upload", (ANN, BEN), False),
        "0-1": ("map", (BEN,), False),
        "shown": ("published", (ANN,), True),
    }
    inventory.delete(found["cats"], ANN)
    assert owners.read(upload) == (BEN,) and (upload / "cats.zip").exists()
    inventory.delete({thing.name: thing for thing in inventory.things()}["cats"], BEN)
    for name in ("mine", "brought", "0-1", "shown"):
        inventory.delete(found[name])
    assert kept() == {"of-the-shell"}


def test_what_is_published_can_be_withdrawn_and_put_back(runs, folder, monkeypatch):
    model = checkpoints.load(folder)
    shutil.copytree(folder, checkpoints.SHIPPED / "shipped-one")
    shown = published.publish(model, "shown", owner=ANN)
    assert published.folders() == [shown.path] and owners.read(shown.path) == (ANN,)
    checkpoints.load(shown.path).verify()
    gone = published.withdraw("shown")
    assert [each.name for each in checkpoints.find((checkpoints.SHIPPED,))] == ["shipped-one"]
    assert published.restore(gone) == "shown" and checkpoints.load("shown", (checkpoints.SHIPPED,)).path == shown.path
    with pytest.raises(UserError, match="There is no published model 'shipped-one'"):
        published.withdraw("shipped-one")
    monkeypatch.setenv("LATENT_PUBLISHED_EACH", "1")
    with pytest.raises(UserError, match="You have published 1 models"):
        published.publish(model, "second", owner=ANN)
    published.publish(model, "bens", owner=BEN)


@pytest.mark.parametrize("content", ["", "[]", '{"owners": []}', '{"owners": ["x"]}', '{"owners": 1}', "\xff"])
def test_an_owner_that_cannot_be_read_is_the_teacher(tmp_path, content):
    (tmp_path / owners.FILE).write_text(content, encoding="latin-1")
    assert owners.read(tmp_path) == (None,)
