"""The checkpoints of a run while it trains: whatever happens to the writer, a reader finds a whole one."""

import copy
import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from vae_core import checkpoints
from vae_core.checkpoints.runs import add_epoch, best, latest_epoch, set_epochs
from vae_core.errors import UserError
from vae_core.processes import identity
from vae_core.training import train

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "root" / "run"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def epochs(trained, digits):
    """The models after each of six epochs, and the history up to there."""
    records, models = [], []
    for record in train(dataclasses.replace(trained.config, epochs=6), digits):
        records.append(record.to_json())
        models.append({name: value.clone() for name, value in record.state.model.state_dict().items()})
    return models, records


def add(run, epoch, epochs, trained, digits):
    models, records = epochs
    model = record_model(trained, models[epoch - 1])
    add_epoch(run, epoch, model, trained.config, digits, records[:epoch])


def record_model(trained, weights):
    model = copy.deepcopy(trained.model)
    model.load_state_dict(weights, strict=True)
    return model


def names(run):
    return sorted(os.listdir(run / "epochs"))


def test_the_run_is_its_latest_epoch(run, epochs, trained, digits):
    for epoch in (1, 2, 3):
        add(run, epoch, epochs, trained, digits)
        set_epochs(run, epoch, best=min(epoch, 2))
        checkpoint = checkpoints.load("run", [run.parent])
        assert checkpoint.name == "run" and checkpoint.path == run / "epochs" / f"{epoch:06d}"
        assert checkpoint.history == epochs[1][:epoch]
        weights = checkpoint.load_model().state_dict()
        assert all(torch.equal(weights[name], value) for name, value in epochs[0][epoch - 1].items())
        assert [found.path for found in checkpoints.find([run.parent])] == [checkpoint.path]
        assert checkpoints.load(run).digest == checkpoint.digest
        assert latest_epoch(run) == epoch
    assert best(run).path == run / "epochs" / "000002" and best(run).name == "run"
    assert 'checkpoints.load("run")' in (best(run).path / "README.md").read_text(encoding="utf-8")


def test_a_run_without_an_epoch_is_no_checkpoint(run):
    (run / "job.json").write_text("{}")
    assert checkpoints.find([run.parent]) == [] and latest_epoch(run) == 0 and best(run) is None
    with pytest.raises(UserError, match="There is no checkpoint 'run'; there are: none yet"):
        checkpoints.load("run", [run.parent])


def test_old_epochs_go_but_for_the_last_few_and_the_best(run, epochs, trained, digits):
    for epoch in range(1, 7):
        add(run, epoch, epochs, trained, digits)
        set_epochs(run, epoch, best=1)
    assert names(run) == ["000001", "000004", "000005", "000006"]
    set_epochs(run, 6, best=1, keep=1)
    assert names(run) == ["000001", "000006"]
    set_epochs(run, 6, best=6, keep=1)
    assert names(run) == ["000006"]


def test_an_earlier_epoch_is_found_by_its_digest(run, epochs, trained, digits):
    digests = []
    for epoch in (1, 2):
        add(run, epoch, epochs, trained, digits)
        set_epochs(run, epoch, best=epoch)
        digests.append(checkpoints.load(run).digest)
    for epoch, digest in enumerate(digests, start=1):
        assert checkpoints.load("run", [run.parent], digest=digest[:16]).path.name == f"{epoch:06d}"
    assert checkpoints.load("run", [run.parent], digest="0" * 16).path.name == "000002"  # gone: the latest


def test_an_open_epoch_that_later_ones_have_replaced_says_so(run, epochs, trained, digits):
    add(run, 1, epochs, trained, digits)
    set_epochs(run, 1, best=1)
    opened = checkpoints.load(run)
    for epoch in (2, 3, 4):
        add(run, epoch, epochs, trained, digits)
        set_epochs(run, epoch, best=epoch)
    assert names(run) == ["000002", "000003", "000004"]
    for read in ("load_model", "load_latents", "verify", "history", "metrics"):
        with pytest.raises(UserError, match="^run no longer keeps its epoch 1: open the model again.$"):
            value = getattr(opened, read)
            value()


def test_an_epoch_that_is_there_is_not_written_again(run, epochs, trained, digits):
    add(run, 1, epochs, trained, digits)
    manifest = run / "epochs" / "000001" / "manifest.json"
    before = manifest.stat().st_mtime_ns
    add(run, 1, epochs, trained, digits)
    assert manifest.stat().st_mtime_ns == before
    (run / "epochs" / "000001" / "model.safetensors").write_bytes(b"damaged")
    add(run, 1, epochs, trained, digits)
    checkpoints.load(run / "epochs" / "000001")


