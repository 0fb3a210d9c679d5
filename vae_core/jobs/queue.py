"""The queue of training jobs: which may run, and starting their processes.

No process stands by for it. Whoever changes a job's state, a job's process at its end, and whoever looks at the jobs of
a stalled queue, starts what may run now; a lock makes sure that only one of them does.
"""

import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path

from vae_core.errors import UserError
from vae_core.jobs.files import JOB, LOG, State, identity, read_request, read_state, write_state

AT_ONCE_VARIABLE, THREADS_VARIABLE = "LATENT_JOBS_AT_ONCE", "LATENT_JOB_THREADS"
AT_ONCE = 2
PACKAGE_FOLDER = Path(__file__).resolve().parents[2]


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
    """The state of every job below `root`; what is broken or being deleted is left out."""
    try:
        folders = [folder for folder in root.iterdir() if not folder.name.startswith(".") and (folder / JOB).is_file()]
    except OSError:
        return {}
    found = {}
    for folder in folders:
        try:
            found[folder] = read_state(folder)
        except UserError:
            continue
    return found


def waiting(found: dict[Path, State]) -> list[Path]:
    """The queued jobs, the next one first."""
    return sorted(
        (folder for folder, state in found.items() if state.status == "queued"), key=lambda f: found[f].ticket
    )


def next_ticket(found: dict[Path, State]) -> int:
    return 1 + max((state.ticket for state in found.values()), default=0)


def stalled(found: dict[Path, State]) -> bool:
    """Whether a job waits though there is room for it."""
    queue = waiting(found)
    return bool(queue) and _has_room(found[queue[0]], found)


def _has_room(state: State, found: dict[Path, State]) -> bool:
    n_running = sum(other.status == "running" and other.alive for other in found.values())
    return n_running < (state.at_once or at_once())


def start_next(root: Path) -> None:
    """Let jobs run while there is room, the longest waiting first. Only under the lock.

    One that was paused and still has its process goes on in it. One that cannot be started has failed, with the reason.
    """
    found = states(root)
    for folder in waiting(found):
        state = found[folder]
        if not _has_room(state, found):
            return
        state.status, state.reason = "running", None
        try:
            if not state.alive:
                state.token = secrets.token_hex(8)
                state.pid = spawn(folder, state.token)
                state.process = identity(state.pid)
        except (OSError, UserError) as error:
            state.status, state.reason = "failed", f"Its process could not be started: {error}"
        try:
            write_state(folder, state)
        except OSError:
            # A process that was started will not find its token in the state, and end. The queue goes on when there is
            # space.
            return


def spawn(folder: Path, token: str) -> int:
    """Start the process of a job. Returns its pid."""
    request = read_request(folder)
    cwd = request.cwd if request.cwd.is_dir() else PACKAGE_FOLDER
    return launch(["vae_core.jobs.process", str(folder.resolve()), token], folder / LOG, cwd, request.threads)


def launch(arguments: list[str], log_file: Path, cwd: Path, threads: int) -> int:
    """Run a module of ours (its name, its arguments) in a process apart from this one: it outlives it, and no Ctrl-C
    reaches it. Returns its pid."""
    n_threads = str(threads)
    # It shares the machine: threads that wait for each other sleep there, instead of spinning.
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ} | {
        "OMP_NUM_THREADS": n_threads,
        "MKL_NUM_THREADS": n_threads,
        "PYTHONSAFEPATH": "1",  # a vae_core/ in the folder that a job was started in is not this one
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE_FOLDER), os.environ.get("PYTHONPATH")])),
    }
    if os.name == "nt":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        apart = {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    else:
        apart = {"start_new_session": True}
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **apart,
        )
    # Someone has to take notice of its end, or it stays a zombie for as long as this process lives.
    threading.Thread(target=process.wait, name=f"wait for {log_file.parent.name}", daemon=True).start()
    return process.pid
