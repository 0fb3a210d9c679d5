"""A training job as its folder has it: found, watched, and controlled."""

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints import runs as run_checkpoints
from vae_core.errors import UserError
from vae_core.files import hide
from vae_core.jobs import files as job_files
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.jobs.frames import Frame, frame_epochs, read_frame
from vae_core.jobs.queue import check_room
from vae_core.processes import LOG, locked, waiting
from vae_core.training import TrainConfig, steered

STATUSES = ("queued", "running", "paused", "interrupted", "failed", "stopped", "done")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A snapshot of a training job; `refresh()` takes a new one.

    `status` is one of `STATUSES`; `reason` says in a sentence why it failed, was interrupted or waits. `position` is
    its place in the queue, from 1. `epoch` is the number of epochs done, a real number while it runs. `seconds_left` is
    None while it does not run or the pace is unknown. `live` holds the values that were changed live (`lr`, `beta`).
    `series` is shared by trainings that were started together. `owner` started it; None is the teacher or a shell.
    """

    path: Path
    config: TrainConfig
    created: float
    status: str
    reason: str | None
    position: int | None
    epoch: float
    seconds_left: float | None
    live: dict[str, float]
    series: str | None = None
    owner: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.epoch / self.config.epochs)

    @property
    def active(self) -> bool:
        """Whether the job will make progress on its own."""
        return self.status in ("queued", "running")

    def refresh(self) -> "Job":
        return get(self.name, self.path.parent)

    def wait(self, timeout: float | None = None, poll: float = 0.1) -> "Job":
        """Poll until the job is neither queued nor running, or `timeout` seconds have passed."""
        began = time.monotonic()
        while (job := self.refresh()).active and (timeout is None or time.monotonic() - began < timeout):
            time.sleep(poll)
        return job

    # Results

    def history(self, since: int = 0) -> list[dict[str, Any]]:
        """The records (`EpochRecord.to_json`) of the epochs after `since`, in order."""
        return job_files.read_history(self.path, since)

    def frame_epochs(self) -> list[int]:
        """The epochs with a frame in the film, in order."""
        return frame_epochs(self.path / job_files.FRAMES)

    def frame(self, epoch: int) -> Frame:
        """One frame of the film; UserError if it does not exist or was thinned out."""
        return read_frame(self.path / job_files.FRAMES, epoch)

    def checkpoint(self) -> Checkpoint | None:
        """The latest checkpoint, a few seconds old while the job runs; None before the end of the first epoch."""
        return checkpoints.load(self.path) if run_checkpoints.latest_epoch(self.path) else None

    def best(self) -> Checkpoint | None:
        """The checkpoint of the epoch with the lowest −ELBO on the held-out examples so far; the latest of an objective
        that does not aim at it, such as a GAN's."""
        return run_checkpoints.best(self.path)

    def log(self) -> str:
        """The last lines that its process wrote to standard error."""
        try:
            return (self.path / LOG).read_text(encoding="utf-8", errors="replace")[-10_000:]
        except OSError:
            return ""

    # Control

    def pause(self) -> "Job":
        """Hold it between two batches; the next in the queue may run. UserError if it neither runs nor waits."""
        with State.changed(self.path) as state:
            if status(state) not in ("running", "queued", "paused"):
                raise UserError(f"{self.name} is {status(state)}: only what runs or waits can be paused.")
            job_queue.leave_queue(state, "paused")
        return self._run_queue()

    def resume(self, *, limited: bool = False) -> "Job":
        """Queue it to continue: amid its epoch if it still has its process, else after the last complete one.

        UserError if it is done and, where it is `limited`, if its owner has too many others. Changes nothing for a job
        that runs or waits already.
        """
        with State.changed(self.path) as state:
            if state.status == "done":
                raise UserError(f"{self.name} is done: there is nothing to resume.")
            if state.stop and state.alive:
                raise UserError(f"{self.name} is stopping: resume it when it has stopped.")
            if status(state) not in ("running", "queued"):
                found = job_queue.states(self.path.parent)
                if limited and state.status != "paused":  # which counts already
                    check_room(found, self.owner)
                job_queue.take_turn(state, found, self.owner)
        return self._run_queue()

    def stop(self) -> "Job":
        """End it. The last complete epoch stays as a checkpoint, and the job can be resumed.

        A process that trains writes that checkpoint first; `wait()` waits for it. Without a process the last checkpoint
        stays, which may be some seconds older. UserError if the job is done or has failed.
        """
        with State.changed(self.path) as state:
            if status(state) not in ("running", "queued", "paused", "interrupted", "stopped"):
                raise UserError(f"{self.name} is {status(state)}: there is nothing to stop.")
            job_queue.stop(self.path, state)
        return self._run_queue()

    def delete(self) -> None:
        """Kill its process, if it has one, and delete its folder with everything in it."""
        with locked(self.path.parent):
            State.read(self.path).kill()
            try:
                gone = hide(self.path)
            except OSError as error:
                raise UserError(f"{self.name} cannot be deleted: {error}") from None
            job_queue.start_next(self.path.parent)
        shutil.rmtree(gone, ignore_errors=True)

    def set(self, *, lr: float | None = None, beta: float | None = None) -> "Job":
        """Change the learning rate (with one_cycle, its peak) or β from the next batch on.

        UserError for a value that is not allowed, an objective that has no β, and a job that is done.
        """
        values = {name: value for name, value in (("lr", lr), ("beta", beta)) if value is not None}
        steered(self.config, values)  # raises UserError for a value that is not allowed
        with State.changed(self.path) as state:
            if state.status == "done":
                raise UserError(f"{self.name} is done: its values can no longer be changed.")
            applied = [c for c in state.changes if c["at"] is not None]
            pending = [c for c in state.changes if c["at"] is None and c["name"] not in values]
            new = [{"name": name, "value": float(value), "at": None} for name, value in values.items()]
            state.changes = applied + pending + new
        return self.refresh()

    def _run_queue(self) -> "Job":
        with locked(self.path.parent):
            job_queue.start_next(self.path.parent)
        return self.refresh()


