"""Measurements that users bring: windows of series, sketched or cut from a table, and records, filled in or rows."""

from typing import Any

import streamlit as st
from torch import Tensor

from components.shared.app import words
from components.shared.bring.bringing import Bringing, prepared_once
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds import records, series

MOST_NAMED = 4
"""Columns that a question names."""


class Windows(Bringing):
    """CSV and Parquet files with a column a channel, of which the model sees a window."""

    sources = {"draw": "Draw", "upload": "Upload", "example": "Test example", "sent": "Your point"}
    suffixes = ["csv", "txt", "parquet"]

    def invitation(self, spec: DataSpec) -> str:
        return f"Draw {words.one(spec)} or bring one: the model draws it again from what it remembers."

    def question(self, spec: DataSpec) -> str:
        return (
            f"Drop a CSV file with {_columns(spec)}, many, or a zip of them; of more than {spec.shape[1]:,} steps you "
            "choose the part"
        )

    def question_for_one(self, spec: DataSpec) -> str:
        return f"A CSV file with {_columns(spec)}: its last {spec.shape[1]:,} steps are taken"

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        found = dict(automatic.steps)
        length, steps = int(found["length"]), checkpoint.spec.shape[1]
        st.caption(f"{length:,} steps: {words.escaped(found['read'])}.")
        if length <= steps:
            return automatic.x
        first = st.slider(
            "First step",
            1,
            length - steps + 1,
            int(found["window"]) + 1,
            key=f"first step {checkpoint.name} {hash(content)}",
            help=f"The model sees {steps:,} steps at a time.",
        )
        options = series.Options(start=first - 1)
        return prepared_once(self, content, checkpoint.name, checkpoint.digest, options).x


class Rows(Bringing):
    """CSV and Parquet files whose header names the columns of a record."""

    sources = {"draw": "Fill in", "upload": "Upload", "example": "Test example", "sent": "Your point"}
    suffixes = ["csv", "txt", "parquet"]

    def invitation(self, spec: DataSpec) -> str:
        return f"Fill in {words.one(spec)} or bring one: the model writes it again from what it remembers."

    def question(self, spec: DataSpec) -> str:
        return f"Drop a CSV file whose header names {_columns(spec)}, many, or a zip of them"

    def question_for_one(self, spec: DataSpec) -> str:
        return f"A CSV file whose header names {_columns(spec)}: its first row is taken"

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        length = int(dict(automatic.steps)["length"])
        if length < 2:
            return automatic.x
        row = st.number_input(f"Row, of {length:,}", 1, length, key=f"row {checkpoint.name} {hash(content)}", width=200)
        options = records.Options(row=row - 1)
        return prepared_once(self, content, checkpoint.name, checkpoint.digest, options).x


def _columns(spec: DataSpec) -> str:
    names = [words.escaped(column.name) for column in spec.columns]
    if len(names) == 1:
        return "a column of numbers"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"the columns {', '.join(names[:MOST_NAMED])}{more}"
