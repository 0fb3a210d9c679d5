"""Tunes that users bring: drawn on the roll, or a MIDI file of which the model hears a window."""

from typing import Any

import streamlit as st
from torch import Tensor

from components.shared.app import words
from components.shared.bring.bringing import Bringing, prepared_once
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds.notes import Options
from vae_core.kinds.notes.midi import RULES, Piece
from vae_core.kinds.notes.voices import VOICES


class Tunes(Bringing):
    """MIDI files of any number of parts, in quarter notes and four voices."""

    sources = {"draw": "Draw", "upload": "Upload", "example": "Test example", "sent": "Your point"}
    suffixes = ["mid", "midi"]

    def invitation(self, spec: DataSpec) -> str:
        return f"Draw {words.one(spec)} or bring one: the model composes a similar one from what it remembers."

    def question(self, spec: DataSpec) -> str:
        return "Drop a MIDI file (.mid), many, or a zip of them; of a piece that is longer you choose the part"

    def question_for_one(self, spec: DataSpec) -> str:
        return f"A MIDI file (.mid): the model hears {_steps(spec)} quarter notes of it, in four voices"

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        piece: Piece = automatic.steps[0][1]
        steps, length = _steps(checkpoint.spec), len(piece.pitches)
        st.caption(f"{length} quarter notes. The voices: {RULES[piece.rule]}. {' '.join(piece.said)}")
        if length <= steps:
            return automatic.x
        first = st.slider(
            "First quarter note",
            1,
            length - steps + 1,
            key=f"first step {checkpoint.name} {hash(content)}",
            help=f"The model hears {steps} quarter notes at a time.",
        )
        options = Options(start=first - 1)
        return prepared_once(self, content, checkpoint.name, checkpoint.digest, options).x


def _steps(spec: DataSpec) -> int:
    return spec.shape[0] // len(VOICES)
