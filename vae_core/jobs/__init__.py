"""Training jobs: start, find, watch, pause, resume, stop, delete, and change β and the learning rate meanwhile.

A job is a process of its own (`jobs/process.py`) with a folder in `runs/`. Its state is on disk, so every page, tab and
shell sees and controls the same job; the process outlives its starter. At most two run at once, the others wait
in a queue (`jobs/queue.py`). From the end of the first epoch on the folder is a checkpoint folder too. `docs/jobs.md`
says who writes which file and what survives a kill.
"""

import os
import re
import shutil
import time
from pathlib import Path

from vae_core import checkpoints, computing
from vae_core.datasets import default_data_dir
from vae_core.errors import UserError
from vae_core.files import new_folder
from vae_core.jobs import files as job_files
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import State
from vae_core.jobs.job import Job, find, get
from vae_core.jobs.queue import check_room
from vae_core.processes import locked
from vae_core.training import TrainConfig

__all__ = ["Job", "find", "get", "start"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


def start(
    config: TrainConfig,
    name: str | None = None,
    *,
    data_dir: Path | None = None,
    root: Path | None = None,
    at_once: int | None = None,
    threads: int | None = None,
    series: str | None = None,
    owner: str | None = None,
) -> Job:
    """Queue a training, and start it if there is room. It gets a folder of its own in `root` (default: `runs/`).

    It waits while `at_once` others run (default: $LATENT_JOBS_AT_ONCE, else 2), and computes with `threads` (default:
    $LATENT_JOB_THREADS, else the cores shared by the jobs). `data_dir` holds dataset files (default: $LATENT_DATA_DIR).
    Without a `name` it is called DATASET-OBJECTIVE-TIME. Trainings that belong together get the same `series`. One of
    an `owner` keeps to the limits of a class (`vae_core.limits`).

    Raises UserError for a config or name that is not allowed, a name that is taken, too many trainings, a full disk.
    """
    config = TrainConfig.from_json(config.to_json())  # checks every value of every part
    root = checkpoints.RUNS if root is None else root
    if name is not None and (not NAME.fullmatch(name) or name.endswith(".")):
        raise UserError(f"{name!r} cannot be a name: use up to 80 letters, digits, hyphens, dots and underscores.")
    data_dir = data_dir or default_data_dir()
    data_dir = None if data_dir is None else data_dir.resolve()
    threads = threads or computing.threads()
    request = job_files.Request(config, data_dir, Path.cwd(), threads, _now(root), series, owner)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with locked(root):
            found = job_queue.states(root)
            check_room(found, owner)
            folder = root / (name or _free_name(root, config))
            for taken in (root, checkpoints.SHIPPED, checkpoints.SERIES):  # models are found by name alone
                if os.path.lexists(taken / folder.name):
                    raise UserError(f"There is already a {folder.name} in {taken}: choose another name.")
            staging = new_folder(folder)
            try:
                job_files.write_request(staging, request)
                state = State("queued", 0, at_once=at_once)
                job_queue.take_turn(state, found, owner)
                state.write(staging)
                staging.rename(folder)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            job_queue.start_next(root)
    except OSError as error:
        raise UserError(f"No training can be started: {root.name}/ cannot be written ({error.strerror}).") from None
    return get(folder.name, root)


def _now(root: Path) -> float:
    """The time, but later than of any job: a clock that is set back must not put new trainings below old ones."""
    known = []
    for folder in job_queue.states(root):
        try:
            known.append(job_files.read_request(folder).created)
        except UserError:
            continue
    return max(time.time(), max(known, default=0.0) + 1e-3)


def _free_name(root: Path, config: TrainConfig) -> str:
    values = config.to_json()
    base = f"{values['dataset']['name']}-{values['objective']['name']}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = [base, *(f"{base}-{n}" for n in range(2, 1000))]
    return next(name for name in names if not os.path.lexists(root / name))
