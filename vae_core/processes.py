"""Tasks in processes of their own: identity, locks, launching, and the queue of waiting tasks.

A task is a folder with a `state.json`, which changes only under the lock of the folder it lies in. Training jobs
(`jobs`) and fits of projections (`fits`) are tasks. No process manages the queue: every caller that changes a state or
finds the queue stalled, and every task's process at its end, starts the tasks that may run.
"""

import errno
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import filelock
import psutil

from vae_core import computing
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.reading import Values, read_json

STATE, LOG = "state.json", "log.txt"
LOCK, LOCK_SECONDS = ".jobs.lock", 30
KILL_SECONDS = 10
NICENESS = 10
PACKAGE_FOLDER = Path(__file__).resolve().parents[1]


class Superseded(Exception):
    """The task no longer belongs to this process: it was deleted, cancelled, or given another process."""


# Identity


def identity(pid: int) -> str | None:
    """Tells a process from any other, earlier or later, with the same pid; None if it is gone or a zombie."""
    try:
        if psutil.LINUX:
            # psutil's start time depends on the clock, which may be set; the kernel's own does not.
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            fields = stat.rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
            return None if fields[0] in "ZX" else f"{fields[19]}@{boot}"
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except (psutil.Error, OSError, IndexError):
        return None


# Locks and state


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Exclude every other process and thread that changes tasks in `root`. UserError if the lock cannot be had."""
    try:
        lock = filelock.FileLock(root / LOCK, LOCK_SECONDS, poll_interval=0.01, preserve_lock_file=True)
        lock.acquire()
    except filelock.Timeout:
        raise UserError(f"{root / LOCK} has been locked for {LOCK_SECONDS} s by another process.") from None
    except OSError as error:
        raise UserError(f"{root.name}/ cannot be written ({error.strerror}).") from None
    try:
        yield
    finally:
        lock.release()


@dataclass
class State:
    """The state of a task; kinds of task add fields of their own.

    `status` is the one written last: a running task whose process is gone does not run. The queue goes by `turn`
    (`next_turn`; 0: it has had none) and, in the same turn, by `ticket`. `reason` says why it failed. `pid` and
    `process` (its `identity`) name its process while it has one. `token` was given to that process when it was
    launched: a process that finds another token here is superseded.
    """

    status: str
    ticket: int
    reason: str | None = None
    pid: int | None = None
    process: str | None = None
    token: str | None = None
    turn: int = 0

    task: ClassVar[str] = "task"
    """What a message calls it."""
    durable: ClassVar[bool] = True
    """Whether the state survives a power failure, for which every write waits for the disk."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """UserError if the folder holds no such task, or a damaged one."""
        try:
            return cls.of(Values(read_json(folder / STATE, f"{folder.name}/{STATE}"), f"{folder.name}/{STATE}"))
        except FileNotFoundError:
            raise UserError(f"There is no {cls.task} {folder.name!r}.") from None
        except OSError as error:
            raise UserError(f"{folder.name}/{STATE} cannot be read: {error.strerror}") from None

    @classmethod
    def of(cls, values: Values) -> Self:
        """The state that a file describes. Raises UserError."""
        return cls(**values.of(cls))

    @classmethod
    @contextmanager
    def changed(cls, folder: Path, token: str | None = None) -> Iterator[Self]:
        """The state under the lock, to be changed in place; it is written at the end.

        A task's process passes its `token`. Raises Superseded if the task is gone or has another token by now, and
        UserError if the state cannot be read or written.
        """
        with locked(folder.parent):
            if token is not None and not (folder / STATE).exists():
                raise Superseded
            state = cls.read(folder)
            state.check(token)
            yield state
            try:
                state.write(folder)
            except OSError as error:
                raise UserError(f"{folder / STATE} cannot be written: {error}") from None

    def write(self, folder: Path) -> None:
        """Only under the lock. Raises OSError."""
        write_json(folder / STATE, asdict(self), durable=self.durable)

    def check(self, token: str | None) -> None:
        """Raise Superseded if `token` is another one than that of the task's process."""
        if token is not None and self.token != token:
            raise Superseded

    @property
    def alive(self) -> bool:
        """Whether its process exists: this one, not another that got the same pid since."""
        return self.pid is not None and self.process is not None and identity(self.pid) == self.process

    def hold(self) -> None:
        """Make the calling process the task's process."""
        self.pid, self.process = os.getpid(), identity(os.getpid())

    def release(self) -> None:
        """The task has no process any more."""
        self.pid = self.process = self.token = None

    def kill(self) -> None:
        """Kill the task's process, if it has one, and wait until it is gone. Only under the lock."""
        if self.alive:
            try:
                process = psutil.Process(self.pid)
                process.kill()
                process.wait(KILL_SECONDS)
            except psutil.NoSuchProcess:
                pass
            except psutil.Error as error:
                raise UserError(f"The process {self.pid} of the {self.task} cannot be killed: {error}") from None
        self.release()


