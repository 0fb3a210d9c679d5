"""What a concept vector can be made of: the classes of a model's stored examples, its ground-truth factors above and
below their median, and the groups that the user named."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from components.shared.app import groups, models, pixels
from components.shared.app.groups import Group
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds import kind_of
from vae_core.latent.concepts import FEW
from vae_core.latent.reconstruction import stored_examples

MOSTLY = 0.6
"""A group with at least this share of one class is about that class."""
DECODED = 1000
"""Stored examples that are decoded where their pictures are needed."""
SIDE = 16
"""Pixels of a picture's side, at most, where pictures are compared."""


@dataclass(frozen=True)
class Source:
    """A group to choose: a short `id` for links, a `heading` it is listed under, and which of `classes` or `factors`
    (numbers) it is about."""

    id: str
    heading: str
    group: Group
    classes: tuple[int, ...] = ()
    factors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Factors:
    """Facts about the first stored examples beside their class: `values` [n, F], and the groups of each that the kind
    of data tells apart."""

    names: tuple[str, ...]
    values: Tensor
    groups: tuple[tuple[tuple[str, Tensor], tuple[str, Tensor]], ...] = ()


def factors(checkpoint: Checkpoint) -> Factors:
    """The ground-truth factors that are not the class; without any, what the kind tells of the decoded examples, or the
    brightness of their pictures."""
    return models.per_checkpoint(_factors, checkpoint)


def _factors(checkpoint: Checkpoint) -> Factors:
    latents = models.latents(checkpoint)
    if latents.factors is None:
        if facts := kind_of(checkpoint.spec).facts(_decoded(checkpoint), checkpoint.spec):
            values = torch.stack([fact.values.float() for fact in facts], 1)
            return Factors(tuple(fact.name for fact in facts), values, tuple(fact.groups for fact in facts))
        return Factors(("brightness",), pictures(checkpoint).mean(1, keepdim=True))
    kept = [i for i, column in enumerate(latents.factors.T) if not torch.equal(column, latents.y.to(column.dtype))]
    return Factors(tuple(checkpoint.spec.factors[i] for i in kept), latents.factors[:, kept])


def pictures(checkpoint: Checkpoint) -> Tensor:
    """The first stored examples as the decoder draws them, reduced for comparing: [n, R]."""
    return models.per_checkpoint(_pictures, checkpoint)


def _pictures(checkpoint: Checkpoint) -> Tensor:
    return reduced(_decoded(checkpoint), checkpoint.spec)


def _decoded(checkpoint: Checkpoint) -> Tensor:
    return stored_examples(models.loaded(checkpoint), models.latents(checkpoint), DECODED)


def reduced(shown: Tensor, spec: DataSpec) -> Tensor:
    """What a model shows [N, *shape], as its kind compares it, or as pictures that are compared cheaply: [N, R]."""
    if (features := kind_of(spec).features(shown, spec)) is not None:
        return features
    found = torch.from_numpy(pixels.pictures(shown, spec)).permute(0, 3, 1, 2) / 255  # [N, 3, H, W]
    size = [min(side, SIDE) for side in found.shape[-2:]]
    return torch.nn.functional.adaptive_avg_pool2d(found, size).flatten(1)


def sources(checkpoint: Checkpoint) -> dict[str, Source]:
    """The groups to choose from, by id."""
    named = [
        Source(f"g{group.name}", "Groups you named", group, classes=_mostly(checkpoint, group))
        for group in groups.listed(checkpoint)
    ]
    found = {source.id: source for source in named}
    return found | dict(stored(checkpoint))


def stored(checkpoint: Checkpoint) -> Mapping[str, Source]:
    """The groups that come with a model, by id: the same for everybody."""
    return models.per_checkpoint(_stored, checkpoint)


def _mostly(checkpoint: Checkpoint, group: Group) -> tuple[int, ...]:
    """The class that most of a group's examples have, if there is one."""
    labels = models.latents(checkpoint).y[list(group.examples)]
    if not checkpoint.spec.classes or not len(labels):
        return ()
    label = int(labels.mode().values)
    return (label,) if (labels == label).double().mean() >= MOSTLY else ()


def _stored(checkpoint: Checkpoint) -> Mapping[str, Source]:
    y, found = models.latents(checkpoint).y, factors(checkpoint)
    listed = []
    for label, name in enumerate(checkpoint.spec.classes):
        listed.append(Source(f"c{label}", "Classes", _group(f"{name}", y == label), classes=(label,)))
    for i, pair in enumerate(found.groups):
        for end, (title, chosen) in zip("hl", pair, strict=True):
            if int(chosen.sum()) >= FEW:
                listed.append(Source(f"f{i}{end}", found.names[i].capitalize(), _group(title, chosen), factors=(i,)))
    heading = "Factors" if checkpoint.spec.factors else "Brightness"
    for i, name in enumerate(() if found.groups else found.names):
        values = found.values[:, i]
        above = values > values.median()
        listed.append(Source(f"f{i}h", heading, _group(f"{name}: above the median", above), factors=(i,)))
        listed.append(Source(f"f{i}l", heading, _group(f"{name}: at or below the median", ~above), factors=(i,)))
    return {source.id: source for source in listed if len(source.group)}


def _group(name: str, chosen: Tensor) -> Group:
    return Group(name, tuple(chosen.nonzero().flatten().tolist()))


def first_choice(checkpoint: Checkpoint) -> tuple[str, str]:
    """The ids of two groups to begin with: above and below the median of the factor that a dimension follows most
    closely; without factors, two classes; for a conditional model, brighter and darker pictures."""
    classes = [id for id, source in stored(checkpoint).items() if source.classes]
    if checkpoint.spec.factors:
        known, mu = factors(checkpoint).values, models.latents(checkpoint).posterior.mu
        correlation = torch.corrcoef(torch.cat([known, mu[: len(known)]], dim=1).T)[: known.shape[1], known.shape[1] :]
        best = int(correlation.nan_to_num().abs().amax(1).argmax())
        return f"f{best}h", f"f{best}l"
    if len(classes) < 2 or checkpoint.train_config.conditional:
        return _fact_pair(checkpoint)
    away = (len(classes) - 1) // 3
    return classes[max(away + 1, len(classes) - 2)], classes[away]


def _fact_pair(checkpoint: Checkpoint) -> tuple[str, str]:
    """The first fact beside the length of which both groups are there, else the first fact."""
    pairs = [(f"f{i}h", f"f{i}l") for i in range(len(factors(checkpoint).names))]
    whole = [pair for pair in pairs if stored(checkpoint).keys() >= set(pair)]
    return next(iter(whole[1:] or whole or pairs))
