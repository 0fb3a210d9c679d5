"""The user's own sentences: a text file, a line each, or a column of a CSV file."""

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets import DATASETS, PATH_HELP
from vae_core.datasets._sentences import build
from vae_core.errors import UserError

MAX_BYTES, MAX_LINES, LEAST = 200_000_000, 1_000_000, 20


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Own sentences"
    kind: ClassVar[str] = "text"

    path: str = option("", PATH_HELP, place=True)
    column: str = option("", "Column of a CSV file that holds the sentences; empty: the file is plain text.")
    symbols: str = option(
        "words", "What a sentence consists of; characters suit scripts without spaces.", choices=("words", "characters")
    )
    min_count: int = option(2, "Rarer words are unknown.", minimum=1, maximum=1000)
    max_symbols: int = option(32, "Longer sentences are left out; the end counts as one.", minimum=4, maximum=256)
    test_fraction: float = option(0.1, "Share of held-out examples.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("text", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Your own sentences, from a text file with one a line or a column of a CSV file.

    Equal lines count once, so that none is learned and held out as well. Empty lines and those longer than
    `max_symbols` are left out with a warning. A relative `path` is resolved here, then in `data_dir`. UserError if the
    file is missing, is no text in UTF-8, or has fewer than 20 different lines.
    """
    path = _file(config.path, data_dir)
    text = _content(path)
    lines = _column(text, config.column, path) if config.column else text.splitlines()
    lines = list(dict.fromkeys(" ".join(line.split()) for line in lines))
    lines = [line for line in lines if line][:MAX_LINES]
    if len(lines) < LEAST:
        raise UserError(f"{path.name} has {len(lines)} different lines of text; a training needs at least {LEAST}.")
    order = torch.randperm(len(lines), generator=torch.Generator().manual_seed(config.split_seed)).tolist()
    n_test = max(1, round(len(lines) * config.test_fraction))
    parts = [[lines[i] for i in sorted(part)] for part in (order[n_test:], order[:n_test])]
    train, test = ((part, [0] * len(part)) for part in parts)
    characters = config.symbols == "characters"
    return build("text", train, test, min_count=config.min_count, length=config.max_symbols, characters=characters)


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
