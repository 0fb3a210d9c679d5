"""Lessons as cards, a picture, a sentence and its time, and the start of trainings."""

import re
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from components.shared.app.uncut import uncut
from components.shared.people import visitors
from components.shared.trainings.presets import PRESETS, Preset, series_of
from components.shared.trainings.series import choose
from components.train import pace
from components.train.runs import STARTED
from vae_core import checkpoints, jobs
from vae_core.errors import UserError
from vae_core.jobs import queue as job_queue
from vae_core.keeping import room
from vae_core.training import TrainConfig

PICTURES = Path(__file__).parent / "pictures"
"""A picture for each lesson, by its id; `lesson_pictures.py` makes them."""
STYLE = Path(__file__).parent / "train.css"


def lesson_cards(several: bool = False) -> None:
    """A card for each lesson, or for those of several trainings; a card's button starts it."""
    st.html(STYLE)
    with st.container(horizontal=True, key="lessons", gap="small"):
        for preset in PRESETS.values():
            if not several or len(preset.trainings) > 1:
                _card(preset)


def _card(preset: Preset) -> None:
    with st.container(border=True, key=f"lesson card {preset.id}", width=272):
        st.image(str(PICTURES / f"{preset.id}.png"), width="stretch", alt=f"What “{preset.title}” ends with")
        st.markdown(f"**{preset.title}**  \n{preset.shows}")
        st.button(
            f"Start ({pace.time_of(preset)})",
            key=f"start {preset.id}",
            icon=":material/play_arrow:",
            type="primary" if preset.id == next(iter(PRESETS)) else "secondary",
            width="stretch",
            on_click=_start,
            args=(preset,),
        )


@uncut()
def _start(preset: Preset) -> None:
    try:
        start(preset.trainings, preset)
    except UserError as error:
        st.toast(str(error))


def start(trainings: Mapping[str, TrainConfig], preset: Preset | None = None) -> None:
    """Start trainings, by name ("" for one of their own), to be shown on Train, and on Compare if they are several.

    UserError if one of them cannot be started, before the first if they are too many; those before it have been.
    """
    owner = visitors.current().starts_for
    job_queue.check_room(job_queue.states(checkpoints.RUNS), owner, len(trainings))
    room.make_room(owner)
    series = series_of(preset) if preset else None
    started: list[str] = []
    try:
        for name, config in trainings.items():
            job = jobs.start(config, free_name(name) if name else None, series=series, owner=owner)
            started.append(job.name)
    finally:
        if started:
            st.session_state[STARTED] = started[0]
        if len(started) > 1:
            choose(started)


def free_name(name: str) -> str:
    """The name, or with the next free number: a class starts the same lesson many times."""
    taken = {path.name for root in (checkpoints.RUNS, checkpoints.SHIPPED) for path in root.glob("*")}
    n = 1 + max(
        (int(match[1]) for each in taken if (match := re.fullmatch(re.escape(name) + r"-(\d+)", each))), default=1
    )
    return f"{name}-{n}" if name in taken else name
