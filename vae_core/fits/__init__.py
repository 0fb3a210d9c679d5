"""Fits of projections: each in a process of its own, one at a time, its result kept on disk.

A fit has a folder below `runs/.projections`, named by the checkpoint's weights and the fit's settings, so that whoever
asks for the same map again gets it at once. Its state is on disk, as that of a training is (`jobs.py`): every page and
tab sees the same, and whoever looks, and a fit's process at its end, starts the next one that waits.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import safetensors
from safetensors.torch import load_file

from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint, Latents
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.jobs import queue as job_queue
from vae_core.jobs.files import identity, locked
from vae_core.projections import PROJECTIONS, Fitted, fit, of_stored, stored_name
from vae_core.projections.faithfulness import Faithfulness

FOLDER = ".projections"
REQUEST, STATE, PROGRESS, RESULT, LOG = "request.json", "state.json", "progress.json", "fit.safetensors", "log.txt"
KEPT = 200
"""Fits that are kept; the oldest go when there are more."""
VANISHED = (
    "Its process ended without a result: it may have been ended from outside, or for want of memory. "
    "Try again, or with fewer neighbours."
)


@dataclass
class State:
    """`status` is queued, running, done, failed or cancelled. `token` is what its process was started with."""

    status: str
    ticket: int
    reason: str | None = None
    pid: int | None = None
    process: str | None = None
    token: str | None = None

    @property
    def alive(self) -> bool:
        return self.pid is not None and self.process is not None and identity(self.pid) == self.process


@dataclass(frozen=True)
class Fit:
    """A fit as it was when it was looked at: `position` in the queue from 1, `part` done from 0 to 1, `doing` in words,
    and why it failed."""

    folder: Path
    status: str
    position: int | None
    part: float
    doing: str
    reason: str | None

    @property
    def active(self) -> bool:
        """Whether something is going to happen without anyone's doing."""
        return self.status in ("queued", "running")


def root() -> Path:
    return checkpoints.RUNS / FOLDER


def place(checkpoint: Checkpoint, config: Any, dimensions: int) -> Path:
    """The folder of a fit, whether it is there or not."""
    settings = json.dumps(PROJECTIONS.to_json(config) | {"dimensions": dimensions}, sort_keys=True)
    return root() / f"{checkpoint.digest[:16]}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"


def ready(checkpoint: Checkpoint, latents: Latents, config: Any, dimensions: int) -> Fitted | None:
    """The projection if it can be had at once: made in an instant, held by the checkpoint, or fitted before."""
    mu = latents.posterior.mu
    if PROJECTIONS.build(config).instant:
        return fit(config, mu, dimensions)
    stored = latents.projections.get(stored_name(config, dimensions))
    if stored is not None:
        return of_stored(config, mu, stored)
    try:
        tensors = load_file(place(checkpoint, config, dimensions) / RESULT)
    except (OSError, safetensors.SafetensorError):
        return None
    return Fitted(config, mu, tensors) if tensors["flat"].shape == (len(mu), dimensions) else None


def faithfulness(checkpoint: Checkpoint, config: Any, dimensions: int) -> Faithfulness | None:
    """What was found when it was fitted; None for a projection that was not fitted here."""
    try:
        with safetensors.safe_open(place(checkpoint, config, dimensions) / RESULT, "pt") as file:
            return Faithfulness(**json.loads(file.metadata()["faithfulness"]))
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError):
        return None


def look(checkpoint: Checkpoint, config: Any, dimensions: int) -> Fit | None:
    """How a fit stands; None if nobody has asked for it."""
    folder = place(checkpoint, config, dimensions)
    state = _read(folder)
    if state is None:
        return None
    if state.status == "queued" or state.status == "running" and not state.alive:
        with locked(root()):
            _start_next(root())
        state = _read(folder) or state
    queue = _waiting(_states(root())) if state.status == "queued" else []
    try:
        progress = json.loads((folder / PROGRESS).read_bytes()) if state.status == "running" else {}
    except (OSError, ValueError):  # it has not begun
        progress = {}
    position = queue.index(folder) + 1 if folder in queue else None
    part, doing = float(progress.get("part", 0)), str(progress.get("doing", "starting"))
    return Fit(folder, state.status, position, part, doing, state.reason)


