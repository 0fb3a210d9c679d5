"""The process of one training job: `python -m vae_core.jobs.process FOLDER TOKEN`, started by `job_queue.py`."""

import errno
import gc
import logging
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.jobs.files import (
    PROGRESS,
    RESUME,
    STATE,
    State,
    changed_state,
    clear_leftovers,
    cut_history,
    identity,
    locked,
    read_history,
    read_request,
    read_state,
    reserve_space,
    write_last_state,
)
from vae_core.jobs.queue import start_next
from vae_core.jobs.recorder import Recorder
from vae_core.training import TrainingState, train

NICENESS = 10
POLL_SECONDS, PROGRESS_SECONDS = 0.05, 1.0
LEAVE_SECONDS = 300.0
"""A paused training keeps its process so long, and goes on at once; later it goes on from its last complete epoch."""

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Somebody asked the training to end; what it has learned is kept."""


class NotMeant(Exception):
    """The job is no longer this process's: it was deleted, given another process, or paused for long."""


def main(folder: Path, token: str) -> int:
    """Train the job in `folder` to its end, whatever that is, and start the next one."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if hasattr(os, "setpriority"):  # the app comes first; on Windows the priority is given when the process starts
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    try:
        claim(folder, token)
        work(folder, token)
        status, reason = "done", None
    except NotMeant:
        return 0
    except Stopped:
        status, reason = "stopped", None
    except Exception as error:  # whatever it is, people must see it on the page instead of a training that never ends
        log.exception("%s has failed", folder.name)  # print would raise again on a full disk
        status, reason = "failed", in_words(error)
    return end(folder, token, status, reason)


def claim(folder: Path, token: str) -> None:
    try:
        with changed_state(folder) as state:
            _check(state, token)
            state.pid, state.process = os.getpid(), identity(os.getpid())
            clear_leftovers(folder)
    except UserError as error:
        if (folder / STATE).exists():
            raise
        raise NotMeant from error


def _check(state: State, token: str) -> None:
    if state.token != token:
        raise NotMeant


def work(folder: Path, token: str) -> dict[str, float]:
    """Train from the last complete epoch to the end; returns how many seconds each part of being watched has cost.

    Raises Stopped, when that is what somebody wanted.
    """
    request = read_request(folder)
    torch.set_num_threads(request.threads)
    reserve_space(folder)
    config = request.config
    data = DATASETS.build(config.dataset, request.data_dir)
    state = TrainingState.load(folder / RESUME, config, data.spec, at_most=len(read_history(folder)))
    first_epoch = 0 if state is None else state.epoch
    recorder = Recorder(folder, config, data, cut_history(folder, first_epoch))
    gc.freeze()  # what is imported stays: the garbage collector took 80 ms to look at it, every few seconds
    controls = Controls(folder, token, first_epoch, -(-len(data.train) // config.batch_size))
    try:
        for record in train(config, data, state, controls):
            state = record.state
            recorder(record)
    except Stopped:
        # The epoch under way has changed the weights; what counts is the last complete one.
        state = TrainingState.load(folder / RESUME, config, data.spec)
        if state is not None:
            recorder.finish(state)
        raise
    recorder.finish(state)
    controls.write_progress(config.epochs)
    return recorder.seconds | {"commands": controls.seconds}


class Controls:
    """What the training asks before each batch: whether to go on, and with which learning rate and β."""

    def __init__(self, folder: Path, token: str, first_epoch: int, n_batches: int):
        self.folder, self.token, self.first_epoch, self.n_batches = folder, token, first_epoch, n_batches
        self.state_path, self.version = str(folder / STATE), None
        self.started = self.progress_at = time.monotonic()
        self.seconds = 0.0  # what asking has cost, with the pauses

    def __call__(self, epoch: int, batch: int) -> Mapping[str, float]:
        began = time.perf_counter()
        try:
            return self._asked(epoch, batch)
        finally:
            self.seconds += time.perf_counter() - began

    def _asked(self, epoch: int, batch: int) -> Mapping[str, float]:
        self._look()
        if self.held:
            self._wait(epoch + batch / self.n_batches)
        if time.monotonic() - self.progress_at >= PROGRESS_SECONDS:
            self.write_progress(epoch + batch / self.n_batches)
        if None in self.changes:
            self._take([epoch, batch])
        return self.changes.get((epoch, batch), {})

    def write_progress(self, epoch: float) -> None:
        done, self.progress_at = epoch - self.first_epoch, time.monotonic()
        per_epoch = (self.progress_at - self.started) / done if done > 0 else None
        write_json(self.folder / PROGRESS, {"epoch": epoch, "seconds_per_epoch": per_epoch}, durable=False)

    def _look(self) -> None:
        """Read the state that is on disk now, if it is another one."""
        try:
            stat = os.stat(self.state_path)
        except FileNotFoundError:
            raise NotMeant from None  # deleted
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if version != self.version:
            self._see(read_state(self.folder))
            self.version = version

    def _see(self, state: State) -> None:
        _check(state, self.token)
        self.stop, self.held = state.stop, state.stop or state.status != "running"
        self.changes: dict[tuple[int, int] | None, dict[str, float]] = {}  # by where they are taken
        for change in state.changes:
            at = None if change["at"] is None else tuple(change["at"])
            self.changes.setdefault(at, {})[change["name"]] = change["value"]

    def _wait(self, epoch: float) -> None:
        """While the job is paused, or queued after a pause. Raises Stopped or NotMeant."""
        self.write_progress(epoch)
        began = time.monotonic()
        while self.held:
            if self.stop:
                raise Stopped
            if time.monotonic() - began > LEAVE_SECONDS:
                self._leave()
            time.sleep(POLL_SECONDS)
            self._look()
        self.started += time.monotonic() - began  # a pause is no training time

    def _leave(self) -> None:
        with changed_state(self.folder) as state:
            _check(state, self.token)
            if state.status == "running":
                return
            state.pid = state.process = state.token = None
        raise NotMeant

    def _take(self, here: list[int]) -> None:
        """Write down from which batch on the new values hold, before they do, so that they can be repeated.

        A new value also replaces one that was taken later in an epoch that is now trained again.
        """
        with changed_state(self.folder) as state:
            new = {change["name"] for change in state.changes if change["at"] is None}
            state.changes = [
                change | {"at": change["at"] or here}
                for change in state.changes
                if change["at"] is None or change["at"] < here or change["name"] not in new
            ]
        self._see(state)


def end(folder: Path, token: str, status: str, reason: str | None) -> int:
    """Write down how the job ended and start the next one."""
    try:
        with locked(folder.parent):
            state = read_state(folder)
            _check(state, token)
            state.status, state.reason, state.epoch = status, reason, len(read_history(folder))
            state.pid = state.process = state.token = None
            state.stop = False
            write_last_state(folder, state)
            if status == "done":  # not before: without the end written down, a training goes on from there
                shutil.rmtree(folder / RESUME, ignore_errors=True)
            start_next(folder.parent)
    except NotMeant:
        return 0
    except (OSError, UserError) as error:  # the job shows as interrupted, and this is in its log
        log.error("The end of %s (%s) could not be written down: %s", folder.name, reason or status, error)
        return 1
    return 0 if status != "failed" else 1


NO_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory", "out of memory")


def in_words(error: BaseException) -> str:
    """The reason of a failure as one sentence for people."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full, or a quota is used up: free some space and resume. Nothing that was saved is lost."
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return "There is not enough memory for this training: choose a smaller network, batch size or dataset."
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first or 'no reason given'} (see log.txt in its folder)"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
