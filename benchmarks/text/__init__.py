"""What is measured of models of sentences, and how much of a sentence comes back."""

from collections import Counter

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.text.vocabulary import SPECIAL

FUNCTION_WORDS = frozenset(
    "a an the this that these those some any each every other another all both no not one two three four five six "
    "seven eight nine ten several many few he she it they him her them his hers its their who which what whose "
    "himself herself itself themselves something someone is are was were be been being am has have having had do does "
    "doing did can will would could and or but nor so as while if than then when where there here of in on at to from "
    "by with without for about into onto over under above below near next beside besides between behind across "
    "through during against along around up down out off away toward towards front top while very".split()
)


def content_words(spec: DataSpec) -> Tensor:
    """Which symbols are words with a meaning of their own: bool [V]."""
    return torch.tensor(
        [i >= len(SPECIAL) and word not in FUNCTION_WORDS and word[0].isalpha() for i, word in enumerate(spec.symbols)]
    )


def kept(x: Tensor, reconstructed: Tensor, spec: DataSpec) -> float:
    """The share of the content words of sentences x [N, T] that stand in the reconstructions, each as often."""
    content = content_words(spec)
    both = total = 0
    for own, again in zip(x, reconstructed, strict=True):
        words, others = (Counter(each[content[each]].tolist()) for each in (own, again))
        both, total = both + (words & others).total(), total + words.total()
    return both / max(1, total)
