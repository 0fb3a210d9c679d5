"""Whose a model is, for lists of them."""

from collections.abc import Callable, Iterable
from pathlib import Path

from components.shared.people import visitors
from vae_core import checkpoints, owners
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.folder import EPOCHS
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.jobs.files import JOB, read_request


def grouping() -> Callable[[Checkpoint], str]:
    """What says below which heading the visitor finds a model (shared/app/picker.py)."""
    own = visitors.current().starts_for

    def group(checkpoint: Checkpoint) -> str:
        folder = checkpoint.path.parents[1] if checkpoint.path.parent.name == EPOCHS else checkpoint.path
        shipped = folder.parent == checkpoints.SHIPPED
        if shipped and not (folder / owners.FILE).exists():
            return "Shipped"
        if own in owners_of(folder):
            return "Yours"
        return "Published here" if shipped else "The class's"

    return group


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
