"""From lines of text to a dataset of sentences."""

import gzip
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from vae_core.data import Data, DataSpec, Split
from vae_core.errors import UserError
from vae_core.kinds.text import MAX_LENGTH, MAX_SYMBOLS
from vae_core.kinds.text.vocabulary import PADDING, ROLES, encoded, tokens, vocabulary

log = logging.getLogger(__name__)

LENGTH_HELP = "Longer sentences are left out; the end counts as one. Of own sentences, 0 finds one that 95% keep to."


def read_lines(path: Path, title: str, source: str) -> list[str]:
    """The lines of a text file, packed or not. UserError if it is missing or is no text."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return content.decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"{title}: {path} cannot be read ({error}). Get it from {source}.") from None


def file_of(data_dir: Path | None, folder: str, name: str) -> Path | None:
    """NAME or NAME.gz in the data folder or its subfolder; None where neither is."""
    for place in () if data_dir is None else (data_dir / folder, data_dir):
        for file in (place / name, place / f"{name}.gz"):
            if file.is_file():
                return file
    return None


def place_of(data_dir: Path | None, folder: str) -> str:
    """Where files of a dataset would be found, in words."""
    return f"{data_dir / folder}" if data_dir else f"a folder {folder} in the data folder (--data-dir)"


def sentence_spec(
    name: str, words: Sequence[Sequence[str]], min_count: int, length: int, classes: tuple[str, ...] = ()
) -> DataSpec:
    """The spec of sentences of up to `length` symbols, end included, whose vocabulary `words` [sentences] gives."""
    symbols = vocabulary(words, min_count, MAX_SYMBOLS)
    if len(symbols) < len(ROLES) + 2:
        raise UserError(f"{name} has no symbols that occur {min_count} times: take a smaller --min-count.")
    roles = ROLES + ("",) * (len(symbols) - len(ROLES))
    return DataSpec(name, "text", (length,), classes=classes, symbols=symbols, symbol_roles=roles, padding=PADDING)


def split_of(words: Sequence[Sequence[str]], labels: Sequence[int], spec: DataSpec) -> Split:
    x = encoded(words, spec.symbols, spec.shape[0])
    return Split(x, torch.tensor(labels, dtype=torch.int64))


def fitting(
    lines: Sequence[str], labels: Sequence[int], length: int, characters: bool = False
) -> tuple[list[list[str]], list[int], int]:
    """The symbols of the lines that have some and fit into `length`, end included; their labels; how many do not."""
    if not 2 <= length <= MAX_LENGTH:
        raise UserError(f"A sentence can have 2 to {MAX_LENGTH} symbols, not {length}.")
    both = [(tokens(line, characters), label) for line, label in zip(lines, labels, strict=True)]
    kept = [(words, label) for words, label in both if 0 < len(words) < length]
    return [words for words, _ in kept], [label for _, label in kept], len(both) - len(kept)


def build(
    name: str,
    train: tuple[Sequence[str], Sequence[int]],
    test: tuple[Sequence[str], Sequence[int]],
    *,
    min_count: int,
    length: int,
    classes: tuple[str, ...] = (),
    characters: bool = False,
) -> Data:
    """A dataset from lines and their labels, two parts. The vocabulary is that of the training part."""
    train_words, train_labels, train_left = fitting(*train, length, characters)
    test_words, test_labels, test_left = fitting(*test, length, characters)
    if not train_words or not test_words:
        raise UserError(f"{name} has no lines of 1 to {length - 1} symbols in one of its parts.")
    if left := train_left + test_left:
        total = len(train[0]) + len(test[0])
        log.warning(
            "%s: %s of %s lines are empty or longer than %s symbols and left out.", name, left, total, length - 1
        )
    spec = sentence_spec(name, train_words, min_count, length, classes)
    return Data(spec, split_of(train_words, train_labels, spec), split_of(test_words, test_labels, spec))
