"""Series: windows of one or several channels over time, float32 [N, C, T] at rest, scaled as the spec's columns say."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Kind, Prepared

MAX_CHANNELS, MAX_STEPS, LEAST_STEPS = 32, 4096, 4
MAX_BYTES = 10_000_000


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
    likelihoods = ("normal",)
    dtype = torch.float32
    network = "conv1d"

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

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        return [_line(window, spec) for window in x]

    def read(self, content: bytes, spec: DataSpec, options: Options | None = None) -> Prepared:
        """A CSV file with a column for each channel, by name or in the order of the spec, and at least T rows."""
        raw = _table(content, spec)
        steps = spec.shape[1]
        last = len(raw) - steps
        if last < 0:
            raise UserError(f"This file has {len(raw)} rows of numbers; a window of this model has {steps}.")
        start = last if options is None or options.start is None else min(max(0, options.start), last)
        window = raw[start : start + steps].T
        scaled = torch.stack([column.scaled(v) for column, v in zip(spec.columns, window, strict=True)])[None]
        return Prepared([("read", f"{len(raw)} rows"), ("window", f"{start}")], scaled)

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.series.curves import HEIGHT, WIDTH

        columns = [
            {"name": each.name, "unit": each.unit, "center": each.center, "spread": each.spread, "log": each.log}
            for each in spec.columns
        ]
        return {"columns": columns, "step": spec.step, "picture": {"width": WIDTH, "height": HEIGHT}}


def _table(content: bytes, spec: DataSpec) -> Tensor:
    """The channels of a CSV file, float64 [rows, C]."""
    import pandas as pd

    if len(content) > MAX_BYTES:
        raise UserError(f"This file has {len(content):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        text = content.decode("utf-8-sig")
        table = pd.read_csv(io.StringIO(text), sep=None, engine="python", nrows=1_000_000)
    except UnicodeDecodeError:
        raise UserError("This is not a text in UTF-8.") from None
    except Exception:  # pandas and the csv module raise errors of many types, none for more than one cause
        raise UserError("This is no CSV file that can be read.") from None
    names = [column.name for column in spec.columns]
    numbers = table.apply(pd.to_numeric, errors="coerce")
    if set(names) <= set(map(str, table.columns)):
        numbers = numbers.set_axis(list(map(str, table.columns)), axis=1)[names]
    else:
        numbers = numbers.loc[:, numbers.notna().mean() > 0.5]  # a column of times holds no numbers
        if numbers.shape[1] != len(names):
            wanted = f"{len(names)}: {', '.join(names)}"
            raise UserError(f"This file has {numbers.shape[1]} columns of numbers; this model reads {wanted}.")
    bad = numbers.index[numbers.isna().any(axis=1)]
    if len(bad):
        column = numbers.columns[numbers.loc[bad[0]].isna().argmax()]
        raise UserError(f"Row {bad[0] + 2} of this file has no number in the column “{str(column)[:40]}”.")
    found = torch.tensor(numbers.to_numpy(dtype="float64"))
    if not found.isfinite().all() or found.abs().max() > 1e30:
        raise UserError("This file has numbers that are too large.")
    return found


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
        return f"{value:g}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 8)}f}" if abs(value) < 1e9 else f"{value:.3g}"