@pytest.mark.parametrize("function", ["replace", "fsync", "rename"])
def test_a_full_disk_leaves_the_previous_epoch(run, epochs, trained, digits, monkeypatch, function):
    add(run, 1, epochs, trained, digits)
    set_epochs(run, 1, best=1)
    for at in range(8 if function != "rename" else 1):
        calls = iter(range(1000))
        original = getattr(os, function)

        def fail(*args, calls=calls, at=at, original=original, **options):
            if next(calls) == at:
                raise OSError(28, "No space left on device")
            return original(*args, **options)

        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
            patch.setattr(os, function, fail)
            add(run, 2, epochs, trained, digits)
            set_epochs(run, 2, best=2)
        assert checkpoints.load(run).path.name == "000001"
    add(run, 2, epochs, trained, digits)
    set_epochs(run, 2, best=2)
    assert checkpoints.load(run).path.name == "000002" and names(run) == ["000001", "000002"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"latest": "../..", "best": "000001"}', '{"latest": 3, "best": 3}', "null"]
)
def test_a_damaged_index_is_named_and_hides_nothing(run, epochs, trained, digits, content, folder, caplog):
    add(run, 1, epochs, trained, digits)
    (run / "epochs.json").write_text(content)
    with pytest.raises(UserError, match="run/epochs.json"):
        checkpoints.load(run)
    assert [checkpoint.name for checkpoint in checkpoints.find([folder.parent])] == ["tiny"]
    assert "run/epochs.json" in caplog.text


def test_a_killed_replacement_still_shows_the_old_checkpoint(folder):
    """`save` over a plain folder moves the old one aside first; a kill right then leaves only that."""
    before = checkpoints.load(folder).digest
    folder.rename(folder.with_name(".tiny.old"))
    checkpoint = checkpoints.load("tiny", [folder.parent])
    assert checkpoint.name == "tiny" and checkpoint.digest == before
    assert [found.name for found in checkpoints.find([folder.parent])] == ["tiny"]
    assert checkpoints.load(folder).name == "tiny"


def test_saving_after_a_killed_replacement(folder, trained, digits):
    folder.rename(folder.with_name(".tiny.old"))
    checkpoints.save(folder, trained.model, trained.config, digits, [])
    assert os.listdir(folder.parent) == ["tiny"] and checkpoints.load(folder).history == []


def test_readers_always_find_a_checkpoint_while_one_is_replaced_again_and_again(folder, trained, digits):
    """A plain folder as the command line saves it, over and over, under two readers."""
    done, failures, n_read = threading.Event(), [], [0, 0]

    def read(which):
        while not done.is_set():
            try:
                assert checkpoints.load("tiny", [folder.parent]).name == "tiny"
                assert [found.name for found in checkpoints.find([folder.parent])] == ["tiny"]
                n_read[which] += 1
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=read, args=(which,)) for which in range(2)]
    for reader in readers:
        reader.start()
    for n in range(15):
        checkpoints.save(folder, trained.model, trained.config, digits, trained.history[: n % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == [] and min(n_read) > 3


WRITER = """
import copy, itertools, os, signal, sys
from pathlib import Path
from vae_core import checkpoints
from vae_core.datasets import DATASETS
from vae_core.checkpoints.runs import add_epoch, latest_epoch, set_epochs

def write():
    for epoch in itertools.count(latest_epoch(run) + 1):
        for parameter in model.parameters():
            parameter.data.mul_(0.999)
        add_epoch(run, epoch, model, source.train_config, data, source.history)
        set_epochs(run, epoch, best=epoch)

run, source = Path(sys.argv[1]), checkpoints.load(sys.argv[2])
data, model = DATASETS.build(source.train_config.dataset), source.load_model()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:  # each line asks for a new writing process
    pid = os.fork()
    if pid == 0:
        write()
    print(pid, flush=True)
"""


@posix
def test_a_writer_killed_at_any_moment_leaves_a_whole_checkpoint(run, folder, epochs, trained, digits):
    """Killed many times at random moments while it writes one after the other, under a reader that never stops."""
    add(run, 1, epochs, trained, digits)
    set_epochs(run, 1, best=1)
    done, failures, seen = threading.Event(), [], []

    def read():
        while not done.is_set():
            try:
                checkpoint = checkpoints.load(run)
                seen.append(int(checkpoint.path.name))
            except UserError as error:
                failures.append(error)
                continue
            try:
                checkpoint.load_model()
                checkpoint.load_latents()
            except UserError as error:
                if checkpoint.path.exists():  # else three newer ones have come meanwhile
                    failures.append(error)

    kills, moment = 15, random.Random(0)
    writers = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(run), str(folder)],
        cwd=checkpoints.ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(kills):
            before = latest_epoch(run)
            writers.stdin.write("another\n")
            writers.stdin.flush()
            pid = int(writers.stdout.readline())
            while latest_epoch(run) == before:
                time.sleep(0.005)
            time.sleep(moment.uniform(0, 0.15))
            os.kill(pid, signal.SIGKILL)
            while identity(pid) is not None:
                time.sleep(0.005)
            checkpoints.load(run).load_model()
    finally:
        done.set()
        reader.join()
        with writers:
            writers.kill()
    assert failures == [] and seen == sorted(seen) and len(set(seen)) > kills / 2
