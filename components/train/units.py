"""What one example of a training's data is called."""

from collections.abc import Iterable

from vae_core.datasets import kind_name
from vae_core.jobs import Job
from vae_core.kinds import KINDS

ANY = "example"
"""What fits every kind of data."""


def unit_of(job: Job) -> str:
    """The unit of a job's numbers: what the kind of its dataset calls an example."""
    return KINDS[kind_name(job.config.dataset)].build.unit


def unit_of_all(jobs: Iterable[Job]) -> str:
    """The unit that jobs share, "example" if they have different ones."""
    found = {unit_of(job) for job in jobs}
    return found.pop() if len(found) == 1 else ANY