def find(root: Path | None = None) -> list[Job]:
    """Every job in `root` (default: `runs/`), newest first. A broken folder is logged and skipped.

    A queue that stalled, because a process was killed, moves on.
    """
    root = checkpoints.RUNS if root is None else root
    found = _states(root)
    queue = waiting(found)
    jobs = []
    for folder, state in found.items():
        try:
            jobs.append(_job(folder, state, queue))
        except UserError as error:
            log.warning("Skipped: %s", error)
    return sorted(jobs, key=lambda job: (job.created, job.name), reverse=True)


def get(name: str, root: Path | None = None) -> Job:
    """The job of that name in `root` (default: `runs/`); UserError for an unknown name, listing the known ones."""
    root = checkpoints.RUNS if root is None else root
    found = _states(root)
    if root / name not in found:
        names = ", ".join(sorted(folder.name for folder in found)) or "none yet"
        raise UserError(f"There is no training job {name!r}; there are: {names}.")
    return _job(root / name, found[root / name], waiting(found))


def status(state: State) -> str:
    """The actual status: a running job whose process is gone is interrupted."""
    return "interrupted" if state.status == "running" and not state.alive else state.status


def _states(root: Path) -> dict[Path, State]:
    found = job_queue.states(root)
    if job_queue.stalled(found):
        try:
            with locked(root):
                job_queue.start_next(root)
        except UserError as error:
            log.warning("The queue cannot move on: %s", error)
        found = job_queue.states(root)
    return found


def _job(folder: Path, state: State, queue: list[Path]) -> Job:
    request = job_files.read_request(folder)
    if status(state) == "interrupted":  # unless it has ended since, or is being ended by who holds the lock
        state = _settled(folder)
    now, reason, position, seconds_left = status(state), state.reason, None, None
    epoch, per_epoch = job_files.read_progress(folder)
    if now == "queued":
        position = queue.index(folder) + 1 if folder in queue else 1
        reason = _place(position)
    elif now == "running":
        reason = "stopping" if state.stop else None
        seconds_left = None if per_epoch is None else (request.config.epochs - epoch) * per_epoch
    elif now == "interrupted":
        epoch = len(job_files.read_history(folder))
        reason = (
            "Its process is gone: it was killed, or the computer was switched off. "
            f"Resume it to continue after epoch {epoch}."
        )
    elif now in ("failed", "stopped", "done"):
        epoch = state.epoch
    live = {change["name"]: change["value"] for change in state.changes}
    series, owner = request.series, request.owner
    return Job(folder, request.config, request.created, now, reason, position, epoch, seconds_left, live, series, owner)


def _settled(folder: Path) -> State:
    try:
        with locked(folder.parent):
            return State.read(folder)
    except UserError:  # a folder that can only be read has nobody who ends it
        return State.read(folder)


def _place(position: int) -> str:
    ahead = position - 1
    return f"{ahead} {'training is' if ahead == 1 else 'trainings are'} ahead of it" if ahead else "next in the queue"
