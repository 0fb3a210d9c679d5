"""The queue of training jobs: how many may run, and how the process of one starts."""

import os
from pathlib import Path

from vae_core import processes
from vae_core.errors import UserError
from vae_core.jobs.files import State, read_request
from vae_core.processes import LOG, PACKAGE_FOLDER

AT_ONCE_VARIABLE, THREADS_VARIABLE = "LATENT_JOBS_AT_ONCE", "LATENT_JOB_THREADS"
AT_ONCE = 2


def at_once() -> int:
    """How many trainings run at once: $LATENT_JOBS_AT_ONCE, else two."""
    return _whole(AT_ONCE_VARIABLE, AT_ONCE)


def threads() -> int:
    """Threads that a job computes with: $LATENT_JOB_THREADS, else the cores shared by the jobs, at most 4."""
    return _whole(THREADS_VARIABLE, max(1, min(4, (os.cpu_count() or 1) // at_once())))


def _whole(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal() or int(value) < 1:
        raise UserError(f"${variable} cannot be {value!r}; allowed: a whole number from 1.")
    return int(value)


def states(root: Path) -> dict[Path, State]:
    return processes.read_states(root, State)


def stalled(found: dict[Path, State]) -> bool:
    """Whether a job waits although there is room for it."""
    queue = processes.waiting(found)
    return bool(queue) and _has_room(found[queue[0]], found)


def start_next(root: Path) -> None:
    """Run jobs while there is room. Only under the lock."""
    processes.start_waiting(states(root), _has_room, spawn)


def _has_room(state: State, found: dict[Path, State]) -> bool:
    return processes.n_running(found) < (state.at_once or at_once())


def spawn(folder: Path, token: str) -> int:
    """Start the process of a job. Returns its pid."""
    request = read_request(folder)
    cwd = request.cwd if request.cwd.is_dir() else PACKAGE_FOLDER
    arguments = ["vae_core.jobs.process", str(folder.resolve()), token]
    return processes.launch(arguments, folder / LOG, cwd, request.threads)
