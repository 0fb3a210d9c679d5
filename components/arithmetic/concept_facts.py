"""A concept vector of two groups, described: is it reliable, and what else does it move?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from components.arithmetic.concept_groups import DECODED, Source, factors, pictures, reduced
from components.shared.app import models, words
from components.shared.app.groups import Group
from components.shared.app.once import once
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.latent.concept_files import MAX_TEXT, Concept
from vae_core.latent.concepts import FEW, SPLITS, Effects, Reliability, effects, reliability
from vae_core.latent.geometry import concept_vector
from vae_core.latent.typicality import Typicality

MOVED = 200
"""Pictures that a concept is tried on."""
SMALL_SHARE, SMALL_SHIFT = 0.05, 0.25
"""Below this share of the pictures, and this many standard deviations of a factor, a concept moves little."""
ROWS = 6
GUESSING = 1
"""Percentile of typicality below which a picture is a guess, as on the page."""


@dataclass(frozen=True)
class Facts:
    """What adding a vector once does to `n` stored pictures; `guessed` is the share that becomes a guess."""

    effects: Effects
    n: int
    guessed: float


def from_groups(checkpoint: Checkpoint, towards: Source, away: Source) -> Concept:
    """The mean difference of two groups; UserError if they are the same or too small to be judged."""
    if towards.id == away.id:
        raise UserError("Those are the same group: choose two different ones.")
    return _concept(checkpoint.path, checkpoint.digest, towards.group, away.group)


# Groups and vectors are tuples of numbers, so results are cached across reruns and sessions.
@once
def _concept(path: Path, digest: str, towards: Group, away: Group) -> Concept:
    checkpoint = checkpoints.load(path)
    positive, negative = towards.mu(checkpoint), away.mu(checkpoint)
    found, vector = reliability(positive, negative), concept_vector(positive, negative)
    if vector.norm() < 1e-6:
        raise UserError(
            "Those two groups have the same mean, so no direction leads from one to the other: choose others."
        )
    name = f"{towards.name} rather than {away.name}"[:MAX_TEXT]
    return Concept(name, checkpoint.name, vector, towards.name, away.name, found)


def facts(checkpoint: Checkpoint, vector: Tensor, away: Source | None) -> Facts:
    """Add a vector to stored pictures of `away`, or to any, and measure what they become."""
    examples = away.group.examples if away and len(away.group.examples) >= FEW else None
    return _facts(checkpoint.path, checkpoint.digest, tuple(vector.tolist()), examples)


@once
def _facts(path: Path, digest: str, vector: tuple[float, ...], examples: tuple[int, ...] | None) -> Facts:
    checkpoint = checkpoints.load(path)
    latents, known = models.latents(checkpoint), factors(checkpoint)
    rows = torch.arange(len(latents.y)) if examples is None else torch.tensor(examples)
    # At most half of the group: the pictures are compared with the other half.
    n_moved = min(MOVED, max(1, len(rows) // 2))
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:n_moved]]
    before, y = latents.posterior.mu[rows], latents.y
    after = before + torch.tensor(vector)
    conditional = checkpoint.train_config.conditional
    others = torch.arange(min(len(y), DECODED) if conditional else len(y))
    others = others[~torch.isin(others, rows)]
    compared = latents.posterior.mu
    guessed = models.per_checkpoint(_typicality, checkpoint).percentile(after) < GUESSING
    if conditional:  # the code does not contain the class, so pictures are compared instead
        model, compared = models.loaded(checkpoint), pictures(checkpoint)
        with torch.inference_mode():
            before, after = (reduced(model.decode(z, y[rows]), checkpoint.spec) for z in (before, after))
    n_classes = len(checkpoint.spec.classes)
    values = known.values[others[others < len(known.values)]]
    found = effects(before, after, compared[others], y[others], n_classes, values)
    return Facts(found, len(rows), guessed.double().mean().item())


def _typicality(checkpoint: Checkpoint) -> Typicality:
    return models.latents(checkpoint).typicality(checkpoint.spec)


def describe_reliability(found: Reliability, units: str) -> dict[str, Any]:
    """The verdict on a concept in plain words; `units` are what its groups hold."""
    few = min(found.counts) < FEW
    verdict = {
        "reliable": "This direction tells the two groups apart.",
        "weak": f"Too few {units} to be sure." if few else "This direction tells the two groups apart only in part.",
        "none": "This direction does not tell the two groups apart.",
    }[found.level]
    numbers = [
        f"Of pairs of {units} that it was not made from, one of each group, it puts {100 * found.auc:.0f} in 100 in "
        f"the right order: AUC {found.auc:.2f}, {found.low:.2f} to {found.high:.2f} over {SPLITS} splits.",
        f"Random directions of the same length: AUC {found.random:.2f}, 19 of 20 below {found.random_high:.2f}.",
    ]
    level = {"reliable": "seen", "weak": "unusual", "none": "guessing"}[found.level]
    return {"level": level, "sentence": verdict, "numbers": numbers, "auc": found.auc, "random": found.random_high}


def describe_effects(
    checkpoint: Checkpoint, found: Facts, towards: Source | None, away: Source | None
) -> dict[str, Any]:
    """What a concept does to pictures: a sentence, its side effects in words, and rows of a small chart."""
    chosen = [source for source in (towards, away) if source]
    meant = {label for source in chosen for label in source.classes}
    meant_factors = {i for source in chosen for i in source.factors}
    before, after = found.effects.classes_before.tolist(), found.effects.classes_after.tolist()
    classes, names = checkpoint.spec.classes, factors(checkpoint).names
    shifts = list(zip(names, found.effects.factors.tolist(), strict=True))
    meant_moves = [
        f"{100 * after[i]:.0f}% then look like {classes[i]}, {100 * before[i]:.0f}% before"
        for i in (towards.classes if towards else ())
    ] + [
        f"{name} moves by {words.number(shift, '+.1f')} σ"
        for i, (name, shift) in enumerate(shifts)
        if i in meant_factors
    ]
    moves = sorted(((after[i] - before[i], name) for i, name in enumerate(classes) if i not in meant), reverse=True)
    side = [f"{100 * share:.0f}% more look like {name}" for share, name in moves if share >= SMALL_SHARE]
    side += [
        f"{name} {words.number(shift, '+.1f')} σ"
        for i, (name, shift) in enumerate(shifts)
        if i not in meant_factors and abs(shift) >= SMALL_SHIFT
    ]
    if found.guessed >= SMALL_SHARE:
        side.append(f"{100 * found.guessed:.0f}% become guesses")
    units = words.units(checkpoint.spec)
    whose = f"{units} of “{away.group.name}”" if away else f"stored {units}"
    sentence = f"Added once to {found.n} {whose}{': ' if meant_moves else ''}{'; '.join(meant_moves)}."
    side_effects = f"Side effects: {', '.join(side) if side else 'few'}."
    order = sorted(range(len(classes)), key=lambda i: (i not in meant, -max(before[i], after[i])))
    shown = [i for i in order if i in meant or max(before[i], after[i]) >= SMALL_SHARE][:ROWS]
    return {
        "sentence": sentence,
        "side_effects": side_effects,
        "classes": [
            {"name": classes[i], "label": i, "before": before[i], "after": after[i], "meant": i in meant} for i in shown
        ],
        "factors": [
            {"name": name, "shift": found.effects.factors[i].item(), "meant": i in meant_factors}
            for i, name in enumerate(names)
        ],
    }
