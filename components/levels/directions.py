"""Directions in latent space that mean something: what makes levels have more of a factor."""

from dataclasses import dataclass

from torch import Tensor

from components.shared.app import models
from vae_core.checkpoints import Checkpoint
from vae_core.latent.geometry import concept_vector

NAMES = {
    "linearity": "Flatter",
    "leniency": "Easier",
    "density": "Denser",
    "gap columns": "More gaps",
    "enemies": "More enemies",
    "coins": "More coins",
    "pipes": "More pipes",
}
"""What more of a factor is called; of others, “More …”."""
PART = 0.2
"""The part of the stored examples at either end that a direction is made from."""


@dataclass(frozen=True)
class FactorDirection:
    """Towards more of a factor: `vector` [D] is as long as one standard deviation of the stored codes along it."""

    name: str
    vector: list[float]


def directions(checkpoint: Checkpoint) -> list[FactorDirection]:
    """One for each of the model's factors that its stored examples vary in, in the order of the factors."""
    return models.per_checkpoint(_directions, checkpoint)


def _directions(checkpoint: Checkpoint) -> list[FactorDirection]:
    latents = models.latents(checkpoint)
    if latents.factors is None:
        return []
    found = []
    mu = latents.posterior.mu.double()
    for name, values in zip(checkpoint.spec.factors, latents.factors.double().T, strict=True):
        groups = ends(values)
        if groups is None:
            continue
        vector = concept_vector(mu[groups[0]], mu[groups[1]])
        unit = vector / vector.norm().clamp(min=1e-9)
        vector = unit * (mu @ unit).std(correction=0)
        found.append(FactorDirection(NAMES.get(name, f"More {name}"), [round(x, 6) for x in vector.tolist()]))
    return found


def ends(values: Tensor) -> tuple[Tensor, Tensor] | None:
    """Which of values [N] belong to the top and to the bottom fifth: bool [N] twice; None if all are the same.

    Equal values stay together. Where most levels have none of something, those that have any are the top.
    """
    low, high = values.quantile(PART), values.quantile(1 - PART)
    bottom = values <= low
    top = values >= high if high > low else ~bottom
    if not top.any():  # the commonest value is the highest, too
        top, bottom = values >= high, values < high
    return (top, bottom) if top.any() and bottom.any() else None
