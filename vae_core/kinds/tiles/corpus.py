"""Levels as text, one character per tile, in the format of The Video Game Level Corpus (Summerville et al. 2016)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError

MAX_BYTES, MAX_COLUMNS, MAX_ROWS = 2_000_000, 10_000, 64

KNOWN = {
    "-": ("sky", "empty"),
    "X": ("ground", "solid"),
    "S": ("bricks", "solid"),
    "?": ("full question block", "prize"),
    "Q": ("question block", "prize"),
    "E": ("enemy", "enemy"),
    "o": ("coin", "coin"),
    "<": ("pipe top, left half", "pipe_top_left"),
    ">": ("pipe top, right half", "pipe_top_right"),
    "[": ("pipe, left half", "pipe_left"),
    "]": ("pipe, right half", "pipe_right"),
    "B": ("cannon", "cannon"),
    "b": ("cannon base", "solid"),
}
"""The corpus's symbols for Super Mario Bros.: the name and the role of each."""

PIPES = ("pipe_top_left", "pipe_left", "pipe_top_right", "pipe_right")
SOLID = frozenset({"solid", "prize", "cannon", *PIPES})
"""Roles that block the avatar; empty tiles, enemies and coins do not."""


def rows_of(content: bytes, name: str = "That file") -> list[str]:
    """The rows of a level, equally long, without empty lines around it. UserError if the content is not a level."""
    if len(content) > MAX_BYTES:
        raise UserError(f"{name} is larger than {MAX_BYTES // 10**6} MB: a level is a short text file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{name} is not text: a level is a text file with one character a tile.") from None
    rows = [row.rstrip() for row in text.splitlines()]
    filled = [number for number, row in enumerate(rows) if row]
    if not filled:
        raise UserError(f"{name} is empty: a level has rows of tiles, one character each.")
    rows = rows[filled[0] : filled[-1] + 1]
    if unfit := next((symbol for row in rows for symbol in row if symbol == " " or not symbol.isprintable()), None):
        write = "write another one, such as -, where nothing is" if unfit == " " else "take visible ones"
        raise UserError(f"{name} has the character U+{ord(unfit):04X}, which cannot be a tile: {write}.")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise UserError(
                f"{name} has rows of different lengths: row {number} has {len(row)} tiles, the first {len(rows[0])}."
            )
    if len(rows) > MAX_ROWS or len(rows[0]) > MAX_COLUMNS:
        raise UserError(f"{name} is larger than {MAX_ROWS} rows and {MAX_COLUMNS:,} columns.")
    return rows


def read_text(content: bytes, symbols: Sequence[str], name: str = "That file") -> Tensor:
    """A level's symbol ids, int64 [rows, columns]. UserError for ragged or missing rows and for unknown symbols."""
    ids = {symbol: index for index, symbol in enumerate(symbols)}
    rows = rows_of(content, name)
    unknown = sorted({symbol for row in rows for symbol in row} - set(ids))
    if unknown:
        shown = " ".join(unknown[:8])
        raise UserError(f"{name} has tiles that this model does not know ({shown}); it knows {' '.join(symbols)}.")
    return torch.tensor([[ids[symbol] for symbol in row] for row in rows])


def as_text(level: Tensor, symbols: Sequence[str]) -> str:
    """Symbol ids [rows, columns] in the corpus's format: one line per row."""
    return "".join("".join(symbols[index] for index in row) + "\n" for row in level.tolist())


def named(symbols: Sequence[str], solid: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and roles of symbols, from the corpus where it has them. Of the others, the first counts as empty and those
    in `solid` count as solid."""
    names, roles = [], []
    for index, symbol in enumerate(symbols):
        name, role = KNOWN.get(symbol, (f"tile {symbol}", "empty" if index == 0 else "coin"))
        names.append(name)
        roles.append("solid" if symbol in solid else role)
    return tuple(names), tuple(roles)


def one_of(tiles: Tensor, spec: DataSpec, roles: Iterable[str]) -> Tensor:
    """Which tiles (symbol ids) have one of these roles: bool, in their shape; all False if the spec has no roles."""
    wanted = set(roles)
    return torch.tensor([role in wanted for role in roles_of(spec)], device=tiles.device)[tiles]


def roles_of(spec: DataSpec) -> tuple[str, ...]:
    """The role of each symbol; "" for each if the spec has none."""
    return spec.symbol_roles or ("",) * len(spec.symbols)


def ids_of(spec: DataSpec, role: str) -> int | None:
    """The id of the first symbol with a role; None if there is none."""
    return spec.symbol_roles.index(role) if role in spec.symbol_roles else None
