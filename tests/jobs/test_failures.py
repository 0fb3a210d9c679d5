"""What fails is said in a sentence, and the last checkpoint stays whole."""

import dataclasses
import os
import signal
import subprocess

import pytest
import torch

from tests.jobs.processes import PATIENCE, QUICK, end_all, equal, pid_of, start, undisturbed, until_epoch, weights_of
from vae_core.datasets import folder as folder_dataset
from vae_core.errors import UserError
from vae_core.jobs import files as job_files
from vae_core.jobs import process as job_process
from vae_core.jobs import queue as job_queue
from vae_core.networks import mlp

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")


def test_a_loss_that_is_no_number(root):
    config = dataclasses.replace(
        QUICK, lr=1.0, epochs=50, batch_size=256, network=mlp.Config(hidden=(64, 64, 64), activation="elu")
    )
    job = start(root, config).wait(PATIENCE)
    assert (
        job.status == "failed" and "no longer a number in epoch" in job.reason and "smaller learning rate" in job.reason
    )
    # The remedy: what was complete is kept, and it goes on with another rate.
    job.set(lr=1e-4)
    again = until_epoch(job.resume(), len(job.history()) + 1)
    assert again.status == "running"


def test_bad_data(root):
    config = dataclasses.replace(QUICK, dataset=folder_dataset.Config(path="/nowhere/at/all"))
    job = start(root, config).wait(PATIENCE)
    assert (job.status, job.epoch) == ("failed", 0)
    assert job.reason == "There is no folder or zip file /nowhere/at/all."
    assert job.checkpoint() is None and job.best() is None and "UserError" in job.log()


def test_out_of_memory(root, monkeypatch):
    """Under a limit on the process's memory, with a network of 3 GB."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs prlimit")
    config = dataclasses.replace(QUICK, network=mlp.Config(hidden=(4096,) * 12))
    spawn = job_queue.spawn

    def limited(*args):
        pid = spawn(*args)
        pages = int((job_files.Path("/proc") / str(pid) / "statm").read_text().split()[0])
        size = pages * resource.getpagesize() + 300_000_000
        resource.prlimit(pid, resource.RLIMIT_AS, (size, size))
        return pid

    monkeypatch.setattr(job_queue, "spawn", limited)
    job = start(root, config).wait(PATIENCE)
    assert job.status == "failed", job.log()
    assert job.reason == (
        "There is not enough memory for this training: choose a smaller network, batch size or dataset."
    )


def _full(job):
    return job.status == "failed" and job.reason.startswith("The disk is full, or a quota is used up: free some space")


def test_a_full_disk_by_file_size_limit(root, digits):
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs prlimit")
    config = dataclasses.replace(QUICK, epochs=400)
    job = until_epoch(start(root, config), 3)
    resource.prlimit(pid_of(job), resource.RLIMIT_FSIZE, (10_000, 10_000))
    failed = job.wait(PATIENCE)
    assert _full(failed), failed.reason
    checkpoint = failed.checkpoint()
    model = checkpoint.load_model()
    shorter = dataclasses.replace(config, epochs=int(checkpoint.path.name))
    assert equal(model.state_dict(), undisturbed(shorter, digits))
    n_complete = len(failed.history())
    job.resume()
    until_epoch(job, n_complete + 2)
    assert [record["epoch"] for record in job.history()][: n_complete + 2] == list(range(1, n_complete + 3))


def fill(disk):
    """Leave not a byte."""
    with (disk / "filler").open("ab", buffering=0) as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(b"x" * 4096)


def test_a_full_disk_of_a_small_file_system(server, tmp_path, monkeypatch, digits):
    """A tmpfs of its own, filled to the last byte by something else."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a file system")
    monkeypatch.setattr(job_queue, "spawn", server.spawn)
    root, config = disk / "runs", dataclasses.replace(QUICK, epochs=150)
    try:
        job = until_epoch(start(root, config), 3)
        os.kill(pid_of(job), signal.SIGSTOP)  # the disk is full from one moment to the next
        fill(disk)
        os.kill(pid_of(job), signal.SIGCONT)
        failed = job.wait(PATIENCE)
        assert _full(failed), (failed.reason, failed.log(), list(job.path.iterdir()))
        failed.checkpoint().load_model()
        fill(disk)
        with pytest.raises(UserError, match="No space left on device"):
            start(root, config, "another")
        (disk / "filler").unlink()
        done = job.resume().wait(PATIENCE)
        assert done.status == "done" and equal(weights_of(done), undisturbed(config, digits))
    finally:
        end_all(root)
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("Mend this."), "Mend this."),
        (OSError(28, "No space left on device"), "The disk is full"),
        (OSError(122, "Disk quota exceeded"), "The disk is full"),
        (OSError(27, "File too large"), "The disk is full"),
        (MemoryError(), "There is not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB"), "There is not enough memory"),
        (PermissionError(13, "Permission denied"), "PermissionError: [Errno 13] Permission denied (see log.txt"),
        (KeyError("two\nlines"), "KeyError: "),
        (ZeroDivisionError(), "ZeroDivisionError: no reason given"),
    ],
)
def test_reasons_are_one_sentence(error, words):
    reason = job_process.failure_reason(error)
    assert words in reason and "\n" not in reason
