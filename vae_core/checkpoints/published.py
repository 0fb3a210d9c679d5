"""Models that were published: copies in the folder of the shipped ones, which know their owner and can be withdrawn."""

import os
import shutil
import time
from pathlib import Path

from vae_core import checkpoints, limits, owners
from vae_core.checkpoints import Checkpoint, archive
from vae_core.errors import UserError

WITHDRAWN = ".withdrawn."


def publish(checkpoint: Checkpoint, name: str, *, owner: str | None = None) -> Checkpoint:
    """Copy a checkpoint to the shipped ones, for everyone who uses this app. UserError for a name that is not allowed
    or is taken, for too many of an `owner`, and if it cannot be written."""
    limit = limits.PUBLISHED_EACH.value
    if owner is not None and sum(owner in owners.read(folder) for folder in folders()) >= limit:
        raise UserError(
            f"You have published {limit} models, which is the limit for everyone in the class: withdraw one."
        )
    return archive.copy(checkpoint, checkpoints.SHIPPED, name, owner=owner)


def folders() -> list[Path]:
    """Where the published models lie; a shipped one has no owner."""
    root = checkpoints.SHIPPED
    return sorted(path.parent for path in root.glob(f"*/{owners.FILE}") if not path.parent.name.startswith("."))


def withdraw(name: str) -> Path:
    """Take a published model back; returns what `restore` needs. UserError if there is none, or it cannot be moved."""
    folder = checkpoints.SHIPPED / name
    if folder not in folders():
        raise UserError(f"There is no published model {name!r} (any more).")
    gone = folder.parent / f".{name}{WITHDRAWN}{time.time_ns()}"
    try:
        return folder.rename(gone)
    except OSError as error:
        raise UserError(f"{name} cannot be withdrawn: {error}") from None


def restore(gone: Path) -> str:
    """Publish again what was withdrawn; returns its name. UserError if it is gone for good, or its name is taken."""
    name = gone.name[1:].rpartition(WITHDRAWN)[0]
    if os.path.lexists(gone.parent / name):
        raise UserError(f"There is another {name} by now.")
    try:
        gone.rename(gone.parent / name)
    except OSError as error:
        raise UserError(f"{name} cannot be published again: {error}") from None
    return name


def forget(gone: Path) -> None:
    """Delete what was withdrawn."""
    shutil.rmtree(gone, ignore_errors=True)
