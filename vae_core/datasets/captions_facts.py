"""Captions with the facts that they state, read off them by lists of words."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, captions
from vae_core.kinds import kind_of
from vae_core.kinds.text.vocabulary import tokens


@dataclass(frozen=True)
class Fact:
    """A cell of the table, a value of its `group`: a sentence states it if it has one of the `words`. An `opening` fact
    is only looked for at the first word, and only where the sentence states no other of its group."""

    group: str
    name: str
    words: tuple[str, ...]
    opening: bool = False


def _facts(group: str, **words: str) -> list[Fact]:
    return [Fact(group, name, (name, *other.split())) for name, other in words.items()]


FACTS = (
    Fact("how many", "one", ("a", "an", "one"), opening=True),
    *_facts("how many", two="couple pair", three="", several="group many crowd four five six"),
    *_facts(
        "who",
        man="men guy guys gentleman male males",
        woman="women lady ladies female females",
        boy="boys",
        girl="girls",
        child="children kid kids baby toddler",
        dog="dogs puppy",
        people="person persons",
    ),
    *_facts("colour", red="", blue="", white="", black="", green="", yellow="", brown="tan", orange="", pink=""),
    *_facts(
        "where",
        street="sidewalk road city",
        water="beach ocean lake pool river sea",
        grass="field park yard grassy",
        snow="snowy ice",
        room="kitchen store restaurant bed couch indoors",
        mountain="mountains hill cliff rock rocks rocky",
    ),
    *_facts(
        "doing what",
        walking="walks walk",
        running="runs run",
        sitting="sits sit seated",
        standing="stands stand",
        playing="plays play",
        riding="rides ride",
        jumping="jumps jump leaps leaping",
        talking="talks talk speaking",
        looking="looks look watching watch watches",
    ),
)
MAIN = "who"
"""The group of the fact that labels a caption, where several do not fit."""


def stated(words: Sequence[str]) -> list[bool]:
    """Which of the FACTS a sentence of these words states."""
    found = [not fact.opening and not set(words).isdisjoint(fact.words) for fact in FACTS]
    groups = {fact.group for fact, states in zip(FACTS, found, strict=True) if states}
    return [
        states or (fact.opening and words[:1] != [] and words[0] in fact.words and fact.group not in groups)
        for fact, states in zip(FACTS, found, strict=True)
    ]


def facts_of(lines: Sequence[str]) -> Tensor:
    """Which of the FACTS each line of text states, float [N, K]."""
    return torch.tensor([stated(tokens(line)) for line in lines], dtype=torch.float32)


@dataclass(frozen=True)
class Config(captions.Config):
    title: ClassVar[str] = "Captions from facts"


@DATASETS.register("captions_facts", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """The captions with what each states: how many, who, in which colour, where, and doing what.

    The files are those of `captions`. A conditional model gets all facts of a caption at once; captions that state
    none are left out.
    """
    data = captions.load(config, data_dir)
    classes, groups = tuple(fact.name for fact in FACTS), tuple(fact.group for fact in FACTS)
    spec = dataclasses.replace(data.spec, name="captions_facts", classes=classes, groups=groups)
    return Data(spec, _with_facts(data, data.train), _with_facts(data, data.test))


def _with_facts(data: Data, split: Split) -> Split:
    kind = kind_of(data.spec)
    weights = facts_of(kind.lines(kind.feed(split.x), data.spec))
    rows = weights.any(1)
    first = weights + torch.tensor([float(fact.group == MAIN) for fact in FACTS]) * weights  # argmax takes these first
    return Split(split.x[rows], first[rows].argmax(1), None, weights[rows])


load.facts = FACTS
