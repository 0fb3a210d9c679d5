"""Tables of measurements as people have them: CSV and Parquet files, with times, gaps and decimal commas."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_core.errors import UserError
from vae_core.kinds.series.windows import Series
from vae_core.reading import shown

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES, MAX_ROWS, MAX_STEPS = 200_000_000, 2_000_000, 2_000_000
MOST_GAPS = 50
"""How many times as many steps as rows a series may have."""
GAPS = ("interpolate", "drop", "refuse")
LABELS = ("label", "anomaly", "is_anomaly", "class")
"""Names of a column that says which rows are anomalies, 0 or 1."""
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?", re.ASCII)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})([./-])(\d{1,2})[./-]\d{4}\b", re.ASCII)
_OFFSET = re.compile(r":\d\d(?:\.\d+)? ?([+-]\d\d(?::?\d\d)?)$", re.ASCII)
_TIMES = 0.98
"""Share of the cells of a column of times that are times."""


def read_table(content: bytes, name: str) -> "pd.DataFrame":
    """The cells of a CSV or Parquet file; those of a CSV file as text. UserError if it cannot be read."""
    import pandas as pd

    if len(content) > MAX_BYTES:
        raise UserError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB, which is the limit.")
    if content[:4] == b"PAR1":
        try:
            table = pd.read_parquet(io.BytesIO(content))
        except ImportError:
            raise UserError(f"{name} is a Parquet file; install pyarrow to read it, or save it as CSV.") from None
        except Exception:  # pyarrow's errors have many types
            raise UserError(f"{name} is no Parquet file that can be read.") from None
    else:
        table = _csv(content, name)
    table.columns = [str(each).strip() or f"column {i + 1}" for i, each in enumerate(table.columns)]
    if not len(table) or table.shape[1] > 1000:
        raise UserError(f"{name} has {len(table)} rows and {table.shape[1]} columns: a table with a header is needed.")
    if len(table) > MAX_ROWS:
        raise UserError(f"{name} has {len(table):,} rows; at most {MAX_ROWS:,} are read.")
    return table


def _csv(content: bytes, name: str) -> "pd.DataFrame":
    import pandas as pd

    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not a text in UTF-8: byte {error.start:,} is none of a character.") from None
    if "\0" in text:
        raise UserError(f"{name} is no text: it has zero bytes.")
    separator = _separator(text[: text.find("\n", 5000)] or text)
    width = _width(text, separator, name)
    try:
        return pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            index_col=False,
            usecols=range(width),
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f": row {line[1]} cannot be read" if line else ""
        raise UserError(f"{name} is no CSV file that can be read{where}.") from None


def _separator(head: str) -> str:
    """What stands between the cells: by it, most rows have as many as the header. A comma for a single column."""
    agree = {}
    for each in ";\t|,":
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head), delimiter=each) if row]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            agree[each] = widths.count(widths[0]) / len(widths)
    return max(agree, key=agree.__getitem__, default=",")


def _width(text: str, separator: str, name: str) -> int:
    """The cells of the header. UserError names the first row with more of them, of which some would be lost."""
    try:
        rows = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
        width = len(next(rows, []))
        for number, row in enumerate(rows, start=2):
            if len(row) > width and any(map(str.strip, row[width:])):
                raise UserError(f"{name}: row {number} has {len(row)} cells, but the header has {width}.")
        return width
    except csv.Error as error:
        raise UserError(f"{name} is no CSV file that can be read: {error}.") from None


def numbers(cells: "pd.Series") -> "pd.Series":
    """A column's numbers, float64; NaN where a cell has none. A comma is a decimal comma where no point is one."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return cells.astype("float64")
    text = cells.astype(str).str.strip()
    found = pd.to_numeric(text, errors="coerce")
    filled = text[found.isna() & (text != "")]
    if len(filled) and filled.str.fullmatch(_DECIMAL_COMMA).mean() > 0.5:
        found = pd.to_numeric(text.str.replace(",", "."), errors="coerce")
    return found.astype("float64").where(np.isfinite(found))


