"""The user's own sentences: a text file, a line each, or a column of a CSV file."""

import csv
import io
import logging
import math
import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets import DATASETS, PATH_HELP
from vae_core.datasets._sources.sentences import LENGTH_HELP, build
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import tokens

log = logging.getLogger(__name__)

MAX_BYTES, MAX_LINES, LEAST = 200_000_000, 1_000_000, 20
AUTO_LENGTHS = {False: 64, True: 128}
"""The longest sentences that are taken without being asked for, in words and in characters, end included."""
FITTING = 0.95
"""The share of examples that a length found by itself lets in, where it may."""
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])")
_PARAGRAPH = re.compile(r"\n\s*\n")
_UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""Scripts that put no spaces between words, as the names of their letters begin."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Own sentences"
    kind: ClassVar[str] = "text"

    path: str = option("", PATH_HELP, place=True)
    column: str = option("", "Column of a CSV file that holds the sentences; empty: the file is plain text.")
    examples: str = option(
        "auto",
        "What an example is; auto: a line, or a sentence where most lines are long.",
        choices=("auto", "lines", "sentences"),
    )
    symbols: str = option(
        "auto",
        "What a sentence consists of; auto: words, or characters where nothing stands between words, or few recur.",
        choices=("auto", "words", "characters"),
    )
    min_count: int = option(2, "Rarer words are unknown.", minimum=1, maximum=1000)
    max_symbols: int = option(
        0,
        LENGTH_HELP,
        minimum=0,
        maximum=256,
    )
    test_fraction: float = option(0.1, "Share of held-out examples.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@dataclass(frozen=True)
class Reading:
    """What a text gives to learn from. `length`: symbols of the longest example, end included; `repeated` and `long`:
    how many are left out."""

    examples: list[str]
    sentences: bool
    characters: bool
    length: int
    repeated: int
    long: int

    def __str__(self) -> str:
        """As "180 of 200 lines, made of words (12 occur twice, 8 are longer than 31 words)"."""
        what, symbols = ("sentences", "lines")[not self.sentences], ("words", "characters")[self.characters]
        reasons = [f"{self.repeated:,} occur more than once"] * bool(self.repeated)
        reasons += [f"{self.long:,} are longer than {self.length - 1} {symbols}"] * bool(self.long)
        total = len(self.examples) + self.repeated + self.long
        found = f"{len(self.examples):,}" if not reasons else f"{len(self.examples):,} of {total:,}"
        return f"{found} {what}, made of {symbols}" + (f" ({', '.join(reasons)})" if reasons else "")


@DATASETS.register("text", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Your own sentences, from a text file with one a line or a column of a CSV file.

    Equal lines count once, so that none is learned and held out as well; those that are left out are logged. A relative
    `path` is resolved here, then in `data_dir`. UserError if the file is missing, is no text in UTF-8, or has fewer
    than 20 different examples.
    """
    reading = read(config, data_dir)
    if reading.repeated or reading.long:
        log.warning("text: %s.", reading)
    return data_of(reading, config)


def data_of(reading: Reading, config: Config) -> Data:
    """The examples that were read, in two parts."""
    lines = reading.examples
    order = torch.randperm(len(lines), generator=torch.Generator().manual_seed(config.split_seed)).tolist()
    n_test = max(1, round(len(lines) * config.test_fraction))
    parts = [[lines[i] for i in sorted(part)] for part in (order[n_test:], order[:n_test])]
    train, test = ((part, [0] * len(part)) for part in parts)
    return build("text", train, test, min_count=config.min_count, length=reading.length, characters=reading.characters)


def read(config: Config, data_dir: Path | None = None) -> Reading:
    """The examples of a text, and what the options left open. UserError as for `load`."""
    path = _file(config.path, data_dir)
    content = _content(path)
    column = _column(content, config.column, path) if config.column else None
    found = None
    if config.examples != "sentences":
        found = _read(config, column or content.splitlines(), sentences=False)
    if found is None or config.examples == "auto" and found.long > len(found.examples):
        found = _read(config, column or _PARAGRAPH.split(content), sentences=True)
    if len(found.examples) < LEAST:
        what = "sentences" if found.sentences else "lines of text"
        long = f" of at most {found.length - 1} symbols" if found.long else ""
        raise UserError(f"{path.name} has {len(found.examples)} different {what}{long}; a training needs {LEAST}.")
    return found


def _read(config: Config, texts: list[str], sentences: bool) -> Reading:
    if sentences:
        texts = [sentence for text in texts for sentence in _SENTENCE.split(_plain(text))]
    texts = [text for text in map(_plain, texts) if text][:MAX_LINES]
    different = list(dict.fromkeys(texts))
    characters = config.symbols == "characters" or config.symbols == "auto" and _are_characters(different, config)
    counts = [len(tokens(text, characters)) for text in different]
    length = config.max_symbols or _length(counts, AUTO_LENGTHS[characters])
    kept = [text for text, count in zip(different, counts, strict=True) if 0 < count < length]
    long = sum(count >= length for count in counts)
    return Reading(kept, sentences, characters, length, len(texts) - len(different), long)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _length(counts: list[int], most: int) -> int:
    """The length, end included, that lets in the usual share of examples with that many symbols."""
    usual = sorted(counts)[math.ceil(FITTING * len(counts)) - 1] if counts else 0
    return min(max(usual + 1, 4), most)


def _are_characters(texts: list[str], config: Config) -> bool:
    """Whether words are no symbols to learn from: they cannot be told apart, or few of them occur `min_count` times."""
    sample = "".join(texts[:1000])[:20_000]
    letters = [letter for letter in sample if letter.isalpha()]
    unspaced = sum(unicodedata.name(letter, "").startswith(_UNSPACED) for letter in letters)
    if 2 * unspaced > len(letters):
        return True
    counts = Counter(word for text in texts for word in tokens(text) if word[0].isalnum())
    return 2 * sum(n for n in counts.values() if n >= config.min_count) < counts.total()


def _file(path: str, data_dir: Path | None) -> Path:
    if not path.strip():
        raise UserError("Say which file holds the sentences: the option path is empty.")
    given = Path(os.path.expanduser(path))
    for place in [given] if data_dir is None else [given, data_dir / given]:
        if place.is_file():
            return place
    raise UserError(f"There is no file {given}.")


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB, which is the limit.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not a text in UTF-8: byte {error.start:,} is none of a character.") from None


def columns(text: str) -> list[str]:
    """The names of a CSV file's columns; none where its first line names none."""
    try:
        return [name for name in _table(text).fieldnames or () if name]
    except csv.Error:
        return []


def _table(text: str) -> csv.DictReader:
    try:
        dialect: Any = csv.Sniffer().sniff(text[:10_000], delimiters=",;\t|")
    except csv.Error:  # a single column
        dialect = csv.excel
    return csv.DictReader(io.StringIO(text), dialect=dialect)


def _column(text: str, column: str, path: Path) -> list[str]:
    try:
        rows = _table(text)
        names = rows.fieldnames or ()
        if column not in names:
            raise UserError(f"{path.name} has no column {column!r}; it has: {', '.join(names) or 'none'}.")
        return [row[column] or "" for row in rows]
    except csv.Error as error:
        raise UserError(f"{path.name} is no CSV file that can be read: {error}.") from None