def start(checkpoint: Checkpoint, config: Any, dimensions: int) -> Fit:
    """Ask for a fit, which runs when no other does. One that is under way goes on. UserError if it cannot be had."""
    PROJECTIONS.build(config).check(len(checkpoint.load_latents().y))
    folder = place(checkpoint, config, dimensions)
    try:
        root().mkdir(parents=True, exist_ok=True)
        with locked(root()):
            found = _states(root())
            if folder not in found or found[folder].status not in ("queued", "running"):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)
                request = {
                    "checkpoint": str(checkpoint.path.resolve()),
                    "digest": checkpoint.digest,
                    "config": PROJECTIONS.to_json(config),
                    "dimensions": dimensions,
                }
                write_json(folder / REQUEST, request, durable=False)
                _write(folder, State("queued", 1 + max((state.ticket for state in found.values()), default=0)))
                _forget_oldest(found)
            _start_next(root())
    except OSError as error:
        raise UserError(f"{root()} cannot be written: {error}") from None
    return look(checkpoint, config, dimensions)


def cancel(checkpoint: Checkpoint, config: Any, dimensions: int) -> None:
    """End a fit at once, or take it out of the queue; the next one starts. One that is done stays."""
    folder = place(checkpoint, config, dimensions)
    with locked(root()):
        state = _read(folder)
        if state is not None and state.status in ("queued", "running"):
            if state.alive:
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(state.pid).kill()
            _write(folder, State("cancelled", state.ticket))
        _start_next(root())


@contextmanager
def claimed(folder: Path, token: str) -> Iterator[State | None]:
    """The state, alone, for the process that was started with `token`; None if that is no longer meant."""
    with locked(folder.parent):
        state = _read(folder)
        mine = state is not None and state.token == token and state.status == "running"
        yield state if mine else None
        if mine:
            _write(folder, state)
            _start_next(folder.parent)


def _start_next(root: Path) -> None:
    """Start the fit that waits longest, if none runs. Only under the lock."""
    found = _states(root)
    for folder, state in found.items():
        if state.status == "running" and not state.alive:
            found[folder] = State("failed", state.ticket, VANISHED)
            _write(folder, found[folder])
    waiting = _waiting(found)
    if not waiting or any(state.status == "running" for state in found.values()):
        return
    folder, state = waiting[0], found[waiting[0]]
    try:
        token = secrets.token_hex(8)
        pid = spawn(folder, token)
        state = State("running", state.ticket, None, pid, identity(pid), token)
    except OSError as error:
        state = State("failed", state.ticket, f"Its process could not be started: {error}")
    _write(folder, state)


def spawn(folder: Path, token: str) -> int:
    """Start the process of a fit; returns its pid."""
    arguments = ["vae_core.fits.process", str(folder.resolve()), token]
    return job_queue.launch(arguments, folder / LOG, job_queue.PACKAGE_FOLDER, job_queue.threads())


def _states(root: Path) -> dict[Path, State]:
    try:
        folders = [folder for folder in root.iterdir() if not folder.name.startswith(".")]
    except OSError:
        return {}
    return {folder: state for folder in folders if (state := _read(folder)) is not None}


def _waiting(found: dict[Path, State]) -> list[Path]:
    return sorted(
        (folder for folder, state in found.items() if state.status == "queued"), key=lambda f: found[f].ticket
    )


def _read(folder: Path) -> State | None:
    try:
        return State(**json.loads((folder / STATE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _write(folder: Path, state: State) -> None:
    """Only under the lock. Raises OSError."""
    write_json(folder / STATE, asdict(state), durable=False)  # what a power failure takes is fitted again


def _forget_oldest(found: dict[Path, State]) -> None:
    over = sorted((f for f, state in found.items() if state.status not in ("queued", "running")), key=os.path.getmtime)
    for folder in over[: max(0, len(found) + 1 - KEPT)]:
        shutil.rmtree(folder, ignore_errors=True)
