"""Which models can be shown the same examples, and which are measured on the same ones."""

from collections.abc import Sequence

import torch

from components.shared.app import models, words
from vae_core import config as configs
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.datasets import protocol

STILL = "Its samples, its dimensions and its plane can be compared."


def same_examples(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two models are measured on the same held-out examples, which both store in the same order."""
    first, second = one.train_config.dataset, other.train_config.dataset
    if one.spec != other.spec or type(first) is not type(second) or protocol(first) != protocol(second):
        return False
    places = [item.name for item in configs.options(type(first)) if item.place]
    if any(getattr(first, name) != getattr(second, name) for name in places):
        return False
    a, b = models.latents(one), models.latents(other)
    alike = (a.factors is None) == (b.factors is None) and torch.equal(a.y, b.y)
    return alike and (a.factors is None or b.factors is None or torch.equal(a.factors, b.factors))


def unread(source: Checkpoint, other: Checkpoint) -> str | None:
    """Why a model cannot be given the examples of another one, in a sentence; None if it can."""
    theirs, own = _described(source.spec), _described(other.spec)
    if theirs != own:
        return f"It reads {own}, not {theirs}, so it cannot be given the same examples. {STILL}"
    if source.spec.symbols != other.spec.symbols or source.spec.columns != other.spec.columns:
        return (
            f"Its {words.units(other.spec)} are made of other parts, so it cannot be given the same examples. {STILL}"
        )
    if other.train_config.conditional and source.spec.classes != other.spec.classes:
        return f"It is given a class that these examples do not have. {STILL}"
    return None


def _described(spec: DataSpec) -> str:
    """As "images of 1 × 28 × 28"."""
    return f"{words.units(spec)} of {' × '.join(map(str, spec.shape))}"


def groups(found: Sequence[Checkpoint]) -> list[int]:
    """For each model the number of those it is measured with: equal for those on the same examples."""
    first: list[Checkpoint] = []
    numbers = []
    for checkpoint in found:
        number = next((i for i, other in enumerate(first) if same_examples(other, checkpoint)), len(first))
        if number == len(first):
            first.append(checkpoint)
        numbers.append(number)
    return numbers
