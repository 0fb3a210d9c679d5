"""From a series to windows: cut out, scaled by the training part, and labelled where an anomaly lies."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.data import Column, Data, DataSpec, Split
from vae_core.errors import UserError

NORMAL, ANOMALY = "normal", "anomaly"


@dataclass(frozen=True)
class Series:
    """Measurements at equal steps: `values` float64 [n, C] in their units; `times` datetime64 [n], where known; which
    steps lie in a labelled anomaly, bool [n]; `step` in seconds. No window may touch a step that is `missing`, bool
    [n]. `notes` tell what was done to get there."""

    name: str
    columns: tuple[tuple[str, str], ...]
    values: np.ndarray
    anomalous: np.ndarray
    times: np.ndarray | None = None
    step: float | None = None
    missing: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def starts(n: int, length: int, stride: int) -> np.ndarray:
    """The first steps of the windows of `length` in n steps, `stride` apart; the last window ends with the series."""
    if n < length:
        return np.zeros(0, dtype=np.int64)
    return np.unique(np.append(np.arange(0, n - length + 1, stride), n - length))


def cut(values: Tensor, first: np.ndarray, length: int) -> Tensor:
    """The windows [N, C, length] of scaled values [n, C] that begin at the steps `first` [N]."""
    index = torch.from_numpy(first)[:, None] + torch.arange(length)
    return values[index].transpose(1, 2).contiguous()


def joined(x: Tensor, first: Tensor) -> Tensor:
    """The series [n, C] that windows x [N, C, T] were cut from, which begin at the steps `first` [N]: from the earliest
    to the end of the latest; NaN where there is no window. `cut` gives the windows again."""
    length = x.shape[2]
    at = first - first.min()
    values = x.new_full((int(at.max()) + length, x.shape[1]), torch.nan)
    values[(at[:, None] + torch.arange(length)).flatten()] = x.transpose(1, 2).flatten(0, 1)
    return values


def windows(series: Series, length: int, stride: int, train_fraction: float) -> Data:
    """A series as data: windows of its first part to learn from, those of the rest held out.

    Windows that touch a labelled anomaly are no part of what is learned from. Columns are scaled by the first part.
    UserError if a part has no window.
    """
    n = len(series.values)
    border = round(n * train_fraction)
    raw = torch.from_numpy(np.ascontiguousarray(series.values, dtype=np.float64))
    learned = torch.from_numpy(~series.anomalous[:border])
    columns = tuple(
        Column.fitted(raw[:border, i][learned], name, unit) for i, (name, unit) in enumerate(series.columns)
    )
    scaled = torch.stack([column.scaled(raw[:, i]) for i, column in enumerate(columns)], 1)
    touched = np.concatenate([[0], np.cumsum(series.anomalous)])
    gone = np.zeros(n, dtype=bool) if series.missing is None else series.missing
    holes = np.concatenate([[0], np.cumsum(gone)])

    def part(first: np.ndarray, whole: bool) -> Split:
        first = first[holes[first + length] == holes[first]]
        anomalous = touched[first + length] > touched[first]
        first, anomalous = (first, anomalous) if whole else (first[~anomalous], anomalous[~anomalous])
        labels = torch.from_numpy(anomalous.astype(np.int64))
        return Split(cut(scaled, first, length), labels, first=torch.from_numpy(first))

    train = part(starts(border, length, stride), whole=False)
    test = part(starts(n - border, length, stride) + border, whole=True)
    if not len(train) or not len(test):
        raise UserError(
            f"{series.name} has {n:,} steps: too few for windows of {length} steps in both of its parts. "
            "Take a smaller --window."
        )
    classes = (NORMAL, ANOMALY) if series.anomalous.any() else ()
    spec = DataSpec(
        series.name,
        "series",
        (len(columns), length),
        classes=classes,
        columns=columns,
        step=series.step,
        begin=None if series.times is None else float(series.times[0].astype("datetime64[ms]").astype(np.int64)) / 1000,
        normal=0 if classes else None,
    )
    return Data(spec, train, test)
