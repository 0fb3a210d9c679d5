"""Whose a model is, for lists of them."""

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from components.shared.people import visitors
from vae_core import checkpoints, owners
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.folder import EPOCHS
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.jobs.files import JOB, read_request


def grouping(own: str | None) -> Callable[[Checkpoint], str]:
    """What says below which heading the owner `own` finds a model (shared/app/picker/picker.py)."""

    def group(checkpoint: Checkpoint) -> str:
        try:
            stat = os.stat(checkpoint.path)
        except OSError:  # deleted a moment ago
            return "The class's"
        place, whose = _place(checkpoint.path, stat.st_ino, stat.st_ctime_ns)
        return "Yours" if place != "Shipped" and own in whose else place

    return group


@functools.lru_cache(maxsize=4096)  # the picker asks for every model at every rerun
def _place(path: Path, *version: int) -> tuple[str, tuple[str | None, ...]]:
    """Where others than its owners find a model, and its owners."""
    folder = path.parents[1] if path.parent.name == EPOCHS else path
    if folder.parent not in (checkpoints.SHIPPED, checkpoints.SERIES):
        return "The class's", owners_of(folder)
    return ("Published here", owners_of(folder)) if (folder / owners.FILE).exists() else ("Shipped", ())


def own_first(found: Iterable[Job]) -> list[Job]:
    """Trainings in their order, the visitor's own before those of others."""
    own = visitors.current().starts_for
    return sorted(found, key=lambda job: job.owner != own)


def owners_of(folder: Path) -> tuple[str | None, ...]:
    """Who trained, brought or published what is in a folder."""
    if (folder / JOB).exists():
        try:
            return (read_request(folder).owner,)
        except UserError:
            return (None,)
    return owners.read(folder)
