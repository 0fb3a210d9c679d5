"""Training jobs as real processes: killed, paused, steered, queued, out of disk; nothing complete is ever lost."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.fork_server import Server
from vae_core import checkpoints, job_files, job_process, job_queue, jobs
from vae_core.cli import main
from vae_core.datasets import folder as folder_dataset
from vae_core.errors import UserError
from vae_core.job_files import State, changed_state, identity, read_history, read_state, write_state
from vae_core.networks import conv, mlp
from vae_core.objectives import autoencoder, beta_vae
from vae_core.training import TrainConfig, train

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes here are forked and killed as on POSIX")

QUICK = TrainConfig(
    network=mlp.Config(hidden=(16,)), objective=beta_vae.Config(2.0), epochs=25, batch_size=128, lr=3e-3
)
ENDLESS = dataclasses.replace(QUICK, epochs=100_000)
PATIENCE = 60.0


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(str(tmp_path_factory.mktemp("fork") / "socket"), checkpoints.ROOT)
    yield server.client
    server.close()


@pytest.fixture
def root(server, tmp_path, monkeypatch):
    """A folder for runs whose jobs are forked from the server; all of them are ended afterwards."""
    monkeypatch.setattr(job_queue, "spawn", server.spawn)
    monkeypatch.delenv(job_queue.AT_ONCE_VARIABLE, raising=False)
    root = tmp_path / "runs"
    yield root
    monkeypatch.undo()
    end_all(root)


def end_all(root):
    for job in jobs.find(root):
        job.delete()


def start(root, config=QUICK, name="job", **options):
    return jobs.start(config, name, root=root, threads=1, **options)


def until(condition, patience=PATIENCE):
    """Wait for what a process is about to do; returns what the condition gave."""
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - began < patience, "waited in vain"
        time.sleep(0.01)
    return found


def until_epoch(job, epoch):
    until(lambda: len(job.history()) >= epoch)
    return job.refresh()


def until_epoch_or_end(job, epoch):
    until(lambda: len(job.history()) >= epoch or not job.refresh().active)


def pid_of(job):
    return read_state(job.path).pid


def kill(job):
    """kill -9, as the system does it when memory is short. Returns whether there was something to kill."""
    state = read_state(job.path)
    if not state.alive:
        return False
    os.kill(state.pid, signal.SIGKILL)
    until(lambda: identity(state.pid) is None)
    return True


def weights_of(job):
    return job.checkpoint().load_model().state_dict()


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def undisturbed(config, data, changes=()):
    """The weights of a training that nobody touches, with the live changes at the batches where they were taken."""

    def controls(epoch, batch):
        return {change["name"]: change["value"] for change in changes if change["at"] == [epoch, batch]}

    *_, last = train(config, data, controls=controls)
    return last.state.model.state_dict()


# Killed


VARIANTS = [
    QUICK,
    dataclasses.replace(QUICK, schedule="one_cycle", precision="bfloat16", objective=beta_vae.Config(2.0, 10.0)),
    dataclasses.replace(QUICK, network=conv.Config(channels=(4,), dense=8, batch_norm=True), batch_size=256, epochs=15),
    dataclasses.replace(QUICK, conditional=True, seed=5),
    dataclasses.replace(QUICK, schedule="one_cycle", seed=7),  # with live changes
]


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
def test_trainings_killed_at_random_moments_end_with_the_same_weights(root, digits, variant):
    """Four trainings of each of five kinds, each killed up to three times and resumed."""
    config, live = VARIANTS[variant], variant == len(VARIANTS) - 1
    n_kills = []

    def disturbed(n):
        moment = random.Random(100 * variant + n)
        job = start(root, config, f"job-{n}", at_once=4)
        for _ in range(3):
            # From before its first batch to its last epochs.
            target = moment.randrange(config.epochs)
            until_epoch_or_end(job, target)
            time.sleep(moment.uniform(0, 0.05))
            if live:
                job.set(lr=moment.uniform(1e-3, 5e-3), beta=moment.uniform(0.5, 4))
                time.sleep(moment.uniform(0, 0.03))
            if not kill(job):
                break
            n_kills.append(target)
            killed = job.refresh()
            assert killed.status == "interrupted" and "process is gone" in killed.reason
            n_complete = len(killed.history())
            # An epoch's line is written before its state: killed in between, it counts as under way and is cut again.
            assert n_complete >= target - 1
            if (checkpoint := killed.checkpoint()) is not None:  # whole, whatever was being written
                checkpoint.load_model()
            for epoch in killed.frame_epochs():
                killed.frame(epoch)
            resumed = killed.resume()
            assert resumed.status == "running"
            # At most the epoch under way is trained again, so no complete one is missing for long.
            until_epoch_or_end(job, n_complete)
        done = job.wait(PATIENCE)
        assert (done.status, done.reason, done.epoch) == ("done", None, config.epochs), done.log()
        assert [record["epoch"] for record in done.history()] == list(range(1, config.epochs + 1))
        changes = read_state(job.path).changes
        assert any(change["at"] for change in changes) == live  # one may come too late to be taken
        return weights_of(done), changes

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(disturbed, range(4)))
    assert len(n_kills) >= 4
    reference = undisturbed(config, digits)
    for weights, changes in results:
        assert equal(weights, undisturbed(config, digits, changes) if live else reference)
    if live:
        assert not equal(results[0][0], reference)


def test_at_most_the_epoch_under_way_is_lost(root):
    """What the history shows as complete is trained once, whenever the process is killed."""
    job = until_epoch(start(root, ENDLESS), 3)
    for _ in range(3):
        assert kill(job)
        n_complete = len(job.history())
        before = [record["seconds"] for record in job.history()]
        job.resume()
        until_epoch(job, n_complete + 2)
        again = [record["seconds"] for record in job.history()]
        # The last line may stand although the state behind it was not written any more; it is trained again.
        assert again[: n_complete - 1] == before[: n_complete - 1]


def test_a_job_whose_process_is_gone_is_interrupted(root):
    job = until_epoch(start(root, ENDLESS), 2)
    assert kill(job)
    found = jobs.get("job", root)
    assert found.status == "interrupted" and found.epoch == len(found.history()) and found.seconds_left is None
    assert found.reason.endswith(f"It can go on after epoch {found.epoch}.")
    with pytest.raises(UserError, match="job is interrupted: only what runs or waits can be paused"):
        found.pause()
    assert found.stop().status == "stopped"


def test_a_reused_pid_does_not_fool_it(root):
    job = until_epoch(start(root, ENDLESS), 1)
    assert kill(job)
    with changed_state(job.path) as state:
        state.pid = os.getpid()  # a process that lives, but another one
    assert job.refresh().status == "interrupted"
    assert job.resume().status == "running" and pid_of(job) != os.getpid()
    until_epoch(job, 3)


def test_identity_tells_a_process_from_its_successor():
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with sleeper:
        mine = identity(sleeper.pid)
        assert mine is not None and mine == identity(sleeper.pid) != identity(os.getpid())
        sleeper.kill()
        until(lambda: identity(sleeper.pid) is None)  # a zombie counts as gone
    assert identity(sleeper.pid) is None and identity(2**22 + 1) is None


def test_a_second_process_of_a_job_ends_at_once(root, server):
    job = until_epoch(start(root, ENDLESS), 1)
    pid = server.spawn(job.path, "another token")
    until(lambda: identity(pid) is None)
    assert job.refresh().status == "running" and read_state(job.path).alive
    assert "Traceback" not in job.log()


# The queue


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
    assert {"1st in the queue", "2nd in the queue", "3rd in the queue", "8th in the queue"} <= places
    assert "9th in the queue" not in places
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


def test_looking_sets_a_stalled_queue_going(root, monkeypatch):
    monkeypatch.setenv(job_queue.AT_ONCE_VARIABLE, "1")
    first, second = start(root, ENDLESS, "first"), start(root, QUICK, "second")
    until_epoch(first, 1)
    assert second.refresh().status == "queued"
    assert kill(first)
    assert read_state(second.path).status == "queued"  # nobody has looked since
    assert jobs.get("first", root).status == "interrupted"
    assert read_state(second.path).status == "running"
    assert second.wait(PATIENCE).status == "done"


def test_a_waiting_job_holds_no_process(root):
    start(root, ENDLESS, "first", at_once=1)
    second = start(root, ENDLESS, "second", at_once=1)
    assert (second.status, second.position, second.reason) == ("queued", 1, "1st in the queue")
    assert pid_of(second) is None and second.seconds_left is None
    assert second.stop().status == "stopped"
    third = start(root, ENDLESS, "third", at_once=1)
    assert third.position == 1


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_a_wrong_limit_is_named(root, monkeypatch, value):
    monkeypatch.setenv(job_queue.AT_ONCE_VARIABLE, value)
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


# Pause, resume, stop, delete


def test_pause_and_resume(root, digits):
    job = until_epoch(start(root), 3)
    assert job.status == "running"
    paused, pid = job.pause(), pid_of(job)
    assert paused.status == "paused" and paused.seconds_left is None
    time.sleep(0.15)  # the batch under way, and the end of its epoch
    n_complete = len(job.history())
    time.sleep(0.3)
    assert len(job.history()) == n_complete < QUICK.epochs
    assert paused.pause().status == "paused"  # two tabs may press at once
    resumed = paused.resume()
    assert resumed.status == "running" and pid_of(job) == pid and resumed.resume().status == "running"
    done = job.wait(PATIENCE)
    assert done.status == "done" and equal(weights_of(done), undisturbed(QUICK, digits))
    with pytest.raises(UserError, match="job is done: there is nothing to resume"):
        done.resume()


def test_a_paused_job_lets_the_next_one_run(root):
    first = until_epoch(start(root, ENDLESS, "first", at_once=1), 1)
    second = start(root, ENDLESS, "second", at_once=1)
    first.pause()
    assert second.refresh().status == "running"
    until_epoch(second, 1)
    resumed = first.resume()
    assert (resumed.status, resumed.reason) == ("queued", "1st in the queue")
    n_complete = len(first.history())
    time.sleep(0.2)
    assert len(first.history()) == n_complete
    second.stop().wait(PATIENCE)
    until_epoch(first, n_complete + 2)
    assert first.refresh().status == "running"


def test_a_paused_job_that_is_killed_can_go_on(root, digits):
    job = until_epoch(start(root), 3)
    job.pause()
    assert kill(job) and job.refresh().status == "paused"
    done = job.resume().wait(PATIENCE)
    assert done.status == "done" and equal(weights_of(done), undisturbed(QUICK, digits))


def test_stop_keeps_the_complete_epochs(root, digits):
    job = until_epoch(start(root, ENDLESS), 4)
    stopped = job.stop().wait(PATIENCE)
    assert stopped.status == "stopped" and stopped.reason is None and not read_state(job.path).alive
    n_complete = len(stopped.history())
    checkpoint = stopped.checkpoint()
    assert stopped.epoch == n_complete == len(checkpoint.history) and checkpoint.path.name == f"{n_complete:06d}"
    shorter = dataclasses.replace(ENDLESS, epochs=n_complete)
    assert equal(checkpoint.load_model().state_dict(), undisturbed(shorter, digits))
    assert stopped.frame_epochs()[-1] == n_complete
    assert stopped.stop().status == "stopped"
    resumed = stopped.resume()
    assert resumed.status == "running"
    until_epoch(job, n_complete + 2)


def test_stop_while_paused(root):
    job = until_epoch(start(root, ENDLESS), 2)
    job.pause()
    stopped = job.stop().wait(PATIENCE)
    assert stopped.status == "stopped" and len(stopped.checkpoint().history) == stopped.epoch >= 2


def test_stop_before_the_training_has_begun(root):
    job = start(root, ENDLESS).stop()
    assert job.wait(PATIENCE).status == "stopped"


def test_delete_ends_the_process_and_leaves_nothing(root):
    job = until_epoch(start(root, ENDLESS), 2)
    pid = pid_of(job)
    job.delete()
    assert identity(pid) is None
    assert [path.name for path in root.iterdir() if not path.name.startswith(".jobs.lock")] == []
    with pytest.raises(UserError, match="There is no training job 'job'; there are: none yet"):
        job.refresh()
    with pytest.raises(UserError, match="There is no training job 'job'"):
        job.delete()
    assert start(root).status == "running"  # the name is free again


def test_a_process_whose_folder_is_gone_ends(root, tmp_path):
    job = until_epoch(start(root, ENDLESS), 1)
    pid = pid_of(job)
    job.path.rename(tmp_path / "elsewhere")
    until(lambda: identity(pid) is None)


def test_a_long_pause_frees_the_process(tmp_path, monkeypatch):
    monkeypatch.setattr(job_process, "LEAVE_SECONDS", 0.0)
    folder = tmp_path / "job"
    folder.mkdir()
    write_state(folder, State("paused", 1, pid=os.getpid(), process=identity(os.getpid()), token="mine"))
    with pytest.raises(job_process.NotMeant):
        job_process.Controls(folder, "mine", 0, 10)(3, 5)
    state = read_state(folder)
    assert state.status == "paused" and not state.alive
    assert job_files.read_progress(folder)[0] == 3.5


# Steered


def test_live_changes_are_taken_and_recorded(root, digits):
    job = until_epoch(start(root, dataclasses.replace(QUICK, epochs=40)), 2)
    assert job.set(beta=3.5).live == {"beta": 3.5}
    until(lambda: any("changes" in record for record in job.history()))
    job.set(lr=1e-3)
    job.set(lr=2e-3, beta=1.0)
    done = job.wait(PATIENCE)
    assert done.status == "done" and done.live == {"lr": 2e-3, "beta": 1.0}
    changes = [change for record in done.history() for change in record.get("changes", [])]
    assert changes[0].keys() == {"batch", "beta"} and changes[0]["beta"] == 3.5
    assert changes[-1]["lr"] == 2e-3 and changes[-1]["beta"] == 1.0
    n_batches = -(-len(digits.train) // QUICK.batch_size)
    assert all(0 <= change["batch"] < n_batches for change in changes)
    last = done.history()[-1]
    assert last["lr"] == 2e-3 and last["test"]["loss"] == pytest.approx(last["test"]["nll"] + last["test"]["kl"])
    # What a page shows as the objective's β is still what was asked for.
    assert done.checkpoint().train_config == dataclasses.replace(QUICK, epochs=40)


def test_what_is_set_before_the_start_holds_from_the_first_batch(root):
    start(root, ENDLESS, "first", at_once=1)
    job = start(root, QUICK, "second", at_once=1).set(lr=1e-3)
    jobs.get("first", root).stop()
    assert until_epoch(job, 1).history()[0]["changes"] == [{"batch": 0, "lr": 1e-3}]


def test_a_new_value_replaces_one_that_would_be_taken_again(tmp_path):
    """After a failure the training goes on before the value that made it fail; the remedy must not be undone there."""
    changes = [{"name": "lr", "value": 0.9, "at": [5, 7]}, {"name": "beta", "value": 2.0, "at": [5, 3]}]
    state = State("running", 1, token="mine", changes=[*changes, {"name": "lr", "value": 0.01, "at": None}])
    folder = tmp_path / "job"
    folder.mkdir()
    write_state(folder, state)
    controls = job_process.Controls(folder, "mine", 5, 10)
    taken = {batch: values for batch in range(10) if (values := dict(controls(5, batch)))}
    assert taken == {0: {"lr": 0.01}, 3: {"beta": 2.0}}


@pytest.mark.parametrize(
    ("config", "values", "message"),
    [
        (QUICK, {"lr": 0.0}, "lr cannot be 0.0; allowed: a number from 1e-07 to 1"),
        (QUICK, {"beta": -1.0}, "beta cannot be -1.0"),
        (dataclasses.replace(QUICK, objective=autoencoder.Config()), {"beta": 1.0}, "autoencoder has no beta"),
    ],
)
def test_values_that_are_not_allowed_are_refused(root, monkeypatch, config, values, message):
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)  # it stays in the queue
    job = start(root, config)
    with pytest.raises(UserError, match=message):
        job.set(**values)
    assert read_state(job.path).changes == []


# Failures


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
    reason = job_process.in_words(error)
    assert words in reason and "\n" not in reason


# Seen by others


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
        assert checkpoint.load_model().sample(2).shape == (2, 1, 8, 8)
        assert len(checkpoint.load_latents().y) == 359 and checkpoint.metrics["elbo"] < 0
        seen.add(checkpoint.digest)


def test_a_broken_job_hides_no_other(root, caplog):
    start(root, QUICK, "good").wait(PATIENCE)
    for name, files in {
        "no-state": {"job.json": "{}"},
        "no-json": {"job.json": "{", "state.json": "{"},
        "no-config": {"job.json": "{}", "state.json": '{"status": "done", "ticket": 1}'},
    }.items():
        (root / name).mkdir()
        for file, content in files.items():
            (root / name / file).write_text(content)
    assert [job.name for job in jobs.find(root)] == ["good"]
    assert "no-config/job.json cannot be read" in caplog.text
    for name in ("no-state", "no-json", "no-config"):
        with pytest.raises(UserError, match=name):
            jobs.get(name, root)
        (root / name / "job.json").unlink()


def test_half_a_line_of_history_is_left_for_next_time(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"epoch": 1}\n{"epoch": 2}\n{"epo')
    assert read_history(tmp_path) == [{"epoch": 1}, {"epoch": 2}] and read_history(tmp_path, since=1) == [{"epoch": 2}]
    assert read_history(tmp_path, since=2) == [] == read_history(tmp_path, since=5)
    assert job_files.cut_history(tmp_path, 1) == [{"epoch": 1}] and path.read_bytes() == b'{"epoch": 1}\n'
    path.write_bytes(b'{"epoch": 1}\n\0\0\0\0\n{"epoch": 3}\n')  # as after a power failure
    assert read_history(tmp_path) == [{"epoch": 1}]


# Started


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
    for name in ("job", "file"):
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


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="No training can be started in"):
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
        assert read_state(job.path).pid == pid and os.getpriority(os.PRIO_PROCESS, pid) >= job_process.NICENESS
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


# The command line


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
