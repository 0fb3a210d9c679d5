"""What one example of a training's data is called: its config does not say it, its first checkpoint does."""

from collections.abc import Iterable
from pathlib import Path

from components.shared.app import words
from vae_core.errors import UserError
from vae_core.jobs import Job

ANY = "example"
"""What fits every kind of data."""

_known: dict[tuple[Path, float], str] = {}


def unit_of(job: Job) -> str:
    """The unit of a job's numbers: "example" before its first checkpoint."""
    key = job.path, job.created
    if key not in _known:
        try:
            checkpoint = job.checkpoint()
        except UserError:  # a damaged one: its page says so
            return ANY
        if checkpoint is None:
            return ANY
        _known[key] = words.unit(checkpoint.spec)
    return _known[key]


def unit_of_all(jobs: Iterable[Job]) -> str:
    """The unit that jobs share, "example" if they have different ones."""
    found = {unit_of(job) for job in jobs}
    return found.pop() if len(found) == 1 else ANY
