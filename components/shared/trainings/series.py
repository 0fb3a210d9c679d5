"""Trainings that belong together, and how far one has come."""

from typing import Any

import streamlit as st

from components.shared.app.uncut import uncut
from vae_core import jobs
from vae_core.jobs import Job

CHOSEN = "to be compared"
MAX_RUNS = 6


def reached(job: Job, history: list[dict[str, Any]]) -> int:
    """The last complete epoch. A training says how far it is once a second, and may have written more by then."""
    return max(int(job.epoch), history[-1]["epoch"] if history else 0)


def together(job: Job) -> list[str]:
    """The trainings that were started together with this one, itself among them, oldest first."""
    if job.series is None:
        return [job.name]
    return [each.name for each in reversed(jobs.find()) if each.series == job.series]


@uncut()
def choose(names: list[str]) -> None:
    """Compare these, from the next run of the page on: a poll that is on its way would set the field itself back."""
    st.session_state[CHOSEN] = names[:MAX_RUNS]
