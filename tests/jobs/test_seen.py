"""Jobs as others see them: a second reader, the explorer, the command line."""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from tests.jobs.processes import ENDLESS, PATIENCE, QUICK, kill, start, until, until_epoch
from vae_core import checkpoints, jobs
from vae_core.cli import main
from vae_core.errors import UserError
from vae_core.jobs import files as job_files
from vae_core.jobs.files import read_history

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")


def test_two_readers_see_the_same(root, server):
    """A thread and another process, both polling while the training runs, under pauses and a kill."""
    reader = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from vae_core import jobs\n"
        "job, epochs = jobs.get('job', Path(sys.argv[1])), []\n"
        "print('ready', flush=True)\n"
        "while job.status != 'done':\n"
        "    epochs += [record['epoch'] for record in job.history(since=len(epochs))]\n"
        "    [job.frame(epoch) for epoch in job.frame_epochs()[-1:]]\n"
        "    job = job.refresh()\n"
        "    time.sleep(0.002)\n"  # a reader without a pause takes a whole core from the training that it reads
        "epochs += [record['epoch'] for record in job.history(since=len(epochs))]\n"
        "print(json.dumps(epochs))\n"
    )
    job = start(root, dataclasses.replace(QUICK, epochs=60))
    job.pause()
    other = subprocess.Popen(
        [sys.executable, "-c", reader, str(root)], cwd=checkpoints.ROOT, stdout=subprocess.PIPE, text=True
    )
    seen = []

    def read():
        while job.refresh().status != "done":
            seen.extend(record["epoch"] for record in job.history(since=len(seen)))
            time.sleep(0.002)
        seen.extend(record["epoch"] for record in job.history(since=len(seen)))

    thread = threading.Thread(target=read)
    with other:
        assert other.stdout.readline() == "ready\n"
        thread.start()
        job.resume()
        until_epoch(job, 10)
        job.pause()
        job.resume()
        until_epoch(job, 20)
        kill(job)
        job.resume()
        printed = other.stdout.readline()
    thread.join()
    assert seen == json.loads(printed) == list(range(1, 61))


def test_progress_and_time_left(root):
    job = (
        until(lambda: (job := jobs.get("job", root)).seconds_left is not None and job) if start(root, ENDLESS) else None
    )
    assert 0 < job.epoch < ENDLESS.epochs and 0 < job.progress < 1
    assert job.seconds_left > 10  # 100,000 epochs
    assert job.pause().seconds_left is None


def test_what_a_run_leaves_behind(root):
    job = start(root).wait(PATIENCE)
    until(lambda: not (job.path / "resume").exists())  # it goes a moment after "done" is written
    assert {path.name for path in job.path.iterdir()} == {
        "job.json",
        "state.json",
        "progress.json",
        "history.jsonl",
        "log.txt",
        "frames",
        "epochs",
        "epochs.json",
    }
    assert job.frame_epochs() == list(range(1, QUICK.epochs + 1)) and job.log() == ""
    elbos = [record["test"]["elbo"] for record in job.history()]
    best = elbos.index(max(elbos)) + 1
    assert job.best().path.name == f"{best:06d}" and job.best().metrics["elbo"] == pytest.approx(max(elbos))
    assert job.checkpoint().history == job.history()
    (found,) = checkpoints.find([root])
    assert found.name == "job" and found.train_config == QUICK
    assert {path.name for path in (job.path / "epochs").iterdir()} == {f"{best:06d}", f"{QUICK.epochs:06d}"}


def test_the_explorer_can_open_it_while_it_trains(root):
    job = until(lambda: (job := jobs.get("job", root)).checkpoint() and job) if start(root, ENDLESS) else None
    assert job.status == "running"
    seen = set()
    while len(seen) < 3:
        checkpoint = checkpoints.load("job", [root])
        try:
            assert checkpoint.load_model().sample(2).shape == (2, 1, 8, 8)
            assert len(checkpoint.load_latents().y) == 359 and checkpoint.metrics["elbo"] < 0
        except UserError as error:  # the job writes five a second, and this process may not have run for that long
            epoch = int(checkpoint.path.name)
            assert str(error) == f"job no longer keeps its epoch {epoch}: open the model again."
            assert jobs.get("job", root).checkpoint().path.name > checkpoint.path.name
        else:
            seen.add(checkpoint.digest)


def test_a_broken_job_hides_no_other(root, caplog):
    start(root, QUICK, "good").wait(PATIENCE)
    for name, files in {
        "no-state": {"job.json": "{}"},
        "no-json": {"job.json": "{", "state.json": "{"},
        "no-config": {"job.json": "{}", "state.json": '{"status": "done", "ticket": 1}'},
    }.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (root / name / file).write_text(content)
    assert [job.name for job in jobs.find(root)] == ["good"]
    assert "no-config/job.json: the request does not fit" in caplog.text
    for name in ("no-state", "no-json", "no-config"):
        with pytest.raises(UserError, match=name):
            jobs.get(name, root)
        (root / name / "job.json").unlink()


LOSSES = {"loss": 3.0, "nll": 2.0, "kl": 1.0}
RECORD = {"epoch": 1, "seconds": 0.5, "lr": 0.001, "gradient_norm": 2.0, "train": LOSSES, "test": LOSSES}


