"""The process of one training job, a task (`vae_core.task`) that `jobs/queue.py` starts."""

import gc
import logging
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from vae_core import limits, processes
from vae_core.checkpoints import archive_checks
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.jobs.files import (
    PROGRESS,
    RESUME,
    State,
    clear_leftovers,
    cut_history,
    read_history,
    read_request,
    reserve_space,
    write_last_state,
)
from vae_core.jobs.queue import start_next
from vae_core.jobs.recorder import Recorder
from vae_core.model import AT_ONCE
from vae_core.processes import STATE, Superseded, locked
from vae_core.training import TrainConfig, TrainingState, train

POLL_SECONDS, PROGRESS_SECONDS = 0.05, 1.0
GIVE_UP_SECONDS = 300.0
"""How long a paused training keeps its process, in which it continues at once; later it continues from its last
complete epoch."""
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The training was asked to end, or has used its time and says so; what it has learned is kept."""


def main(folder: Path, token: str) -> int:
    """Train the job in `folder` until it is done, stopped or failed, and start the next one."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    try:
        claim(folder, token)
        work(folder, token)
        status, reason = "done", None
    except Superseded:
        return 0
    except Stopped as stopped:
        status, reason = "stopped", str(stopped) or None
    except Exception as error:  # any error at all: the page must show it instead of a training that never ends
        log.exception("%s has failed", folder.name)  # print would raise again on a full disk
        status, reason = "failed", failure_reason(error)
    return end(folder, token, status, reason)


def claim(folder: Path, token: str) -> None:
    """Make this process the job's. Raises Superseded if the job has another one, or is gone."""
    try:
        with State.changed(folder, token) as state:
            state.hold()
            clear_leftovers(folder)
    except UserError as error:
        if (folder / STATE).exists():
            raise
        raise Superseded from error


