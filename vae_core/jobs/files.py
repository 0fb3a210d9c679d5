"""A training job's files, and how one tells whether its process is there.

`job.json` says what was asked for and never changes. `state.json` says how it stands and what is wanted of it; it is
changed only under the lock of its root, by `changed_state`. `progress.json` says how far the process is.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import filelock
import psutil

from vae_core.errors import UserError
from vae_core.files import replace, write_bytes, write_json
from vae_core.training import TrainConfig

JOB, STATE, PROGRESS, HISTORY, LOG = "job.json", "state.json", "progress.json", "history.jsonl", "log.txt"
FRAMES, RESUME, RESERVE = "frames", "resume", ".reserve"
RESERVED_BYTES = 64 * 1024
LOCK, LOCK_SECONDS = ".jobs.lock", 30

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What was asked for. `cwd` is the folder that relative paths of the config start from, `created` a Unix time."""

    config: TrainConfig
    data_dir: Path | None
    cwd: Path
    threads: int
    created: float


@dataclass
class State:
    """How a job stands and what is wanted of it.

    `status` is what was written last; a running job whose process is gone is interrupted (`jobs.py`). `ticket` orders
    the queue, in which it waits while `at_once` others run (None: as many as usual). `pid` and `process` (`identity`)
    are its process, if it has one, and `token` is what that was started with: a process that finds another one here is
    no longer meant. `stop` asks it to end. `epoch` is how many were complete when it ended.

    `changes` are live values in the order they were set, `{"name": "lr", "value": 0.01, "at": [epochs done, batch]}`.
    `at` is None until the training takes the value; one that goes on from before that point takes it there again.
    """

    status: str
    ticket: int
    reason: str | None = None
    pid: int | None = None
    process: str | None = None
    token: str | None = None
    stop: bool = False
    epoch: int = 0
    at_once: int | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether its process is there: this one, not another that got the same pid since."""
        return self.pid is not None and self.process is not None and identity(self.pid) == self.process


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Alone among all processes and threads that change jobs in `root`. UserError if that cannot be had."""
    try:
        lock = filelock.FileLock(root / LOCK, LOCK_SECONDS, poll_interval=0.01, preserve_lock_file=True)
        lock.acquire()
    except filelock.Timeout:
        raise UserError(f"{root / LOCK} has been locked for {LOCK_SECONDS} s by another process.") from None
    except OSError as error:
        raise UserError(f"{root} cannot be written: {error}") from None
    try:
        yield
    finally:
        lock.release()


def identity(pid: int) -> str | None:
    """What tells a process from any other, before or after it, with the same pid; None if it is gone or a zombie."""
    try:
        if psutil.LINUX:
            # psutil's start time is relative to the clock there, which may be set; the kernel's own is not.
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            fields = stat.rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
            return None if fields[0] in "ZX" else f"{fields[19]}@{boot}"
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except (psutil.Error, OSError, IndexError):
        return None


def write_request(folder: Path, request: Request) -> None:
    values = {
        "config": request.config.to_json(),
        "data_dir": None if request.data_dir is None else str(request.data_dir),
        "cwd": str(request.cwd),
        "threads": request.threads,
        "created": request.created,
    }
    write_json(folder / JOB, values)


def read_request(folder: Path) -> Request:
    """UserError if the folder holds no job, or a damaged one."""
    try:
        return _read_request(folder / JOB, (folder / JOB).stat().st_mtime_ns)
    except FileNotFoundError:
        raise UserError(f"There is no training job {folder.name!r}.") from None
    except UserError as error:
        raise UserError(f"{folder.name}/{JOB}: {error}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder.name}/{JOB} cannot be read: {error}") from None


@lru_cache(maxsize=1024)
def _read_request(path: Path, modified: int) -> Request:
    values = json.loads(path.read_bytes())
    data_dir = None if values["data_dir"] is None else Path(values["data_dir"])
    config = TrainConfig.from_json(values["config"])
    return Request(config, data_dir, Path(values["cwd"]), int(values["threads"]), float(values["created"]))


def read_state(folder: Path) -> State:
    """UserError if the folder holds no job, or a damaged one."""
    try:
        return State(**json.loads((folder / STATE).read_bytes()))
    except FileNotFoundError:
        raise UserError(f"There is no training job {folder.name!r}.") from None
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{folder.name}/{STATE} cannot be read: {error}") from None


def write_state(folder: Path, state: State) -> None:
    """Only under the lock. Raises OSError."""
    write_json(folder / STATE, asdict(state))


@contextmanager
def changed_state(folder: Path) -> Iterator[State]:
    """The state, alone, to be changed in place; written at the end. UserError if it cannot be read or written."""
    with locked(folder.parent):
        state = read_state(folder)
        yield state
        try:
            write_state(folder, state)
        except OSError as error:
            raise UserError(f"{folder / STATE} cannot be written: {error}") from None


def read_progress(folder: Path) -> tuple[float, float | None]:
    """How many epochs are done, as a real number, and the seconds that one takes (None: not known yet)."""
    try:
        values = json.loads((folder / PROGRESS).read_bytes())
        return float(values["epoch"]), values["seconds_per_epoch"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0, None  # it has not begun


def read_history(folder: Path, since: int = 0) -> list[dict[str, Any]]:
    """The records of the epochs after `since`, in order. A line that is being written is left for next time."""
    try:
        content = (folder / HISTORY).read_bytes()
    except FileNotFoundError:
        return []
    records = []
    for line in content.split(b"\n")[
        since:-1
    ]:  # line n is epoch n; after the last line break comes nothing, or half one
        try:
            records.append(json.loads(line))
        except ValueError:
            log.warning("%s is damaged after epoch %d", folder / HISTORY, since + len(records))
            break
    return records


def cut_history(folder: Path, epochs: int) -> list[dict[str, Any]]:
    """Cut the history to its first `epochs`, those that a training goes on from, and return it. Raises OSError."""
    history = read_history(folder)[:epochs]
    write_bytes(folder / HISTORY, "".join(json.dumps(record) + "\n" for record in history).encode())
    return history


def clear_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write. Only under the lock, and when no process writes here."""

    for place in (folder, folder / "epochs", folder / FRAMES, folder / RESUME):
        for path in place.glob(".*") if place.is_dir() else []:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def reserve_space(folder: Path) -> None:
    """Take some disk space for `write_last_state`. Raises OSError."""
    write_bytes(folder / RESERVE, os.urandom(RESERVED_BYTES))


def write_last_state(folder: Path, state: State) -> None:
    """`write_state` that needs no space: a full disk must not keep a job from saying so. Raises OSError."""
    try:
        with (folder / RESERVE).open("r+b") as file:
            file.write(json.dumps(asdict(state), indent=2).encode() + b"\n")
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:  # it failed before it could reserve any
        write_state(folder, state)
    else:
        replace(folder / RESERVE, folder / STATE)
