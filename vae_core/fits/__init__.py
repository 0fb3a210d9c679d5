"""Fits of projections: each in its own process, one at a time, with the result on disk.

A fit has a folder in `runs/.projections`, named by the checkpoint's weights and the fit's settings, so the same map is
never fitted twice. Its state is on disk, like a training job's: every page and tab sees the same fit. Fits wait in a
queue of `processes`; `docs/jobs.md` says who writes which file.
"""

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load_file

from vae_core import checkpoints, computing, limits, processes
from vae_core.checkpoints import Checkpoint, Latents
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.processes import LOG, PACKAGE_FOLDER, locked, waiting
from vae_core.projections import PROJECTIONS, Fitted, fit, of_stored, stored_name
from vae_core.projections.faithfulness import Faithfulness
from vae_core.reading import Values, parsed, read_json

FOLDER = ".projections"
REQUEST, PROGRESS, RESULT = "request.json", "progress.json", "fit.safetensors"
KEPT = 200
"""How many fits are kept; the oldest are deleted first."""
VANISHED = (
    "Its process ended without a result: it may have been killed, or memory ran out. "
    "Try again, or with fewer neighbours."
)


@dataclass
class State(processes.State):
    """`status` is queued, running, done, failed or cancelled."""

    task = "fit"
    durable = False  # what a power failure takes is fitted again


@dataclass(frozen=True)
class Fit:
    """A snapshot of a fit; `look()` takes a new one.

    `position` is its place in the queue, from 1; `part` is the share of the work done, from 0 to 1, and `doing` names
    the step under way, for people. `reason` says in a sentence why it failed.
    """

    folder: Path
    status: str
    position: int | None
    part: float
    doing: str
    reason: str | None
    owner: str | None = None

    @property
    def active(self) -> bool:
        """Whether the fit will make progress on its own."""
        return self.status in ("queued", "running")


def root() -> Path:
    return checkpoints.RUNS / FOLDER


def place(checkpoint: Checkpoint, config: Any, dimensions: int) -> Path:
    """The folder of a fit, whether it exists or not."""
    settings = json.dumps(PROJECTIONS.to_json(config) | {"dimensions": dimensions}, sort_keys=True)
    return root() / f"{checkpoint.digest[:16]}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"


def ready(checkpoint: Checkpoint, latents: Latents, config: Any, dimensions: int) -> Fitted | None:
    """The projection, if it takes no fit: it is instant, the checkpoint holds it, or it was fitted before."""
    mu = latents.posterior.mu
    if PROJECTIONS.build(config).instant:
        return fit(config, mu, dimensions)
    name = stored_name(config, dimensions)
    stored = None if name is None else latents.projections.get(name)
    if stored is not None:
        return of_stored(config, mu, stored)
    try:
        tensors = load_file(place(checkpoint, config, dimensions) / RESULT)
    except (OSError, safetensors.SafetensorError):
        return None
    return Fitted(config, mu, tensors) if tensors["flat"].shape == (len(mu), dimensions) else None


def faithfulness(checkpoint: Checkpoint, config: Any, dimensions: int) -> Faithfulness | None:
    """How faithful the map was found to be when it was fitted; None for a map that was not fitted here."""
    try:
        with safetensors.safe_open(place(checkpoint, config, dimensions) / RESULT, "pt") as file:
            values = Values(parsed(file.metadata()["faithfulness"].encode(), RESULT), RESULT)
            return Faithfulness(**values.of(Faithfulness))
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError):
        return None


def look(checkpoint: Checkpoint, config: Any, dimensions: int) -> Fit | None:
    """The fit as it is now; None if it was never started."""
    folder = place(checkpoint, config, dimensions)
    state = _read(folder)
    if state is None:
        return None
    if state.status == "queued" or state.status == "running" and not state.alive:
        run_queue(root())
        state = _read(folder) or state
    queue = waiting(states(root())) if state.status == "queued" else []
    part, doing = 0.0, "starting"
    if state.status == "running":
        with suppress(OSError, UserError):  # not begun
            progress = Values(read_json(folder / PROGRESS, PROGRESS), PROGRESS)
            part, doing = float(progress.number("part", 0, 1)), progress.text("doing")
    position = queue.index(folder) + 1 if folder in queue else None
    return Fit(folder, state.status, position, part, doing, state.reason, owner_of(folder))


