"""Checkpoints saved where something is, where nothing can be, on a full disk, and by a process that is killed."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.checkpoints.folders import FILES
from vae_core import checkpoints
from vae_core.checkpoints.files import ORIGINALS, through_classes, write_originals
from vae_core.datasets import csv
from vae_core.errors import UserError
from vae_core.kinds.series.windows import windows
from vae_core.likelihoods import normal
from vae_core.model import Model
from vae_core.networks import mlp
from vae_core.training import TrainConfig


def save_again(folder, trained, digits, **options):
    return checkpoints.save(folder, trained.model, trained.config, digits, trained.history, **options)


def test_saving_replaces_the_checkpoint(folder, trained, digits):
    (folder / "note.txt").write_text("of the old one")
    shorter = dataclasses.replace(trained, history=trained.history[:1])
    assert save_again(folder, shorter, digits).history == trained.history[:1]
    assert os.listdir(folder.parent) == ["tiny"] and set(os.listdir(folder)) == FILES


def test_windows_keep_their_place_in_the_series_and_their_values(tmp_path):
    table = tmp_path / "load.csv"
    lines = [f"2024-03-0{1 + hour // 24} {hour % 24:02}:00,{hour % 7},{int(hour == 80)}" for hour in range(96)]
    table.write_text("\n".join(["time,load,anomaly", *lines]))
    dataset = csv.Config(path=str(table), window=8)
    data = windows(csv.read(dataset), 8, 1, 0.5)
    config = TrainConfig(dataset=dataset, network=mlp.Config(hidden=(4,)), likelihood=normal.Config(), latent_dim=2)
    saved = checkpoints.save(tmp_path / "series", Model(config.model, data.spec), config, data, [])
    write_originals(saved.path, data.test)
    found = checkpoints.load(saved.path)
    assert torch.equal(found.load_latents().first, torch.arange(48, 89))
    assert torch.equal(found.load_originals(), data.test.x)
    assert (saved.path / ORIGINALS).stat().st_size < 500  # the series, not eight times of it
    assert (found.spec.begin, found.spec.step) == (1709251200, 3600) and found.spec == data.spec  # 1 March 2024, 00:00


def test_saving_makes_the_folders_above(tmp_path, trained, digits):
    checkpoint = save_again(tmp_path / "some" / "where" / "new", trained, digits)
    assert checkpoint.path == tmp_path / "some" / "where" / "new"
    checkpoint.verify()


def test_what_is_no_checkpoint_is_never_replaced(tmp_path, trained, digits):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "config.json").write_text("{}")  # many programs write one
    (tmp_path / "file").write_text("text")
    for target in (precious, tmp_path / "file"):
        with pytest.raises(UserError, match="is there already and is no checkpoint"):
            save_again(target, trained, digits)
    assert os.listdir(precious) == ["config.json"]
    assert sorted(os.listdir(tmp_path)) == ["file", "thesis"]


def test_an_empty_folder_may_be_filled(tmp_path, trained, digits):
    (tmp_path / "new").mkdir()
    save_again(tmp_path / "new", trained, digits).verify()


@pytest.mark.parametrize("target", ["file/inside", "file/inside/deeper", "x" * 250, "x" * 300])
def test_an_impossible_place_is_said_before_the_training(tmp_path, target):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        checkpoints.check_target(tmp_path / target)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("target", [".", "..", "/"])
def test_a_place_without_a_name_is_refused(target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no name of its own"):
        checkpoints.check_target(Path(target))


def _failing(function, at):
    """`function`, but its call number `at` (from 0) raises as a full disk does."""
    calls = iter(range(1_000_000))

    def fail(*args, **options):
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        return function(*args, **options)

    return fail


@pytest.mark.parametrize(
    ("function", "calls"), [("replace", len(FILES) - 1), ("fsync", len(FILES)), ("rename", 2), ("chmod", 1)]
)
def test_a_full_disk_leaves_the_previous_checkpoint(folder, trained, digits, monkeypatch, function, calls):
    before = (folder / "manifest.json").read_bytes()
    changed = dataclasses.replace(trained, history=[])
    for at in range(calls):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, _failing(getattr(os, function), at))
            with pytest.raises(UserError, match="tiny cannot be written: .*No space left on device"):
                save_again(folder, changed, digits)
        assert os.listdir(folder.parent) == ["tiny"]
        checkpoints.load(folder)
        assert (folder / "manifest.json").read_bytes() == before
    with monkeypatch.context() as patch:  # no call is left out above
        patch.setattr(os, function, _failing(getattr(os, function), 10_000 if function == "chmod" else calls))
        assert save_again(folder, changed, digits).history == []


KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
from vae_core import checkpoints
from vae_core.checkpoints.files import through_classes
from vae_core.datasets import DATASETS

folder, at = Path(sys.argv[1]), int(sys.argv[2])
checkpoint = checkpoints.load(folder)
data = DATASETS.build(checkpoint.train_config.dataset)
replace, calls = os.replace, []

def killing(*args):
    calls.append(args)
    if len(calls) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*args)

os.replace = killing
checkpoints.save(folder, checkpoint.load_model(), checkpoint.train_config, data, [])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_while_saving_leaves_the_previous_checkpoint(folder, trained, digits):
    before = (folder / "manifest.json").read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_SAVING, str(folder), "3"],
        cwd=checkpoints.ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(os.listdir(folder.parent)) == 2  # what the killed process could not clear away
    checkpoints.load(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert [checkpoint.path for checkpoint in checkpoints.find([folder.parent])] == [folder]
    assert save_again(folder, dataclasses.replace(trained, history=[]), digits).history == []


def test_a_preview_shows_examples_from_all_over_each_class():
    """Neighbours in a split may be nearly the same: windows of a level that slide by a column."""
    assert through_classes(torch.zeros(100, dtype=torch.long), 4).tolist() == [0, 25, 50, 75]
    assert through_classes(torch.tensor([0, 0, 0, 0, 1, 1]), 4).tolist() == [0, 4, 1, 5]
    assert through_classes(torch.tensor([0, 1, 2]), 16).tolist() == [0, 1, 2]
