"""What one person, and a class together, may use: settings of the environment with their defaults.

They bind trainings, maps and models that have an owner (`owners`); the shell and the teacher have no limits.
"""

import os
from dataclasses import dataclass

from vae_core.errors import UserError
from vae_core.reading import shown, whole_in


def whole(variable: str, default: int) -> int:
    """A whole number from 1 from the environment, else the default; UserError for anything else."""
    value = os.environ.get(variable) or str(default)
    if (found := whole_in(value, 1)) is None:
        raise UserError(f"${variable} cannot be {shown(value)!r}; allowed: a whole number from 1.")
    return found


@dataclass(frozen=True)
class Limit:
    """A limit that `$variable` changes."""

    variable: str
    default: int
    meaning: str

    @property
    def value(self) -> int:
        return whole(self.variable, self.default)


TRAININGS_EACH = Limit("LATENT_TRAININGS_EACH", 4, "trainings of one person that wait, run or are paused")
TRAININGS_IN_ALL = Limit("LATENT_TRAININGS_IN_ALL", 60, "trainings of the class that wait, run or are paused")
MINUTES = Limit("LATENT_TRAINING_MINUTES", 60, "minutes that a training may run before it makes room for the next")
MAPS_EACH = Limit("LATENT_MAPS_EACH", 3, "maps of one person that wait or are being fitted")
KEPT_EACH = Limit("LATENT_KEPT_EACH", 60, "trainings, models, uploads and maps of one person that are kept")
KEPT_IN_ALL = Limit("LATENT_KEPT_IN_ALL", 1000, "trainings, models, uploads and maps of the class that are kept")
MB_EACH = Limit("LATENT_MB_EACH", 1000, "megabytes that one person's things take on the disk")
MB_IN_ALL = Limit("LATENT_MB_IN_ALL", 20_000, "megabytes that the things of the class take on the disk")
PUBLISHED_EACH = Limit("LATENT_PUBLISHED_EACH", 5, "models that one person has published")

LIMITS = (
    TRAININGS_EACH,
    TRAININGS_IN_ALL,
    MINUTES,
    MAPS_EACH,
    KEPT_EACH,
    KEPT_IN_ALL,
    MB_EACH,
    MB_IN_ALL,
    PUBLISHED_EACH,
)


def check() -> None:
    """UserError for a setting that is no limit, when a program starts and not when somebody meets it."""
    for each in LIMITS:
        whole(each.variable, each.default)