def start(checkpoint: Checkpoint, config: Any, dimensions: int, *, owner: str | None = None) -> Fit:
    """Queue a fit; one that waits or runs already is left alone. UserError if it is not possible, and if an `owner` has
    too many."""
    PROJECTIONS.build(config).check(len(checkpoint.load_latents().y))
    folder = place(checkpoint, config, dimensions)
    try:
        root().mkdir(parents=True, exist_ok=True)
        with locked(root()):
            found = states(root())
            if folder not in found or found[folder].status not in ("queued", "running"):
                owners = {each: owner_of(each) for each in found}
                _check_room(found, owners, owner)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)
                request = {
                    "checkpoint": str(checkpoint.path.resolve()),
                    "digest": checkpoint.digest,
                    "config": PROJECTIONS.to_json(config),
                    "dimensions": dimensions,
                    "owner": owner,
                }
                write_json(folder / REQUEST, request, durable=False)
                turn = processes.next_turn(found, owners, owner)
                State("queued", processes.next_ticket(found), turn=turn).write(folder)
                _delete_oldest(found)
            _start_next(root())
    except OSError as error:
        raise UserError(f"{root()} cannot be written: {error}") from None
    started = look(checkpoint, config, dimensions)
    if started is None:
        raise UserError("That fit was deleted a moment ago: start it again.")
    return started


def cancel(checkpoint: Checkpoint, config: Any, dimensions: int) -> None:
    """Kill a fit, or take it out of the queue; the next one starts. One that is done stays."""
    folder = place(checkpoint, config, dimensions)
    with locked(root()):
        state = _read(folder)
        if state is not None and state.status in ("queued", "running"):
            state.kill()
            turn = 0 if state.status == "queued" else state.turn
            State("cancelled", state.ticket, turn=turn).write(folder)
        _start_next(root())


def run_queue(root: Path) -> None:
    """Start the next fit if none runs. UserError if the lock cannot be had."""
    with locked(root):
        _start_next(root)


def states(root: Path) -> dict[Path, State]:
    """The state of every fit."""
    return processes.read_states(root, State)


def owner_of(folder: Path) -> str | None:
    """Who started a fit; None is the teacher."""
    try:
        return Values(read_json(folder / REQUEST, REQUEST), REQUEST).text("owner", default=None)
    except (OSError, UserError):
        return None


def _check_room(found: dict[Path, State], owners: dict[Path, str | None], owner: str | None) -> None:
    waits = (folder for folder, state in found.items() if state.status in ("queued", "running"))
    limit = limits.MAPS_EACH.value
    if owner is not None and sum(owners[folder] == owner for folder in waits) >= limit:
        raise UserError(f"You have {limit} maps waiting, which is the limit for everyone in the class: wait for one.")


def _read(folder: Path) -> State | None:
    try:
        return State.read(folder)
    except UserError:
        return None


def _start_next(root: Path) -> None:
    """Only under the lock."""
    found = states(root)
    for folder, state in found.items():
        if state.status == "running" and not state.alive:
            found[folder] = State("failed", state.ticket, VANISHED, turn=state.turn)
            found[folder].write(folder)
    processes.start_waiting(found, _has_room, spawn)


def _has_room(state: State, found: dict[Path, State]) -> bool:
    return processes.n_running(found) == 0


def spawn(folder: Path, token: str) -> int:
    """Start the process of a fit. Returns its pid."""
    arguments = ["vae_core.fits.process", str(folder.resolve()), token]
    return processes.launch(arguments, folder / LOG, PACKAGE_FOLDER, computing.threads())


def _delete_oldest(found: dict[Path, State]) -> None:
    over = sorted((f for f, state in found.items() if state.status not in ("queued", "running")), key=os.path.getmtime)
    for folder in over[: max(0, len(found) + 1 - KEPT)]:
        shutil.rmtree(folder, ignore_errors=True)
