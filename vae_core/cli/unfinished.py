"""An unfinished training of the shell: the folder `resume` in its run folder, from which it can be resumed.

It holds what a training job keeps for the same purpose, in the same files: the request (`job.json`), the history and
the state of the last epochs; and a `state.json` that names the process. It is not part of the checkpoint. That replaces
the run folder in one step; while it is written, `resume` lies beside the run folder as `.NAME.resume`.
"""

import contextlib
import os
import shlex
import shutil
import time
from pathlib import Path
from typing import Any

import torch

from vae_core import checkpoints, jobs, processes
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.folder import OLD
from vae_core.data import Data, DataSpec
from vae_core.errors import UserError
from vae_core.files import new_folder
from vae_core.jobs import files as job_files
from vae_core.jobs.files import JOB, RESUME, Request, cut_history, read_history, read_request
from vae_core.jobs.recorder import EpochLog
from vae_core.processes import STATE, locked
from vae_core.training import TrainConfig, TrainingState


class State(processes.State):
    """Names the process that trains."""

    task, durable = "training", False


class Unfinished:
    """The unfinished training in the run folder `run`, held by this process until the `with` block ends.

    A `new` one that fails or is interrupted before the end of its first epoch leaves nothing behind.
    """

    def __init__(self, run: Path, request: Request, new: bool):
        self.run, self.request, self.new = run, request, new
        self.folder, self.beside = run / RESUME, _beside(run)

    def __enter__(self) -> "Unfinished":
        return self

    def __exit__(self, *failure: Any) -> None:
        if not self.folder.exists():  # finished or discarded
            return
        if self.new and not read_history(self.folder):
            self.discard()
        else:
            with contextlib.suppress(OSError):  # a full disk; a process that is gone counts as none, too
                State("interrupted", 0).write(self.folder)

    @property
    def command(self) -> str:
        """The shell command that resumes it."""
        return f"python -m vae_core train --resume {shlex.quote(str(self.run))}"

    def load(self, spec: DataSpec) -> TrainingState | None:
        """The state after the last complete epoch; None before the end of the first."""
        return TrainingState.load(self.folder, self.request.config, spec, at_most=len(read_history(self.folder)))

    def log(self, state: TrainingState | None) -> EpochLog:
        """Records the epochs after `state`. UserError if it cannot be written."""
        try:
            return EpochLog(self.folder, self.folder, cut_history(self.folder, 0 if state is None else state.epoch))
        except OSError as error:
            raise UserError(f"{self.folder} cannot be written: {error}") from None

    def save(self, state: TrainingState, data: Data, history: list[dict[str, Any]]) -> Checkpoint:
        """Make the run folder a checkpoint of `state`. After the last epoch nothing is left to resume."""
        config = self.request.config
        self.folder.rename(self.beside)
        try:
            checkpoint = checkpoints.save(self.run, state.model, config, data, history[: state.epoch])
            if state.epoch == config.epochs:
                shutil.rmtree(self.beside)
            return checkpoint
        finally:
            if self.beside.exists():
                self.beside.rename(self.folder)

    def discard(self) -> None:
        shutil.rmtree(self.folder)
        if not any(self.run.iterdir()):
            self.run.rmdir()


def check_new(run: Path) -> None:
    """UserError if no training can begin in `run`."""
    _recover(run)
    if (run / RESUME).exists():
        _check_idle(run, run / RESUME)
        raise UserError(
            f"{run} holds an unfinished training: resume it with --resume {shlex.quote(str(run))}, or delete "
            f"{run / RESUME} to start over."
        )
    checkpoints.check_target(run)


def begin(run: Path, config: TrainConfig, data_dir: Path | None) -> Unfinished:
    """A training that begins in `run`, after `check_new`."""
    data_dir = None if data_dir is None else data_dir.resolve()
    request = Request(config, data_dir, Path.cwd(), torch.get_num_threads(), time.time())
    try:
        staging = new_folder(run, f"{run.name}.{RESUME}")
        try:
            job_files.write_request(staging, request)
            state = State("running", 0)
            state.hold()
            state.write(staging)
            run.mkdir(exist_ok=True)
            staging.rename(run / RESUME)
        finally:
            shutil.rmtree(staging, ignore_errors=True)  # gone, unless something failed
    except OSError as error:
        raise UserError(f"{run} cannot be written: {error}") from None
    return Unfinished(run, request, new=True)


def reopen(run: Path) -> Unfinished:
    """The unfinished training in `run`. UserError if there is none, or another process trains it."""
    _recover(run)
    if not run.is_dir():
        raise UserError(f"There is no folder {run}.")
    if (run / STATE).exists():
        _refuse_job(run)
    if not (run / RESUME / JOB).is_file():
        if (run / "manifest.json").is_file():
            raise UserError(f"The training in {run} is done: there is nothing to resume.")
        raise UserError(f"{run} holds no training that could be resumed.")
    request = read_request(run / RESUME)
    with locked(run / RESUME):
        _check_idle(run, run / RESUME)
        state = State("running", 0)
        state.hold()
        state.write(run / RESUME)
    return Unfinished(run, request, new=False)


def _refuse_job(run: Path) -> None:
    status = jobs.job.status(job_files.State.read(run))
    if status == "done":
        raise UserError(f"The training job {run.name} is done: there is nothing to resume.")
    action = "follow" if status in ("queued", "running") else "resume"
    raise UserError(f"{run.name} is a training job, which is {status}: python -m vae_core jobs {action} {run.name}")


def _check_idle(run: Path, folder: Path) -> None:
    state = State.read(folder)
    if state.alive:
        raise UserError(f"The training in {run} is running, in process {state.pid}.")


def _recover(run: Path) -> None:
    """Put back what a process that was killed in `save` left beside the run folder."""
    if not run.name or not _beside(run).is_dir() or (run / RESUME).exists():
        return
    _check_idle(run, _beside(run))
    try:
        replaced = run.parent / f".{run.name}{OLD}"
        if replaced.is_dir() and not os.path.lexists(run):
            replaced.rename(run)
        run.mkdir(exist_ok=True)
        _beside(run).rename(run / RESUME)
    except OSError as error:
        raise UserError(f"{run} cannot be written: {error}") from None


def _beside(run: Path) -> Path:
    return run.parent / f".{run.name}.{RESUME}"
