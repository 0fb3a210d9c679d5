"""A training job's files; `docs/jobs.md` says who writes which.

`job.json` holds the request and never changes. `state.json` holds the state and what is wanted of the job; it changes
only under the lock of its root, by `State.changed`. `progress.json` says how far the process has come.
"""

import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from vae_core import processes
from vae_core.checkpoints import records
from vae_core.errors import UserError
from vae_core.files import replace, write_bytes, write_json
from vae_core.processes import STATE
from vae_core.reading import Values, parsed, read_json
from vae_core.training import TrainConfig

JOB, PROGRESS, HISTORY = "job.json", "progress.json", "history.jsonl"
FRAMES, RESUME, RESERVE = "frames", "resume", ".reserve"
RESERVED_BYTES = 64 * 1024
MAX_CHANGES, MAX_PATH, MAX_TIME = 10_000, 4096, 1e11

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What to train and how. Relative paths in the config start from `cwd`; `created` is a Unix time. Trainings that
    were started together, to be compared, share a `series`. `owner` started it (`vae_core.owners`)."""

    config: TrainConfig
    data_dir: Path | None
    cwd: Path
    threads: int
    created: float
    series: str | None = None
    owner: str | None = None


@dataclass
class State(processes.State):
    """The state of a job and what is wanted of it.

    A job waits in the queue while `at_once` others run (None: the default number). `stop` asks its process to end.
    `epoch` is the number of epochs that were complete when it ended.

    `changes` are live values in the order they were set, `{"name": "lr", "value": 0.01, "at": [epochs done, batch]}`.
    `at` is None until the training applies the value; a training that resumes before that point applies it there again.
    """

    stop: bool = False
    epoch: int = 0
    at_once: int | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)

    task = "training job"

    @classmethod
    def of(cls, values: Values) -> Self:
        changes = []
        for each in values.items("changes", MAX_CHANGES, default=[]):
            change = Values(each, f"{values.name}: changes")
            at = change.wholes("at", 2, default=None)
            place = None if at is None else list(at)
            changes.append({"name": change.text("name"), "value": change.number("value"), "at": place})
        return cls(**values.of(cls), changes=changes)


def write_request(folder: Path, request: Request) -> None:
    values = {
        "config": request.config.to_json(),
        "data_dir": None if request.data_dir is None else str(request.data_dir),
        "cwd": str(request.cwd),
        "threads": request.threads,
        "created": request.created,
        "series": request.series,
        "owner": request.owner,
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
    except OSError as error:
        raise UserError(f"{folder.name}/{JOB} cannot be read: {error.strerror}") from None


@lru_cache(maxsize=1024)
def _read_request(path: Path, modified: int) -> Request:
    values = Values(read_json(path, "the request"), "the request")
    data_dir = values.text("data_dir", MAX_PATH, default=None)
    config = TrainConfig.from_json(values.inside("config").values)
    threads, created = values.whole("threads", 1), float(values.number("created", 0, MAX_TIME))
    cwd, series = Path(values.text("cwd", MAX_PATH)), values.text("series", default=None)
    owner = values.text("owner", default=None)
    return Request(config, data_dir and Path(data_dir), cwd, threads, created, series, owner)


def read_progress(folder: Path) -> tuple[float, float | None]:
    """The number of epochs done, a real number, and the seconds that one takes (None: not known yet)."""
    try:
        values = Values(read_json(folder / PROGRESS, PROGRESS), PROGRESS)
        return float(values.number("epoch", 0)), values.number("seconds_per_epoch", 0, default=None)
    except (OSError, UserError):
        return 0.0, None  # not begun


def read_history(folder: Path, since: int = 0) -> list[dict[str, Any]]:
    """The records of the epochs after `since`, in order. A line that is still being written is left for next time."""
    try:
        content = (folder / HISTORY).read_bytes()
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = []
    lines = content.split(b"\n")[since:-1]  # line n is epoch n; after the last line break is nothing, or half a line
    for line in lines:
        try:
            found.append(records.record(parsed(line, HISTORY), HISTORY))
        except UserError:
            log.warning("%s is damaged after epoch %d", folder / HISTORY, since + len(found))
            break
    return found


def cut_history(folder: Path, epochs: int) -> list[dict[str, Any]]:
    """Cut the history to its first `epochs`, from which a training continues, and return it. Raises OSError."""
    history = read_history(folder)[:epochs]
    write_bytes(folder / HISTORY, "".join(json.dumps(record) + "\n" for record in history).encode())
    return history


def clear_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write. Only under the lock, and while no process writes here."""
    for place in (folder, folder / "epochs", folder / FRAMES, folder / RESUME):
        for path in place.glob(".*") if place.is_dir() else []:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def reserve_space(folder: Path) -> None:
    """Occupy some disk space for `write_last_state`. Raises OSError."""
    write_bytes(folder / RESERVE, os.urandom(RESERVED_BYTES))


def write_last_state(folder: Path, state: State) -> None:
    """Write the state without new space: a full disk must not keep a job from reporting it. Raises OSError."""
    try:
        with (folder / RESERVE).open("r+b") as file:
            file.write(json.dumps(asdict(state), indent=2).encode() + b"\n")
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:  # the job failed before it could reserve any
        state.write(folder)
    else:
        replace(folder / RESERVE, folder / STATE)