def test_half_a_line_of_history_is_left_for_next_time(tmp_path):
    path = tmp_path / "history.jsonl"
    first, second, third = (RECORD | {"epoch": n} for n in (1, 2, 3))
    lines = [json.dumps(each).encode() for each in (first, second, third)]
    path.write_bytes(lines[0] + b"\n" + lines[1] + b'\n{"epo')
    assert read_history(tmp_path) == [first, second] and read_history(tmp_path, since=1) == [second]
    assert read_history(tmp_path, since=2) == [] == read_history(tmp_path, since=5)
    assert job_files.cut_history(tmp_path, 1) == [first] and path.read_bytes() == lines[0] + b"\n"
    path.write_bytes(b"\n".join([lines[0], b"\0\0\0\0", lines[2], b""]))  # as after a power failure
    assert read_history(tmp_path) == [first]


@pytest.mark.parametrize(
    "damage",
    [{"epoch": True}, {"lr": "x"}, {"lr": float("nan")}, {"test": [1]}, {"train": {"loss": [1], "nll": 1, "kl": 1}}],
)
def test_a_record_of_other_types_ends_a_history(tmp_path, damage):
    records = RECORD, RECORD | damage
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    assert read_history(tmp_path) == [RECORD]


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("state.json", {"ticket": "1"}),
        ("state.json", {"ticket": True}),
        ("state.json", {"status": ["queued"]}),
        ("state.json", {"changes": {"lr": 1}}),
        ("state.json", {"changes": [{"name": "lr", "value": "high", "at": None}]}),
        ("state.json", {"changes": [{"name": "lr", "value": 1, "at": [1, 2, 3]}]}),
        ("job.json", {"created": "yesterday"}),
        ("job.json", {"threads": 0}),
        ("job.json", {"cwd": None}),
        ("job.json", {"config": "mlp"}),
        ("job.json", {"series": [1]}),
    ],
    ids=str,
)
def test_a_job_whose_files_hold_other_types_hides_no_other(root, file, damage):
    """Its state and its request are read at every run of every page that lists jobs."""
    for name in ("good", "bad"):
        (root / name).mkdir(parents=True, exist_ok=True)
        job_files.write_request(root / name, job_files.Request(QUICK, None, root, 1, 1.0))
        job_files.State("stopped", 1).write(root / name)
    path = root / "bad" / file
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    assert [job.name for job in jobs.find(root)] == ["good"]
    with pytest.raises(UserError, match="bad"):
        jobs.get("bad", root)


@pytest.fixture
def runs(root, monkeypatch):
    monkeypatch.setattr(checkpoints, "RUNS", root)
    return root


def rows(arguments, capsys):
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_the_command_line_does_all_of_it(runs, capsys):
    options = "--network mlp --hidden 16 --objective beta_vae --epochs 60 --name one --threads 1".split()
    (row,) = rows(["jobs", "start", *options], capsys)
    assert (row["name"], row["status"], row["path"]) == ("one", "running", str(runs / "one"))
    assert row["training"]["objective"]["name"] == "beta_vae" and row["training"]["epochs"] == 60
    until_epoch(jobs.get("one"), 1)
    assert rows(["jobs", "pause", "one"], capsys)[0]["status"] == "paused"
    assert rows(["jobs", "set", "one", "--beta", "2", "--lr", "0.002"], capsys)[0]["live"] == {"lr": 0.002, "beta": 2}
    assert rows(["jobs", "resume", "one"], capsys)[0]["status"] == "running"
    *epochs, end = rows(["jobs", "follow", "one"], capsys)
    assert [line["epoch"] for line in epochs] == list(range(1, 61)) and end["status"] == "done"
    assert [row["status"] for row in rows(["jobs"], capsys)] == ["done"]
    assert rows(["jobs", "delete", "one"], capsys) == [{"name": "one", "status": "deleted"}]
    assert rows(["jobs"], capsys) == []


def test_the_command_line_for_a_person(runs, capsys):
    assert main(["jobs"]) == 0
    assert "No training jobs yet" in capsys.readouterr().out
    assert main("jobs start --hidden 16 --epochs 5 --name one".split()) == 0
    assert capsys.readouterr().out.split()[:2] == ["one", "running,"]
    assert main(["jobs", "follow", "one"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("epoch 1 of 5: loss ") and "nats per example" in out[0]
    assert out[-1].split(maxsplit=1) == ["one", "done, epoch 5 of 5"]
    assert main(["jobs"]) == 0
    assert "done, epoch 5 of 5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("jobs pause nobody", "There is no training job 'nobody'; there are: none yet."),
        ("jobs start --at-once 0", "--at-once: cannot be 0"),
        ("jobs start --at-once x", "--at-once: cannot be x; allowed: a whole number from 1"),
        ("jobs start --epochs 0", "epochs cannot be 0"),
        ("jobs start --name a/b", "'a/b' cannot be a name"),
        ("jobs start --data-dir nowhere", "There is no folder nowhere"),
        ("jobs begin", "choose from"),
        ("jobs stop", "NAME"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(runs, capsys, arguments, message):
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and message in err and err.count("\n") == 1
