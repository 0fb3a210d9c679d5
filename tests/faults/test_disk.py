"""The app where its disk does not do what it should: it starts, its pages come, and what is wrong is a sentence."""

import json
import os
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What pages say and what calls are refused with, one fault after the other, and what was logged at each start."""
    pytest.importorskip("resource")  # of Unix
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("vae_core", "components", "pages", ".streamlit"):
        # What is compiled comes along, but not what another process is just writing, which is gone when it is copied.
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*.pyc.*"))
    for file in (ROOT / "app.py", ROOT / "requirements.txt", Path(__file__).parent / "disk_faults.py"):
        shutil.copy(file, copy)
    shutil.copytree(ROOT / "checkpoints" / "digits-vae-2d", copy / "checkpoints" / "digits-vae-2d")
    for folder in takewhile(lambda folder: folder != Path(gettempdir()), (copy, *copy.parents)):
        folder.chmod(0o755)  # pytest's own: nobody may pass
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LATENT_")}
    done = subprocess.run(
        [sys.executable, "disk_faults.py"], cwd=copy, env=environment, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]) | {"log": done.stderr.replace(str(copy), "HERE")}


def test_what_is_whole_is_not_complained_about(told):
    assert (told["whole"], told["publish"], told["upload"]) == ([], None, None)


def test_a_full_disk_is_a_sentence(told):
    assert told["upload on a full disk"] == (
        "The disk space that this app may use is full: delete what is not needed, and try again."
    )
    assert told["publish on a full disk"] == "The model another cannot be written: File too large"
    assert told["training on a full disk"] == "No training can be started: runs/ cannot be written (File too large)."
    assert told["left"] == ["copied", "digits-vae-2d"]  # nothing half-written


def test_runs_that_cannot_be_written_leave_the_pages_to_work(told):
    said = "The models in runs/ cannot be read: Not a directory. Whoever runs the app can change that."
    assert told["runs is a file"] == [said] and told["train without runs"] == []
    assert "a file stands in the place of a folder" in told["upload without runs"]
    assert told["training without runs"].startswith("No training can be started: runs/ cannot be written (")
    assert (
        "Nothing can be written in HERE/runs (HERE/runs is a file), so trainings and uploads would fail" in told["log"]
    )


def test_a_read_only_folder_is_a_sentence(told):
    assert told["read-only"] == []
    assert told["publish read-only"] == "The model another cannot be written: Permission denied"
    assert told["training read-only"] == "No training can be started: runs/ cannot be written (Permission denied)."
    assert "Nothing can be written in HERE/runs (Permission denied), so trainings" in told["log"]


def test_checkpoints_that_cannot_be_read_or_are_not_there_are_said(told):
    (unreadable, hint), (nothing,) = told["unreadable"], told["empty"]
    assert unreadable.startswith("The models in checkpoints/ cannot be read: Permission denied.")
    assert hint == nothing and nothing.startswith("There is no model here yet.")
    assert told["train unreadable"] == told["train empty"] == []  # one can still train
    assert "The trained models in HERE/checkpoints cannot be read: " in told["log"]
    assert "There are no trained models in HERE/checkpoints, so the pages have nothing to show" in told["log"]
