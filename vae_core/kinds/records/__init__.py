"""Records: rows of mixed columns, float32 [N, n] at rest; numbers scaled, flags 0 or 1, symbols as ids."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_core.data import Column, DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Fact, File, Kind, Prepared, Several
from vae_core.kinds.series import as_csv, written

GRAIN = 1e-3
"""Of a column's spread: a step that is told."""
MAX_COLUMNS, MAX_WIDTH = 300, 4096
WIDTH, HEIGHT, HIGHEST = 96, 48, 3.5
TOLD, FEW = 24, 20
"""Facts that are told of records, and members that a group of them has at least."""
PAPER, BAR, MARK = (250, 250, 248), (31, 102, 168), (200, 84, 32)


@dataclass(frozen=True)
class Config:
    """No options."""


@dataclass(frozen=True)
class Options:
    """Which row of a table is taken, the first one being 0."""

    row: int = 0


@KINDS.register("records", Config)
class Records(Kind):
    """Rows of a table: numbers, flags and symbols side by side."""

    name = "records"
    unit = "record"
    makes, made = "writes", "wrote"
    classed = "a record of “{class}”"
    likelihoods = ("mixed",)
    epochs = 20
    dtype = torch.float32

    def check_spec(self, spec: DataSpec) -> None:
        if len(spec.shape) != 1 or not 1 <= spec.shape[0] <= MAX_COLUMNS or len(spec.columns) != spec.shape[0]:
            raise UserError(f"A record has 1 to {MAX_COLUMNS} columns, each described; {spec.name} has {spec.shape}.")
        if sum(column.width for column in spec.columns) > MAX_WIDTH:
            raise UserError(f"The columns of {spec.name} have too many symbols: at most {MAX_WIDTH:,} are read.")
        if any(len(set(column.values)) < len(column.values) or len(column.values) == 1 for column in spec.columns):
            raise UserError(f"A column of {spec.name} has symbols that are not different, or only one.")

    def check(self, spec: DataSpec, x: Tensor) -> None:
        super().check(spec, x)
        for values, column in zip(x.T, spec.columns, strict=True):
            if not values.isfinite().all():
                raise UserError(f"{spec.name}: the column {column.name} has values that are no finite numbers.")
            size = len(column.values)
            if size and len(values) and not ((values >= 0) & (values < size) & (values == values.trunc())).all():
                raise UserError(f"{spec.name}: the column {column.name} has symbols that it does not describe.")

    def feed(self, x: Tensor) -> Tensor:
        return x

    def rest(self, shown: Tensor) -> Tensor:
        return shown.float()

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # Each column's values in another order: no number becomes a symbol.
        order = torch.rand(x.shape, generator=generator).argsort(0)
        return x.gather(0, order)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        """A bar a column: numbers up and down from the middle, symbols and flags a mark at their height."""
        n = len(spec.columns)
        edges = np.linspace(0, WIDTH, n + 1).round().astype(int)
        found = np.full((len(x), HEIGHT, WIDTH, 3), PAPER, np.uint8)
        rows = np.arange(HEIGHT)[None, :]
        for i, column in enumerate(spec.columns):
            values = x[:, i].double().numpy()[:, None]
            left, right = edges[i], max(edges[i] + 1, edges[i + 1] - (edges[i + 1] - edges[i] > 2))
            if column.values:
                y = HEIGHT - 2 - values / max(1, len(column.values) - 1) * (HEIGHT - 4)
                lit, color = np.abs(rows - y) <= 1.5, MARK
            else:
                y = np.clip((0.5 - values / (2 * HIGHEST)) * HEIGHT, 0, HEIGHT)
                low, high = np.minimum(y, HEIGHT / 2) - 0.5, np.maximum(y, HEIGHT / 2) + 0.5
                lit, color = (rows >= low) & (rows < high), BAR
            found[:, :, left:right][lit] = color
        return torch.from_numpy(found)

    def facts(self, x: Tensor, spec: DataSpec) -> tuple[Fact, ...]:
        """Of a number whether it is above its median, of a flag whether it is set, and the most frequent symbol."""
        found = []
        for values, column in zip(x.T, spec.columns, strict=True):
            if not column.values:
                found.append(Fact.halved(column.name, values))
                continue
            symbol = 1 if len(column.values) == 2 else int(values.mode().values)
            has, name = values == symbol, f"{column.name} = {column.values[symbol]}"
            found.append(Fact(name, has.float(), ((name, has), (f"{column.name} ≠ {column.values[symbol]}", ~has))))
        told = [fact for fact in found if all(members.sum() >= FEW for _, members in fact.groups)]
        return tuple(told or found)[:TOLD]

    def features(self, x: Tensor, spec: DataSpec) -> Tensor:
        """Numbers as they are, and a 1 for the symbol that stands in a column."""
        parts = [
            torch.nn.functional.one_hot(values.long(), len(column.values)) if column.values else values[:, None]
            for values, column in zip(x.T, spec.columns, strict=True)
        ]
        return torch.cat([part.float() for part in parts], 1)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        """The columns that are most unlike the others of their kind first: as "service = http, src_bytes = 1,032"."""
        return [", ".join(f"{column.name} = {told(column, v)}" for column, v in _striking(spec, row)) for row in x]

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """One CSV, a record a row, numbers in the unit of their column."""

        def cell(column: Column, value: Tensor) -> str:
            return column.values[int(value)] if column.values else f"{float(column.raw(value)):.9g}"

        rows = [[cell(column, v) for column, v in zip(spec.columns, row, strict=True)] for row in x]
        yield File("records.csv", as_csv(spec, rows), len(rows))

    def read(self, content: bytes, spec: DataSpec, options: Options | None = None) -> Prepared:
        """A row of a table whose header names the columns; the first one unless `options` names another."""
        x = self.read_all(content, "This file", spec).x
        row = 0 if options is None else min(max(0, options.row), len(x) - 1)
        return Prepared([("length", f"{len(x)}"), ("row", f"{row}")], x[row : row + 1])

    def read_all(self, content: bytes, name: str, spec: DataSpec) -> Several:
        """Every row of a table whose header names the columns. UserError names row and column of what does not fit."""
        from vae_core.kinds.series.tables import read_table

        table = read_table(content, name)
        missing = [column.name for column in spec.columns if column.name not in table.columns]
        if missing:
            raise UserError(f"{name} has no column {missing[0]!r}; this model needs {len(spec.columns)} columns.")
        x = torch.stack([column_of(table[column.name], column, name) for column in spec.columns], 1)
        return Several(x, [{"row": i + 2} for i in range(len(x))])

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        columns = [
            {
                "name": each.name,
                "unit": each.unit,
                "center": each.center,
                "spread": each.spread,
                "log": each.log,
                "values": list(each.values),
            }
            for each in spec.columns
        ]
        return {"columns": columns, "picture": {"width": WIDTH, "height": HEIGHT}}


