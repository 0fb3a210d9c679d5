"""Named groups of examples, kept for a session: a lasso's, a class's, the user's own.

A group belongs to a checkpoint: it holds numbers of its stored held-out examples (rows of `latents.safetensors`) and
latent vectors of what the user brought.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from components.shared.app import models, words
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError

KEY = "named groups"
MAX_NAME, MAX_GROUPS, MAX_POINTS = 40, 50, 500


@dataclass(frozen=True)
class Group:
    """`examples`: sorted numbers of stored held-out examples. `points`: latent vectors [D] of the user's own."""

    name: str
    examples: tuple[int, ...]
    points: tuple[tuple[float, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.examples) + len(self.points)

    def mu(self, checkpoint: Checkpoint) -> Tensor:
        """The latent vectors of all its members: [len(self), D]."""
        stored = models.latents(checkpoint).posterior.mu
        own = torch.tensor(self.points, dtype=stored.dtype).reshape(-1, stored.shape[1])
        return torch.cat([stored[list(self.examples)], own])


def clean(name: str) -> str:
    """A user's name for a group, safe to show anywhere: one line, no Markdown, at most 40 characters. UserError if
    nothing is left."""
    kept = re.sub(r"[^\w .,'+&!?=/()-]", " ", name)
    kept = " ".join(kept.split())[:MAX_NAME].strip()
    if not re.search(r"\w", kept):
        raise UserError("A group needs a name with a letter or a digit in it.")
    return kept


def listed(checkpoint: Checkpoint) -> list[Group]:
    """The groups of this model, in the order in which they were named."""
    return list(_groups(checkpoint).values())


def read(checkpoint: Checkpoint, name: str) -> Group | None:
    return _groups(checkpoint).get(name)


def add(checkpoint: Checkpoint, name: str, examples: Iterable[int], points: Iterable[Sequence[float]] = ()) -> Group:
    """Name a group. UserError, and nothing changes, if the name is taken or empty or the group misfits the model."""
    name, groups = clean(name), _groups(checkpoint)
    if name in groups:
        raise UserError(f"There is already a group “{name}”: choose another name, or delete that one first.")
    if len(groups) >= MAX_GROUPS:
        raise UserError(f"There are already {MAX_GROUPS} groups: delete one first.")
    group = Group(
        name,
        tuple(sorted({int(index) for index in examples})),
        tuple(tuple(float(value) for value in point) for point in points),
    )
    n, dim = models.n_examples(checkpoint), checkpoint.train_config.latent_dim
    if not len(group):
        raise UserError(f"That group is empty: choose at least one {words.unit(checkpoint.spec)}.")
    if group.examples and not 0 <= group.examples[0] <= group.examples[-1] < n:
        raise UserError(f"{checkpoint.name} has {n} stored examples; the group contains others.")
    if len(group.points) > MAX_POINTS:
        raise UserError(f"A group holds at most {MAX_POINTS} {words.units(checkpoint.spec)} of your own.")
    if any(len(point) != dim or not all(map(math.isfinite, point)) for point in group.points):
        raise UserError(f"{checkpoint.name} has {dim} latent dimensions; the group's points have another number.")
    groups[name] = group
    return group


def rename(checkpoint: Checkpoint, old: str, new: str) -> None:
    """UserError, and nothing changes, if the new name is taken or empty."""
    new, groups = clean(new), _groups(checkpoint)
    if new == old or old not in groups:
        return
    if new in groups:
        raise UserError(f"There is already a group “{new}”: choose another name.")
    kept = [Group(new, group.examples, group.points) if group.name == old else group for group in groups.values()]
    groups.clear()
    groups.update({group.name: group for group in kept})


def delete(checkpoint: Checkpoint, name: str) -> None:
    _groups(checkpoint).pop(name, None)


def _groups(checkpoint: Checkpoint) -> dict[str, Group]:
    # By weights, not only by name: a model that was trained on encodes the user's own pictures differently.
    return st.session_state.setdefault(KEY, {}).setdefault((checkpoint.name, checkpoint.digest), {})
