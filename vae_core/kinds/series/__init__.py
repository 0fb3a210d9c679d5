"""Series: windows of one or several channels over time, float32 [N, C, T] at rest, scaled as the spec's columns say."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Fact, File, Kind, Prepared, Several
from vae_core.numerals import numeral

if TYPE_CHECKING:
    from vae_core.kinds.series import tables

TOLD, COMPARED = 4, 32
"""Channels that facts are told of, and parts of a window that are compared."""
MAX_CHANNELS, MAX_STEPS, LEAST_STEPS = 32, 4096, 4
LARGEST = 1e30


@dataclass(frozen=True)
class Config:
    """No options."""


@dataclass(frozen=True)
class Options:
    """Which window of a longer series is taken: its first step; None: the last window."""

    start: int | None = None


@KINDS.register("series", Config)
class Series(Kind):
    """Windows of measurements at equal steps of time, each channel scaled to mean 0 and standard deviation 1."""

    name = "series"
    unit = "window"
    classed = "a window of “{class}”"
    likelihoods = ("normal",)
    dtype = torch.float32
    network = "conv1d"
    epochs = 60

    def check_spec(self, spec: DataSpec) -> None:
        fits = len(spec.shape) == 2 and all(type(size) is int for size in spec.shape)
        if not fits or not 1 <= spec.shape[0] <= MAX_CHANNELS or not LEAST_STEPS <= spec.shape[1] <= MAX_STEPS:
            raise UserError(
                f"A window has 1 to {MAX_CHANNELS} channels and {LEAST_STEPS} to {MAX_STEPS} steps; {spec.name} has "
                f"shape {spec.shape}."
            )
        if len(spec.columns) != spec.shape[0]:
            raise UserError(f"{spec.name} has {spec.shape[0]} channels, but describes {len(spec.columns)}.")

    def check(self, spec: DataSpec, x: Tensor) -> None:
        super().check(spec, x)
        if not x.isfinite().all():
            raise UserError(f"{spec.name} has values that are no finite numbers.")

    def feed(self, x: Tensor) -> Tensor:
        return x

    def rest(self, shown: Tensor) -> Tensor:
        return shown.float()

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(x.shape, generator=generator)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        from vae_core.kinds.series.curves import curves

        return curves(x)

    def facts(self, x: Tensor, spec: DataSpec) -> tuple[Fact, ...]:
        """Of each channel its level (the mean), swing (the standard deviation) and trend (the slope of a line)."""
        along = torch.linspace(-1, 1, x.shape[2])
        found = []
        for i, column in enumerate(spec.columns[:TOLD]):
            own, name = x[:, i], f"{column.name}: " if len(spec.columns) > 1 else ""
            found.append(Fact.halved(f"{name}level", own.mean(1)))
            found.append(Fact.halved(f"{name}swing", own.std(1, correction=0)))
            found.append(Fact.halved(f"{name}trend", (own * along).mean(1) / along.square().mean()))
        return tuple(found)

    def features(self, x: Tensor, spec: DataSpec) -> Tensor:
        return torch.nn.functional.adaptive_avg_pool1d(x, min(COMPARED, x.shape[2])).flatten(1)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        return [_line(window, spec) for window in x]

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """A CSV each, a column a channel in its unit and a row a step."""
        for i, window in enumerate(x):
            values = torch.stack([column.raw(v) for column, v in zip(spec.columns, window, strict=True)], 1)
            rows = [[f"{value:.9g}" for value in step] for step in values.tolist()]
            yield File(f"{i + 1:06}.csv", as_csv(spec, rows))

    def read(self, content: bytes, spec: DataSpec, options: Options | None = None) -> Prepared:
        """A table with a column for each channel, by name or in the order of the spec, and at least T rows."""
        series, scaled = _scaled(content, "This file", spec)
        last = len(scaled) - spec.shape[1]
        start = last if options is None or options.start is None else min(max(0, options.start), last)
        x = scaled[start : start + spec.shape[1]].T[None].contiguous()
        steps = [("read", "; ".join(series.notes)), ("length", f"{len(scaled)}"), ("window", f"{start}")]
        return Prepared(steps, x)

    def read_all(self, content: bytes, name: str, spec: DataSpec) -> Several:
        """Every window of a table, a step apart, with its first and last time, or step where there are no times."""
        from vae_core.kinds.series.windows import cut, starts

        series, scaled = _scaled(content, name, spec)
        length = spec.shape[1]
        first = starts(len(scaled), length, 1)
        times = series.times
        places = [
            {"start": _place(times, int(start)), "end": _place(times, int(start) + length - 1)} for start in first
        ]
        return Several(cut(scaled, first, length), places)

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.series.curves import HEIGHT, WIDTH

        columns = [
            {"name": each.name, "unit": each.unit, "center": each.center, "spread": each.spread, "log": each.log}
            for each in spec.columns
        ]
        return {"columns": columns, "step": spec.step, "picture": {"width": WIDTH, "height": HEIGHT}}


def as_csv(spec: DataSpec, rows: list[list[str]]) -> bytes:
    """A table with the columns of a spec."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([column.name for column in spec.columns])
    table.writerows(rows)
    return out.getvalue().encode()


def _scaled(content: bytes, name: str, spec: DataSpec) -> "tuple[tables.Series, Tensor]":
    """A table's series, and its values scaled as the model takes them, [steps, C]."""
    from vae_core.kinds.series import tables

    table = tables.read_table(content, name)
    names = [column.name for column in spec.columns]
    series = tables.series_of(table, name, values=names if set(names) <= set(table.columns) else ())
    if len(series.columns) != len(names):
        wanted = f"{len(names)}: {', '.join(names)}"
        raise UserError(f"{name} has {len(series.columns)} columns of numbers; this model reads {wanted}.")
    if len(series.values) < spec.shape[1]:
        raise UserError(f"{name} has {len(series.values)} steps; a window of this model has {spec.shape[1]}.")
    raw = torch.from_numpy(series.values)
    if raw.abs().max() > LARGEST:
        raise UserError(f"{name} has numbers that are too large.")
    return series, torch.stack([column.scaled(raw[:, i]) for i, column in enumerate(spec.columns)], 1)


def _place(times: Any, step: int) -> str | int:
    """A step's time, or its number where there are no times."""
    return step if times is None else str(times[step].astype("datetime64[s]"))


def _line(window: Tensor, spec: DataSpec) -> str:
    """As "value: 2,310 to 27,800, mean 15,100"."""
    parts = []
    for column, scaled in zip(spec.columns, window, strict=True):
        values = column.raw(scaled)
        low, high, mean = (written(float(v)) for v in (values.min(), values.max(), values.mean()))
        unit = f" {column.unit}" if column.unit else ""
        parts.append(f"{column.name}: {low} to {high}{unit}, mean {mean}")
    return "; ".join(parts)


def written(value: float) -> str:
    """A number with four significant digits, as people write it."""
    if not math.isfinite(value) or value == 0:
        return numeral(value, "g")
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return numeral(value, f",.{min(digits, 8)}f" if abs(value) < 1e9 else ".3g")
