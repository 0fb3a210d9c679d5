"""The user's own series: a CSV or Parquet file."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.config import option
from vae_core.data import Data
from vae_core.datasets import DATASETS, PATH_HELP
from vae_core.datasets._sources.nab import WindowOptions
from vae_core.errors import UserError
from vae_core.kinds.series.tables import GAPS, file_content, read_table, series_of
from vae_core.kinds.series.windows import Series, windows

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config(WindowOptions):
    title: ClassVar[str] = "Own series"
    kind: ClassVar[str] = "series"

    path: str = option("", PATH_HELP, place=True)
    time: str = option("", "Column of times; empty: the first that has times, or none.")
    values: tuple[str, ...] = option((), "Columns of values, up to 32; none: all that hold numbers.")
    label: str = option("", "Column that is 1 in anomalies, else 0; empty: one called label or anomaly, or none.")
    gaps: str = option("interpolate", "What to do where values are missing.", choices=GAPS)


@DATASETS.register("csv", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Your own series, from a CSV or Parquet file with a column of times and one or more of values.

    Columns are found where they are not named, and what was found is logged (`series_of`). A relative `path` is
    resolved here, then in `data_dir`. UserError names the row and column of what cannot be used.
    """
    series = read(config, data_dir)
    log.warning("csv: %s.", "; ".join(series.notes))
    return windows(series, config.window, config.stride, config.train_fraction)


def read(config: Config, data_dir: Path | None = None) -> Series:
    """The whole series of a file."""
    if not config.path.strip():
        raise UserError("Say which file holds the series: the option path is empty.")
    given = Path(os.path.expanduser(config.path))
    places = [given] if data_dir is None else [given, data_dir / given]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise UserError(f"There is no file {given}.")
    table = read_table(file_content(path), path.name)
    return series_of(table, "csv", time=config.time, values=config.values, label=config.label, gaps=config.gaps)
