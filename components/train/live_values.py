"""Values that may change while a training runs, such as β: a field for each live option."""

from typing import Any

import streamlit as st

from components.shared.app import forms
from components.shared.app.uncut import uncut
from components.shared.people import visitors
from components.shared.trainings.changes import in_words
from vae_core import config as configs
from vae_core import jobs
from vae_core.config import Option
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.training import TrainConfig

Live = dict[str, tuple[Option, float]]


def live_options(config: TrainConfig) -> Live:
    """The live options of a training and its objective, by name, each with its configured value."""
    return {
        item.name: (item, getattr(part, item.name))
        for part in (config, config.objective)
        for item in configs.options(type(part))
        if item.live
    }


def live_fields(job: Job, history: list[dict[str, Any]]) -> None:
    """A field for each live option, and a note on what they do next."""
    options = live_options(job.config)
    *places, note = st.columns([1] * len(options) + [2], vertical_alignment="bottom")
    for place, (name, (item, value)) in zip(places, options.items(), strict=True):
        whole = item.type is int
        place.number_input(
            forms.label(name),
            value=item.type(job.live.get(name, value)),
            step=1 if whole else forms.step(float(item.default)),
            format="%d" if whole else "%.6g",
            key=f"{name} {job.name}",
            on_change=_set,
            args=(job, name),
            help=item.help,
        )
    words = []
    if job.config.schedule == "one_cycle" and history:
        words.append(f"Learning rate in the last epoch: {history[-1]['lr']:.2g}.")
    changes = [change for record in history for change in record.get("changes", [])]
    taken = {name: value for change in changes for name, value in change.items()}
    if waiting := {name: value for name, value in job.live.items() if taken.get(name) != value}:
        words.append(f"From the next batch on: {in_words(waiting)}.")
    note.caption(" ".join(words))


@uncut()
def _set(job: Job, name: str) -> None:
    value = st.session_state[f"{name} {job.name}"]
    _, configured = live_options(job.config)[name]
    if value == job.live.get(name, configured):  # a field that has just disappeared reports once more
        return
    try:
        job = jobs.get(job.name, job.path.parent)  # another one may have its name by now
        visitors.check(job.owner)
        job.set(**{name: value})
    except UserError as error:
        st.toast(forms.describe(error))
