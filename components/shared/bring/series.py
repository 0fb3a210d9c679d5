"""The user's own series as training data: a table, read by the `csv` dataset."""

from dataclasses import replace
from pathlib import Path

import streamlit as st
import torch

from components.shared.app import words
from components.shared.app.once import once
from components.shared.bring import asking
from components.shared.bring.uploads import stored_file
from vae_core.data import Data
from vae_core.datasets import csv
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.kinds.series.tables import GAPS, file_content, read_table
from vae_core.kinds.series.windows import windows

MOST_WINDOWS = 20_000
"""Of a long series; neighbours a step apart say nearly the same."""


WANTED = "an own series is wanted"
"""In the session's state while somebody is on the way to the Train page to bring one."""


def ask_for_series() -> csv.Config:
    """Ask for a table of measurements, show what was found in it, and return the config that reads it.

    UserError until there is something to train on.
    """
    question = "Your series: a CSV or Parquet file with a column of times and one or more of values"
    files = asking.ask(question, ["csv", "txt", "parquet"], key="own series", mb=asking.TABLE_MB)
    window = st.select_slider("Steps of a window", [8, 12, 16, 24, 32, 48, 64, 96, 128, 168, 288], 48, key="own window")
    gaps = st.segmented_control(
        "Missing values",
        GAPS,
        default="interpolate",
        required=True,
        format_func={"interpolate": "Interpolate", "drop": "Leave out", "refuse": "Refuse"}.get,
        key="own gaps",
    )
    if not files:
        raise UserError("Drop a table into the field below, with a row a measurement; a few hundred at least.")
    (file,) = files
    path = stored_file(file)
    with st.spinner("Reading your series …"):
        names = _columns(path)
        label = st.selectbox(
            "Column that marks anomalies, 0 or 1", ["", *names], key="own label", format_func=_or_found
        )
        values = st.multiselect("Columns of values", names, key="own values", placeholder="all with numbers")
        config = csv.Config(path=path, values=tuple(values), label=label, gaps=gaps or "interpolate", window=window)
        config, notes, data = _loaded_series(config)
    begin = "" if config.stride == 1 else f", which begin {config.stride} steps apart"
    st.caption(f"{len(data.train) + len(data.test):,} windows{begin}; {words.escaped('; '.join(notes))}.")
    spec, kind = data.spec, kind_of(data.spec)
    index = torch.linspace(0, len(data.train) - 1, 4).long()
    st.image([picture.numpy() for picture in kind.pictures(kind.feed(data.train.x[index]), spec)], width=140)
    return config


def _or_found(name: str) -> str:
    return name or "found by its name"


@once
def _columns(path: str) -> list[str]:
    return [str(each) for each in read_table(file_content(Path(path)), Path(path).name).columns]


@once
def _loaded_series(config: csv.Config) -> tuple[csv.Config, tuple[str, ...], Data]:
    """What was found, and the config, whose windows begin so far apart that they are not too many."""
    series = csv.read(config)
    config = replace(config, stride=-(-len(series.values) // MOST_WINDOWS))
    return config, series.notes, windows(series, config.window, config.stride, config.train_fraction)
