"""What one example of a training's data is called."""

from collections.abc import Iterable
from typing import Protocol

from components.shared.app import words
from vae_core.datasets import kind_name
from vae_core.kinds import KINDS
from vae_core.training import TrainConfig

ANY = "example"
"""What fits every kind of data."""


class Configured(Protocol):
    """A job or a run."""

    @property
    def config(self) -> TrainConfig: ...


def unit_of(run: Configured) -> str:
    """The unit of a run's numbers: what the kind of its dataset calls an example, and how that was prepared where
    numbers of others do not compare."""
    return words.prepared(run.config, KINDS[kind_name(run.config.dataset)].build.unit)


def unit_of_all(runs: Iterable[Configured]) -> str:
    """The unit that runs share, "example" if they have different ones."""
    found = {unit_of(run) for run in runs}
    return found.pop() if len(found) == 1 else ANY
