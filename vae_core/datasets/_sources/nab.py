"""Real series with labelled anomalies: the Numenta Anomaly Benchmark (Lavin & Ahmad 2015)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets._sources.sentences import place_of
from vae_core.errors import UserError
from vae_core.kinds.series.tables import file_content, read_table, series_of
from vae_core.kinds.series.windows import Series, windows
from vae_core.reading import parsed

FOLDER, LABELS = "nab", "combined_windows.json"
SOURCE = "https://github.com/numenta/NAB"


@dataclass(frozen=True)
class WindowOptions:
    """How a series is cut into windows."""

    window: int = option(48, "Steps of a window.", minimum=4, maximum=4096)
    stride: int = option(1, "Steps between the beginnings of two windows.", minimum=1, maximum=4096)
    train_fraction: float = option(
        0.5, "Share of the series, from its beginning, to learn from.", minimum=0.05, maximum=0.95
    )


def load_nab(name: str, file: str, unit: tuple[str, str], config: WindowOptions, data_dir: Path | None) -> Data:
    """The windows of a file of the benchmark; those that touch a labelled anomaly are of class "anomaly"."""
    return windows(nab_series(name, file, unit, data_dir), config.window, config.stride, config.train_fraction)


def nab_series(name: str, file: str, unit: tuple[str, str], data_dir: Path | None) -> Series:
    """The whole series, with its labelled anomalies. UserError if a file is missing or is not such a file."""
    table = read_table(file_content(_place(f"{file}.csv", name, data_dir)), f"{file}.csv")
    found = series_of(table, name)
    labels = parsed(file_content(_place(LABELS, name, data_dir)), LABELS)
    spans = next((spans for key, spans in labels.items() if key.endswith(f"/{file}.csv")), None)
    if spans is None or found.times is None:
        raise UserError(f"{LABELS} or {file}.csv is not that of the benchmark. Get them from {SOURCE}.")
    anomalous = np.zeros(len(found.values), dtype=bool)
    for first, last in spans:
        anomalous |= (found.times >= np.datetime64(first)) & (found.times <= np.datetime64(last))
    return Series(name, (unit,), found.values, anomalous, found.times, found.step, notes=found.notes)


def _place(file: str, name: str, data_dir: Path | None) -> Path:
    for place in () if data_dir is None else (data_dir / FOLDER, data_dir):
        if (place / file).is_file():
            return place / file
    raise UserError(f"{name} is not in {place_of(data_dir, FOLDER)}: {file} is missing. Get it from {SOURCE}.")
