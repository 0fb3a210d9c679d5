"""Everything that people keep here, with its owners and its size: trainings, models, uploads, maps."""

import functools
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vae_core import checkpoints, config, fits, jobs, owners
from vae_core.checkpoints import published
from vae_core.errors import UserError
from vae_core.files import hide
from vae_core.jobs import Job
from vae_core.processes import STATE, locked

UPLOADS = ".uploads"
KINDS = {
    "training": "training",
    "model": "model that was brought",
    "upload": "upload",
    "map": "map",
    "published": "published model",
}
"""What the kinds of things are called."""
UNFINISHED = ("queued", "running", "paused")


@dataclass(frozen=True)
class Thing:
    """A folder that somebody has: its `kind`, the `name` that its owners know, its `bytes`, when it was last `changed`
    (a Unix time), and whether it is `busy`: published, or of a training that is not done. What is busy is never cleaned
    up."""

    kind: str
    name: str
    path: Path
    owners: tuple[str | None, ...]
    bytes: int
    changed: float
    busy: bool

    @property
    def owned(self) -> bool:
        """Whether it is somebody's in a class, and not (also) the teacher's."""
        return None not in self.owners


def uploads() -> Path:
    """Where what people bring lies, a folder for each content."""
    return checkpoints.RUNS / UPLOADS


def things() -> list[Thing]:
    """All there is, the longest unchanged first."""
    trainings = jobs.find()
    found = [*_runs(trainings), *_uploads(trainings), *_maps(), *_published()]
    return sorted(found, key=lambda thing: thing.changed)


def delete(thing: Thing, owner: str | None = None) -> None:
    """Delete a thing. Of an upload that several have brought, the `owner`'s claim alone goes. UserError if it cannot be
    deleted."""
    if thing.kind == "training":
        jobs.get(thing.name, thing.path.parent).delete()
    elif thing.kind == "published":
        published.withdraw(thing.name)
    elif thing.kind == "upload" and (others := [each for each in thing.owners if each != owner]) and owner:
        owners.write(thing.path, *others)
    else:
        with locked(fits.root() if thing.kind == "map" else checkpoints.RUNS):
            try:
                gone = hide(thing.path)
            except FileNotFoundError:
                return
            except OSError as error:
                raise UserError(f"{thing.name} cannot be deleted: {error}") from None
        shutil.rmtree(gone, ignore_errors=True)


def size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:  # replaced a moment ago
                continue
    return total


def _size(folder: Path, changed: float, busy: bool) -> int:
    """The same; of a folder that is at rest counted once."""
    try:
        return size(folder) if busy else _size_at_rest(folder, changed, folder.stat().st_mtime_ns)
    except OSError:
        return 0


@functools.lru_cache(maxsize=4096)
def _size_at_rest(folder: Path, *version: float) -> int:
    return size(folder)


def _runs(trainings: Iterable[Job]) -> Iterable[Thing]:
    found = {job.path: job for job in trainings}
    for folder in _folders(checkpoints.RUNS):
        job = found.get(folder)
        whose = owners.read(folder) if job is None else (job.owner,)
        kind = "model" if job is None else "training"
        busy = job is not None and job.status in UNFINISHED
        changed = _changed(folder, STATE, "manifest.json")
        yield Thing(kind, folder.name, folder, whose, _size(folder, changed, busy), changed, busy)


def _uploads(trainings: Iterable[Job]) -> Iterable[Thing]:
    used = {
        path
        for job in trainings
        if job.status in UNFINISHED
        for item in config.options(type(job.config.dataset))
        if item.place
        for path in Path(str(getattr(job.config.dataset, item.name))).parents
    }
    for folder in _folders(uploads()):
        name = next((path.stem for path in folder.glob("[!.]*") if path.name != owners.FILE), folder.name)
        changed = _changed(folder, owners.FILE)
        yield Thing("upload", name, folder, owners.read(folder), _size(folder, changed, False), changed, folder in used)


def _maps() -> Iterable[Thing]:
    for folder, state in fits.states(fits.root()).items():
        busy = state.status in ("queued", "running")
        whose, changed = (fits.owner_of(folder),), _changed(folder, STATE)
        yield Thing("map", folder.name, folder, whose, _size(folder, changed, busy), changed, busy)


def _published() -> Iterable[Thing]:
    for folder in published.folders():
        changed = _changed(folder, owners.FILE)
        yield Thing("published", folder.name, folder, owners.read(folder), _size(folder, changed, False), changed, True)


def _folders(root: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:  # there is none yet
        return []


def _changed(folder: Path, *names: str) -> float:
    for path in (*(folder / name for name in names), folder):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return 0.0
