"""Levels that users bring: text files of tiles, of which the model sees a window."""

from dataclasses import replace
from typing import Any

import numpy as np
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
WIDEST, PIECE = 16_000, 1000
"""Of a level's picture in pixels: no screen shows more, and JPEG ends at 65,500. Columns that are drawn at once."""


class Levels(Bringing):
    """Levels as The Video Game Level Corpus writes them: a line a row, a character a tile."""

    sources = {"draw": "Paint", "upload": "Upload", "example": "Test example", "sent": "Your point"}
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
        spec = checkpoint.spec
        rows, columns = spec.shape
        whole = _ids(automatic.steps[0][1], spec)
        size = f"{whole.shape[0]} rows of {whole.shape[1]} tiles"
        if whole.shape[1] > columns:
            return self._window(checkpoint, content, whole, size)
        captions = {"read": f"Read: {size}", "window": f"As the model takes it: {rows} rows of {columns} tiles"}
        with st.container(horizontal=True, key="preparation-strip"):
            for i, (step, text) in enumerate(automatic.steps, start=1):
                picture = self._picture(_ids(text, spec), spec)
                st.image(picture, f"{i}. {captions[step]}", max(TILE * columns, picture.shape[1]), alt=captions[step])
        return automatic.x

    def _window(self, checkpoint: Checkpoint, content: bytes, whole: Tensor, size: str) -> Tensor:
        """Ask which part of a wide level the model is to see, and show where in the level it lies."""
        spec = checkpoint.spec
        columns = spec.shape[1]
        first = st.slider(
            "First column",
            1,
            whole.shape[1] - columns + 1,
            key=f"first column {checkpoint.name} {hash(content)}",
            help=f"The model sees {columns} columns at a time.",
        )
        picture = self._picture(whole, spec)
        tile = picture.shape[1] / whole.shape[1]
        outside = np.ones(picture.shape[1], dtype=bool)
        outside[round(tile * (first - 1)) : round(tile * (first - 1 + columns))] = False
        picture[:, outside] = picture[:, outside] // 3 + 100  # greyed
        st.image(picture, f"{size}; the model takes columns {first} to {first + columns - 1}", "content")
        options = Options(start=first - 1)
        return prepared_once(self, content, checkpoint.name, checkpoint.digest, options).x

    def _picture(self, level: Tensor, spec: DataSpec) -> np.ndarray:
        """A level of any size, uint8 [H, W, 3], of a huge one not every pixel."""
        step = -(-TILE * level.shape[1] // WIDEST)
        parts = (
            self.shown(part[None], replace(spec, shape=tuple(part.shape)), TILE * part.shape[1])[::step, ::step]
            for part in level.split(PIECE, dim=1)
        )
        return np.concatenate(list(parts), axis=1)


def _ids(text: str, spec: DataSpec) -> Tensor:
    return read_text(text.encode(), spec.symbols)