def work(folder: Path, token: str) -> dict[str, float]:
    """Train from the last complete epoch to the end. Returns the seconds that each part of recording has cost.

    Raises Stopped if the job is to end early.
    """
    request = read_request(folder)
    torch.set_num_threads(request.threads)
    reserve_space(folder)
    config = request.config
    data = DATASETS.build(config.dataset, request.data_dir)
    if request.owner is not None:
        check_size(config, data.spec)
    state = TrainingState.load(folder / RESUME, config, data.spec, at_most=len(read_history(folder)))
    first_epoch = 0 if state is None else state.epoch
    recorder = Recorder(folder, config, data, cut_history(folder, first_epoch))
    gc.freeze()  # imported modules stay: the garbage collector took 80 ms to traverse them, every few seconds
    n_batches = -(-len(data.train) // config.batch_size)
    minutes = None if request.owner is None else limits.MINUTES.value
    controls = Controls(folder, token, first_epoch, n_batches, minutes)
    try:
        for record in train(config, data, state, controls):
            state = record.state
            recorder(record)
    except Stopped:
        # The unfinished epoch has changed the weights; the last complete one counts.
        state = TrainingState.load(folder / RESUME, config, data.spec)
        if state is not None:
            recorder.finish(state)
        raise
    assert state is not None, "a training has at least one epoch"
    recorder.finish(state)
    controls.write_progress(config.epochs)
    return recorder.seconds | {"commands": controls.seconds}


def check_size(config: TrainConfig, spec: DataSpec) -> None:
    """UserError for a model that is larger than one that can be downloaded and brought back, and for a batch that does
    not fit into memory beside those of others."""
    most = archive_checks.size(config, spec).largest_activation
    if config.batch_size * most > AT_ONCE:
        raise UserError(f"A batch may have at most {max(1, AT_ONCE // most):,} examples with this network.")


class Controls:
    """Polled by the training before each batch: whether to continue, and with which learning rate and β. After so many
    `minutes` of training it ends."""

    def __init__(self, folder: Path, token: str, first_epoch: int, n_batches: int, minutes: int | None = None):
        self.folder, self.token, self.first_epoch, self.n_batches = folder, token, first_epoch, n_batches
        self.minutes = minutes
        self.state_path = str(folder / STATE)
        self.version: tuple[int, int, int] | None = None
        self.started = self.progress_at = time.monotonic()
        self.seconds = 0.0  # the cost of polling, pauses included

    def __call__(self, epoch: int, batch: int) -> Mapping[str, float]:
        began = time.perf_counter()
        try:
            return self._poll(epoch, batch)
        finally:
            self.seconds += time.perf_counter() - began

    def _poll(self, epoch: int, batch: int) -> Mapping[str, float]:
        self._reread_if_changed()
        if self.held:
            self._wait_while_held(epoch + batch / self.n_batches)
        if time.monotonic() - self.progress_at >= PROGRESS_SECONDS:
            self.write_progress(epoch + batch / self.n_batches)
        if self.minutes is not None and time.monotonic() - self.started > 60 * self.minutes:
            raise Stopped(
                f"It has trained for {self.minutes} min, which is the limit where a class shares the computer. Resume "
                "it to go on when it is its turn again."
            )
        if None in self.changes:
            self._claim_changes([epoch, batch])
        return self.changes.get((epoch, batch), {})

    def write_progress(self, epoch: float) -> None:
        done, self.progress_at = epoch - self.first_epoch, time.monotonic()
        per_epoch = (self.progress_at - self.started) / done if done > 0 else None
        write_json(self.folder / PROGRESS, {"epoch": epoch, "seconds_per_epoch": per_epoch}, durable=False)

    def _reread_if_changed(self) -> None:
        """Read the state on disk again if it has changed."""
        try:
            stat = os.stat(self.state_path)
        except FileNotFoundError:
            raise Superseded from None  # the job was deleted
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if version != self.version:
            self._adopt(State.read(self.folder))
            self.version = version

    def _adopt(self, state: State) -> None:
        state.check(self.token)
        self.stop, self.held = state.stop, state.stop or state.status != "running"
        self.changes: dict[tuple[int, int] | None, dict[str, float]] = {}  # by the batch they start at
        for change in state.changes:
            at = None if change["at"] is None else tuple(change["at"])
            self.changes.setdefault(at, {})[change["name"]] = change["value"]

    def _wait_while_held(self, epoch: float) -> None:
        """Sleep while the job is paused, or queued after a pause. Raises Stopped or Superseded."""
        self.write_progress(epoch)
        began = time.monotonic()
        while self.held:
            if self.stop:
                raise Stopped
            if time.monotonic() - began > GIVE_UP_SECONDS:
                self._give_up_process()
            time.sleep(POLL_SECONDS)
            self._reread_if_changed()
        self.started += time.monotonic() - began  # a pause does not count as training time

    def _give_up_process(self) -> None:
        with State.changed(self.folder, self.token) as state:
            if state.status == "running":
                return
            state.release()
        raise Superseded

    def _claim_changes(self, here: list[int]) -> None:
        """Record the batch at which new values start before applying them, so that a resumed training repeats it.

        A new value also replaces one that started later in an epoch that is now trained again.
        """
        with State.changed(self.folder, self.token) as state:
            new = {change["name"] for change in state.changes if change["at"] is None}
            state.changes = [
                change | {"at": change["at"] or here}
                for change in state.changes
                if change["at"] is None or change["at"] < here or change["name"] not in new
            ]
        self._adopt(state)


def end(folder: Path, token: str, status: str, reason: str | None) -> int:
    """Record how the job ended and start the next one. Returns the exit status."""
    try:
        with locked(folder.parent):
            state = State.read(folder)
            state.check(token)
            state.status, state.reason, state.epoch = status, reason, len(read_history(folder))
            state.release()
            state.stop = False
            write_last_state(folder, state)
            if status == "done":  # only now: a training whose end is not recorded continues from there
                shutil.rmtree(folder / RESUME, ignore_errors=True)
            start_next(folder.parent)
    except Superseded:
        return 0
    except (OSError, UserError) as error:  # the job shows as interrupted, and its log has this
        log.error("The end of %s (%s) could not be recorded: %s", folder.name, reason or status, error)
        return 1
    return 0 if status != "failed" else 1


def failure_reason(error: BaseException) -> str:
    """Why the job failed, in one sentence for its user."""
    return processes.failure_reason(
        error,
        no_memory="for this training: choose a smaller network, batch size or dataset.",
        no_space="free some space and resume. Nothing that was saved is lost.",
    )
