"""Levels that users bring: text files of tiles, of which the model sees a window."""

from dataclasses import replace
from typing import Any

import streamlit as st
from torch import Tensor

from components.shared.app import words
from components.shared.bring.bringing import Bringing, prepared_once
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds.tiles import Options
from vae_core.kinds.tiles.corpus import read_text

TILE = 8
"""Pixels of a tile in the pictures of the steps: low, so that the level below stays above the fold."""


class Levels(Bringing):
    """Levels as The Video Game Level Corpus writes them: a line a row, a character a tile."""

    sources = {"draw": "Paint", "upload": "Upload", "example": "Test example", "sent": "Sent here"}
    suffixes = ["txt"]

    def invitation(self, spec: DataSpec) -> str:
        return f"Paint {words.one(spec)} or bring one: the model builds it again from what it remembers."

    def question(self, spec: DataSpec) -> str:
        rows, columns = spec.shape
        return (
            f"Drop a text file of tiles, many, or a zip of them: {rows} rows, one character a tile "
            f"(`{' '.join(spec.symbols)}`); of a level wider than {columns} tiles you choose the part"
        )

    def question_for_one(self, spec: DataSpec) -> str:
        return f"A text file of tiles: {spec.shape[0]} rows, one character a tile (`{' '.join(spec.symbols)}`)"

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        spec, result = checkpoint.spec, automatic
        columns = spec.shape[1]
        whole = _ids(result.steps[0][1], spec)
        start = 0
        if whole.shape[1] > columns:
            start = (
                st.slider(
                    "First column",
                    1,
                    whole.shape[1] - columns + 1,
                    key=f"first column {checkpoint.name} {hash(content)}",
                    help=f"The model sees {columns} columns at a time; move along the level to choose them.",
                )
                - 1
            )
            result = prepared_once(self, content, checkpoint.name, checkpoint.digest, Options(start=start))
        captions = {
            "read": f"Read: {whole.shape[0]} rows of {whole.shape[1]} tiles",
            "window": f"Columns {start + 1} to {start + min(columns, whole.shape[1])}, as the model takes them",
        }
        with st.container(horizontal=True, key="preparation-strip"):
            for i, (step, text) in enumerate(result.steps, start=1):
                ids = _ids(text, spec)
                picture = self.shown(ids[None], replace(spec, shape=tuple(ids.shape)), TILE * ids.shape[1])
                st.image(picture, caption=f"{i}. {captions[step]}", width=max(TILE * columns, picture.shape[1]))
        return result.x


def _ids(text: str, spec: DataSpec) -> Tensor:
    return read_text(text.encode(), spec.symbols)