# The queue

S = TypeVar("S", bound=State)


def read_states(root: Path, kind: type[S]) -> dict[Path, S]:
    """The state of every task in `root`; folders that are broken, hidden or being deleted are left out."""
    try:
        folders = [folder for folder in root.iterdir() if not folder.name.startswith(".")]
    except OSError:
        return {}
    found = {}
    for folder in folders:
        try:
            found[folder] = kind.read(folder)
        except UserError:
            continue
    return found


def waiting(found: dict[Path, S]) -> list[Path]:
    """The queued tasks, the next one first."""
    queued = (folder for folder, state in found.items() if state.status == "queued")
    return sorted(queued, key=lambda folder: (found[folder].turn, found[folder].ticket))


def next_turn(found: dict[Path, S], owners: Mapping[Path, str | None], owner: str | None) -> int:
    """The turn of a new task of `owner`: all who have something in the queue are served one task a turn.

    Start-time fair queueing (Goyal et al. 1996) of tasks that count alike. A task comes in the turn after its owner's
    last one, and not before the turn that is being served, so that nobody gains by having waited with the first.
    """
    queue = waiting(found)
    served = max((state.turn for state in found.values() if state.status != "queued"), default=0)
    now = max(served, found[queue[0]].turn - 1) if queue else served
    own = max((state.turn for folder, state in found.items() if owners.get(folder) == owner), default=0)
    return max(1, now, own + 1)


def next_ticket(found: dict[Path, S]) -> int:
    return 1 + max((state.ticket for state in found.values()), default=0)


def n_running(found: dict[Path, S]) -> int:
    return sum(state.status == "running" and state.alive for state in found.values())


def start_waiting(
    found: dict[Path, S], has_room: Callable[[S, dict[Path, S]], bool], spawn: Callable[[Path, str], int]
) -> None:
    """Run tasks while there is room, the first in the queue first. Only under the lock.

    `spawn(folder, token)` starts a task's process and returns its pid. A task that was paused and still has its process
    continues in it. One whose process cannot be started fails, with the reason.
    """
    for folder in waiting(found):
        state = found[folder]
        if not has_room(state, found):
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
            state.write(folder)
        except OSError:
            # The process that was started does not find its token in the state, and exits. The queue moves on when
            # there is space again.
            return


# Processes


def launch(arguments: list[str], log_file: Path, cwd: Path, threads: int) -> int:
    """Run a task (`vae_core.task` with these arguments) in a detached process: it outlives this one, and no Ctrl-C
    reaches it. Returns its pid."""
    environment = dict(os.environ) | {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "PYTHONSAFEPATH": "1",  # a vae_core/ in the process's working directory is not this one
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE_FOLDER), os.environ.get("PYTHONPATH")])),
    }
    computing.sleep_while_waiting(environment)
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        detached = {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae_core.task", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **detached,
        )
    # Reap the child, or it stays a zombie while this process lives.
    threading.Thread(target=process.wait, name=f"reap {log_file.parent.name}", daemon=True).start()
    return process.pid


def lower_priority() -> None:
    """Let the app go first. On Windows `launch` sets the priority."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory", "out of memory")
"""PyTorch reports some of these as a RuntimeError, so the message has to tell."""


def failure_reason(error: BaseException, *, no_memory: str, no_space: str) -> str:
    """Why a task failed, in one sentence for its user; `no_memory` and `no_space` are the remedies to recommend."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return f"The disk is full, or a quota is used up: {no_space}"
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return f"There is not enough memory {no_memory}"
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first or 'no reason given'} (see {LOG} in its folder)"
