"""What can be told of a sentence by its words: how long it is, how many people it speaks of, whether they move.

The word lists are English; a group that too few sentences fall into is of no use, and no page offers it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds import Fact
from vae_core.kinds.text.vocabulary import END, PADDING


@dataclass(frozen=True)
class Facet:
    """Two groups of sentences, told apart by words: `more` counts 1, `less` −1. Where both occur it is 0, unless `more`
    `decides`."""

    name: str
    titles: tuple[str, str]
    more: frozenset[str]
    less: frozenset[str]
    decides: bool = False


FACETS = (
    Facet(
        "number of people",
        ("several people", "one person"),
        frozenset(
            "people men women children boys girls kids guys ladies group crowd couple team family friends players "
            "workers students others two three four five six several many".split()
        ),
        frozenset(
            "man woman boy girl person child kid guy lady baby toddler player worker student musician skateboarder "
            "cyclist dancer climber surfer".split()
        ),
        decides=True,
    ),
    Facet(
        "movement",
        ("moving", "still"),
        frozenset(
            "running runs walking walks riding rides jumping jumps climbing climbs dancing swimming skateboarding "
            "surfing skiing snowboarding racing chasing throwing kicking leaping leaps flying biking jogging sliding "
            "swinging hiking".split()
        ),
        frozenset(
            "standing stands sitting sits sleeping sleeps lying laying posing poses waiting resting leaning reading "
            "watching seated".split()
        ),
    ),
)


def facts(x: Tensor, spec: DataSpec) -> tuple[Fact, ...]:
    """Of sentences x int64 [N, T]: their length in symbols, and the facets above."""
    length = ((x != PADDING) & (x != END)).sum(1).float()
    median = length.median() if len(length) else torch.tensor(0.0)
    found = [Fact("length", length, (("long sentences", length > median), ("short sentences", length <= median)))]
    for facet in FACETS:
        more, less = (_any(x, spec, words) for words in (facet.more, facet.less))
        if facet.decides:
            less = less & ~more
        values = more.float() - less.float()
        high, low = facet.titles
        found.append(Fact(facet.name, values, ((high, values > 0), (low, values < 0))))
    return tuple(found)


def bags_of_words(x: Tensor, spec: DataSpec) -> Tensor:
    """Sentences x int64 [N, T] -> how often each symbol stands in each, of length 1: [N, V]."""
    counts = torch.zeros(len(x), len(spec.symbols)).scatter_add_(1, x, torch.ones(x.shape))
    counts[:, [PADDING, END]] = 0
    return torch.nn.functional.normalize(counts, dim=1)


def _any(x: Tensor, spec: DataSpec, words: frozenset[str]) -> Tensor:
    ids = torch.tensor([i for i, symbol in enumerate(spec.symbols) if symbol in words], dtype=x.dtype)
    return torch.isin(x, ids).any(1)