def column_of(cells: Any, column: Column, name: str) -> Tensor:
    """A table's cells as a column's values at rest, float32 [N]. UserError names the row of what is no number, or a
    symbol that the column does not have."""
    from vae_core.kinds.series.tables import numbers

    text = cells.astype(str).str.strip()
    if column.values:
        found = text.map({value: i for i, value in enumerate(column.values)})
        what = f"none of its {len(column.values)} values"
    else:
        found, what = numbers(cells), "no number"
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise UserError(f"{name}: row {row + 2} of the column “{column.name}” is {what}: {text.iloc[row][:40]!r}.")
    values = torch.from_numpy(found.to_numpy(dtype="float64", copy=True))
    return values.float() if column.values else column.scaled(values)


def told(column: Column, value: Tensor) -> str:
    """A column's value in its unit, in steps that are small beside the column's spread, or its symbol."""
    if column.values:
        return column.values[int(value)]
    low, raw, high = (float(column.raw(value + by)) for by in (-1, 0, 1))
    step = GRAIN * (high - low) / 2
    digits = -math.floor(math.log10(step)) if step > 0 and math.isfinite(step) else 0
    told = round(raw, digits) if 0 <= digits <= 15 and math.isfinite(raw) else raw
    return f"{written(told + 0.0)}{f' {column.unit}' if column.unit else ''}"


def _striking(spec: DataSpec, row: Tensor, most: int = 8) -> list[tuple[Column, Tensor]]:
    """Symbols, then the numbers that lie farthest from the mean, in the order of the columns."""
    size = [1e9 if len(column.values) > 2 else float(abs(v)) for column, v in zip(spec.columns, row, strict=True)]
    chosen = sorted(sorted(range(len(size)), key=lambda i: -size[i])[:most])
    return [(spec.columns[i], row[i]) for i in chosen]