def times(cells: "pd.Series") -> "pd.Series | None":
    """A column's times, by the clock on the wall where all have one offset from UTC, else in UTC; None where too few
    cells are times. Plain numbers are none."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True)
    text = cells.astype(str).str.strip()
    if numbers(text.head(100)).notna().mean() > 0.5:
        return None
    for first in (text.head(100), text):  # most columns are told by their beginning
        found = pd.to_datetime(first, errors="coerce", utc=True, format="mixed", dayfirst=_day_first(text))
        if found.notna().mean() < _TIMES:
            return None
    offset = _OFFSET.search(text.iloc[0])
    if offset and (text.str[-len(offset[1]) :] == offset[1]).all():
        hours, minutes = int(offset[1][1:3]), int(offset[1][3:].lstrip(":") or 0)
        found += pd.Timedelta(hours=hours, minutes=minutes) * (-1 if offset[1][0] == "-" else 1)
    return found


def _day_first(text: "pd.Series") -> bool:
    """Whether the day is written before the month: with dots it is, and where the other way makes no dates."""
    if not _DAY_AND_MONTH.match(text.iloc[0]):
        return False
    numbered = text.str.extract(_DAY_AND_MONTH).dropna()
    first, second = (numbered[each].astype("int64").max() for each in (0, 2))
    return first > 12 or (second <= 12 and (numbered[1] == ".").all())


def _named(table: "pd.DataFrame", column: str, name: str) -> "pd.Series":
    if column not in table.columns:
        raise UserError(f"{name} has no column {shown(column)!r}; it has: {', '.join(map(str, table.columns[:20]))}.")
    found = table[column]
    if found.ndim != 1:
        raise UserError(f"{name} has {found.shape[1]} columns named {shown(column)!r}.")
    return found


def series_of(
    table: "pd.DataFrame",
    name: str,
    *,
    time: str = "",
    values: Sequence[str] = (),
    label: str = "",
    gaps: str = "interpolate",
) -> Series:
    """A table as a series at equal steps of time.

    Columns that are not named are found: the first of times, one of `LABELS`, and every other with numbers. Rows are
    sorted by time, several at one time are averaged, and steps are those that most rows are apart; what is missing is
    interpolated, dropped with the windows that touch it, or refused, as `gaps` says. `Series.notes` tells what was
    done. UserError names the row and column of what cannot be used.
    """
    import pandas as pd

    found_times = _find_times(table, time, name)
    when, time_name = found_times or (None, "")
    notes = [f"time from “{time_name}”"] if time_name else ["no column of times: each row is a step"]
    label = label or next((each for each in table.columns if each.lower() in LABELS and each not in values), "")
    rest = [each for each in table.columns if each not in (time_name, label)]
    known = {each: numbers(_named(table, each, name)) for each in values or rest}
    chosen = list(values) or [each for each in rest if known[each].notna().mean() > 0.5]
    if not chosen:
        raise UserError(f"{name} has no column of numbers beside its times.")
    notes.append(f"values from {', '.join(f'“{each}”' for each in chosen[:8])}")
    measured = pd.DataFrame({each: known[each] for each in chosen})
    for each in chosen:
        if not measured[each].isna().any():
            continue
        cells = table[each].astype(str).str.strip()
        wrong = measured[each].isna() & ~cells.str.lower().isin(["", "nan", "na", "null", "none", "-"])
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise UserError(f"{name}: row {row + 2} of the column “{each}” is no number: {shown(cells.iloc[row])!r}.")
    anomalous = _labels(_named(table, label, name), label, name) if label else pd.Series(False, index=measured.index)
    if label:
        notes.append(f"anomalies from “{label}”")
    if when is None:
        step, grid = None, measured
    else:
        grid, anomalous, step = _regular(measured, anomalous, when, name, notes)
    missing = grid.isna().any(axis=1)
    if missing.any():
        at = int(missing.to_numpy().argmax())
        where = f"at {grid.index[at]}" if step else f"in row {at + 2}"
        if gaps == "refuse":
            raise UserError(f"{name} has {int(missing.sum()):,} steps without a value, the first {where}.")
        done = "interpolated" if gaps == "interpolate" else "left out, with the windows that touch them"
        notes.append(f"{int(missing.sum()):,} of {len(grid):,} steps have no value and are {done}")
        grid = grid.interpolate(limit_direction="both")
        if grid.isna().any().any():
            empty = grid.columns[grid.isna().any()][0]
            raise UserError(f"{name}: the column “{empty}” has no numbers.")
    return Series(
        name=name,
        columns=tuple((each[:80], "") for each in chosen),
        values=grid.to_numpy(dtype="float64", copy=True),
        anomalous=anomalous.to_numpy(dtype=bool),
        times=grid.index.tz_localize(None).to_numpy() if step else None,
        step=step,
        missing=missing.to_numpy() if gaps == "drop" else None,
        notes=tuple(notes),
    )


def _find_times(table: "pd.DataFrame", time: str, name: str) -> "tuple[pd.Series, str] | None":
    """The column of times that is named, or the first; None for a table without."""
    for each in [time] if time else table.columns:
        cells = _named(table, each, name)
        found = times(cells)
        if found is not None:
            if found.isna().any():
                row = int(found.isna().to_numpy().argmax())
                raise UserError(
                    f"{name}: row {row + 2} of the column “{each}” is no time: {shown(str(cells.iloc[row]))!r}."
                )
            return found, each
        if time:
            raise UserError(f"{name}: the column “{time}” holds no times.")
    return None


def _labels(cells: "pd.Series", label: str, name: str) -> "pd.Series":
    text = cells.astype(str).str.strip().str.lower()
    known = {"1": True, "1.0": True, "true": True, "yes": True, "anomaly": True}
    known |= {"0": False, "0.0": False, "false": False, "no": False, "normal": False, "": False, "nan": False}
    found = text.map(known)
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise UserError(f"{name}: row {row + 2} of the column “{label}” is neither 0 nor 1: {shown(text.iloc[row])!r}.")
    return found.astype(bool)


def _regular(measured, anomalous, when, name, notes):
    """Values and labels at equal steps, and the step in seconds."""
    import pandas as pd

    order = when.reset_index(drop=True).sort_values(kind="stable")
    if not order.index.equals(pd.RangeIndex(len(order))):
        notes.append("rows sorted by time")
    measured, anomalous = measured.iloc[order.index], anomalous.iloc[order.index]
    index = pd.DatetimeIndex(order)
    if doubles := int(index.duplicated().sum()):
        notes.append(f"{doubles:,} rows at the time of another are averaged")
    measured = measured.set_axis(index).groupby(level=0).mean()
    anomalous = anomalous.set_axis(index).groupby(level=0).max()
    apart = measured.index.to_series().diff().dropna()
    if apart.empty:
        raise UserError(f"{name} has a single time: a series has several.")
    step = apart.mode().iloc[0]
    steps = round((measured.index[-1] - measured.index[0]) / step) + 1
    if steps > min(MAX_STEPS, MOST_GAPS * len(measured)):
        raise UserError(
            f"{name} has {len(measured):,} rows, most of them {step} apart, but {steps:,} such steps from its first to "
            "its last time: nearly all would be gaps."
        )
    place = ((measured.index - measured.index[0]) / step).to_numpy().round().astype(int)
    exact = measured.index[0] + pd.to_timedelta(place * step.to_timedelta64())
    if (exact != measured.index).any():
        notes.append(f"{int((exact != measured.index).sum()):,} times moved to the nearest step of {step}")
    measured = measured.groupby(place).mean().reindex(range(steps))
    anomalous = anomalous.groupby(place).max().reindex(range(steps)).ffill().astype(bool)
    grid = pd.date_range(exact[0], periods=steps, freq=step)
    return measured.set_axis(grid), anomalous.set_axis(grid), step.total_seconds()


def file_content(path: Path) -> bytes:
    """The bytes of a file. UserError if it is missing, cannot be read or is too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB, which is the limit.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
