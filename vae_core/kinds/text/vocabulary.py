"""Words and characters: from a sentence to the symbols of a spec, and back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from vae_core.errors import UserError

PADDING, END, UNKNOWN, MASK = range(4)
SPECIAL = ("‹padding›", "‹end›", "‹unknown›", "‹mask›")
ROLES = ("padding", "end", "unknown", "mask")
MAX_WORD = 40
"""Characters of the longest word; more is no word but a file without spaces."""

_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_OPENING, _CLOSING = "([{“‘¿¡", ")]}”’.,;:!?…%"


def tokens(sentence: str, characters: bool = False) -> list[str]:
    """The symbols of a sentence: lower-cased words and punctuation marks, or single characters, spaces included.

    Composed to NFC, so that an accent typed as a character of its own makes no other word; control characters and
    the invisible ones that steer the direction of writing are left out.
    """
    plain = unicodedata.normalize("NFC", sentence).lower()
    plain = "".join(
        " " if c.isspace() else c for c in plain if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf")
    )
    if characters:
        return list(" ".join(plain.split()))
    return [word[:MAX_WORD] for word in _TOKEN.findall(plain)]


def joined(words: Sequence[str], characters: bool = False) -> str:
    """The sentence that symbols spell: punctuation stands where a writer puts it."""
    if characters:
        return "".join(words)
    text = ""
    for word in words:
        glued = word[0] in _CLOSING or (text and text[-1] in _OPENING)
        text += word if not text or glued else f" {word}"
    return text


def vocabulary(sentences: Iterable[Sequence[str]], min_count: int, most: int) -> tuple[str, ...]:
    """The special symbols, then those that occur `min_count` times, the most frequent first; at most `most` in all."""
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word))
    return SPECIAL + tuple(kept[: most - len(SPECIAL)])


def encoded(sentences: Sequence[Sequence[str]], symbols: Sequence[str], length: int) -> Tensor:
    """Sentences as ids, int16 [N, length]: each closed by the end symbol and filled up with padding.

    UserError for a sentence that does not fit into `length − 1` symbols.
    """
    ids = {symbol: i for i, symbol in enumerate(symbols)}
    found = torch.full((len(sentences), length), PADDING, dtype=torch.int16)
    for row, sentence in zip(found, sentences, strict=True):
        if len(sentence) >= length:
            raise UserError(f"This sentence has {len(sentence)} symbols; this model reads at most {length - 1}.")
        row[: len(sentence) + 1] = torch.tensor([*(ids.get(word, UNKNOWN) for word in sentence), END])
    return found


def spelled(ids: Iterable[int], symbols: Sequence[str], characters: bool) -> str:
    """The sentence up to its end; an unknown word shows as "‹?›", a hidden one as "▢"."""
    words = []
    for id in ids:
        if id in (END, PADDING):
            break
        words.append({UNKNOWN: "‹?›", MASK: "▢"}.get(id) or symbols[id])
    return joined(words, characters)
