"""What Compare shows side by side: trainings, queued ones too, and models that were trained elsewhere."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.shared.app import words
from components.shared.app.addresses import visits
from components.shared.people import whose
from components.shared.trainings.presets import PRESETS, lesson_of
from components.shared.trainings.series import CHOSEN, MAX_RUNS, choose, reached, together
from vae_core import checkpoints, jobs
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.training import TrainConfig

KEY, LINK = "compared", "compared in the link"
MAX_MODELS = 4
"""So many stand side by side at most."""
FIRST = ("mnist-ae-2d", "mnist-vae-2d", "mnist-vae-16d")
"""What an empty page offers."""
MAX_SERIES = 5
"""Lessons that are offered as a whole, the newest."""


@dataclass(frozen=True)
class Run:
    """A training, or a finished model without one (`job` None); `history` holds the records of its epochs."""

    name: str
    config: TrainConfig
    history: list[dict[str, Any]]
    job: Job | None = None
    checkpoint: Checkpoint | None = None

    @property
    def active(self) -> bool:
        return self.job is not None and (self.job.active or self.job.status == "paused")

    @property
    def epoch(self) -> int:
        """The epochs done."""
        return reached(self.job, self.history) if self.job else len(self.history)

    @property
    def state(self) -> str:
        """As "running, epoch 7 of 240", "done, 240 epochs"."""
        if self.job is None:
            shipped = self.checkpoint is not None and self.checkpoint.path.is_relative_to(checkpoints.SHIPPED)
            return f"{'shipped' if shipped else 'brought here'}, {_epochs(len(self.history))}"
        if self.job.status == "queued" and self.job.reason:
            return self.job.reason
        if self.job.status == "done":
            return f"done, {_epochs(self.epoch)}"
        return f"{self.job.status}, epoch {self.epoch} of {self.config.epochs}"


def _epochs(n: int) -> str:
    return f"{n} epoch{'' if n == 1 else 's'}"


def run_of(name: str) -> Run | None:
    """The training or model of that name as it is now; None if it is gone or cannot be read."""
    try:
        try:
            job = jobs.get(name)
            return Run(name, job.config, job.history(), job)
        except UserError:
            checkpoint = checkpoints.load(name)
            return Run(name, checkpoint.train_config, checkpoint.history, checkpoint=checkpoint)
    except UserError:
        return None


def models_of(names: Sequence[str]) -> tuple[list[Checkpoint], list[str]]:
    """The models of the chosen ones, of a training its latest, and the names of those that have none yet."""
    found, waiting = [], []
    for run in filter(None, map(run_of, names)):
        checkpoint = run.job.checkpoint() if run.job else run.checkpoint
        if checkpoint is None:
            waiting.append(run.name)
        else:
            found.append(checkpoint)
    return found, waiting


def offer_shipped() -> None:
    """Three models of the same data that are here already, to be compared at once."""
    known = [each.name for each in checkpoints.find([checkpoints.SHIPPED])]
    names = [name for name in FIRST if name in known]
    if len(names) > 1:
        st.button(
            "Compare an autoencoder, a VAE, and one of 16 dimensions",
            icon=":material/compare:",
            help=", ".join(names),
            on_click=choose,
            args=(names,),
        )


def choose_runs() -> list[str]:
    """Ask what to compare: first the link's (`?runs=A,B`), else what was started together last, queued ones too.
    Returns names; empty if nothing is chosen yet."""
    found = whose.own_first(jobs.find())
    models = [each.name for each in checkpoints.find() if each.name not in {job.name for job in found}]
    known = [*(job.name for job in found), *models]
    asked = [name for name in st.query_params.get("runs", "").split(",") if name]
    followed = st.session_state.get(LINK) != asked and bool(asked)
    if CHOSEN in st.session_state:
        st.session_state[KEY] = st.session_state[CHOSEN]
    if KEY not in st.session_state or followed:
        if missing := [words.quoted(name) for name in asked if name not in known]:
            st.warning(f"There is no training or model called {', '.join(missing[:3])} here.")
        st.session_state[KEY] = [name for name in asked if name in known][:MAX_RUNS] or _latest(found)
    st.session_state[KEY] = [name for name in st.session_state[KEY] if name in known]
    _offer_series(found)
    configs = [job.config for job in found]
    started = {job.name: job.created for job in found if configs.count(job.config) > 1}
    names = st.multiselect(
        "Trainings and models",
        known,
        key=KEY,
        max_selections=MAX_RUNS,
        persist_state="session",
        format_func=lambda name: _called(name, started),
        placeholder="Choose some to compare",
    )
    st.session_state.pop(CHOSEN, None)  # now the browser hears of it
    visits.put("runs", ",".join(names))
    st.session_state[LINK] = names
    return names


def _called(name: str, started: dict[str, float]) -> str:
    """A name, with the time of its start for a training that has an equal."""
    return f"{name} ({time.strftime('%H:%M', time.localtime(started[name]))})" if name in started else name


def _latest(found: list[Job]) -> list[str]:
    """What was started together with the newest training, oldest first; if it was alone, the newest of its seed."""
    if not found:
        return []
    series = together(found[0])
    same_seed = [job.name for job in found if job.config.seed == found[0].config.seed][:3]
    return (series if len(series) > 1 else same_seed[::-1])[:MAX_RUNS]


def _offer_series(found: list[Job]) -> None:
    """A button for each lesson of several trainings that was started here: it chooses all of them."""
    series: dict[str, list[str]] = {}
    for job in found:
        if job.series is not None:
            series.setdefault(job.series, []).append(job.name)
    several = [(name, members[::-1]) for name, members in series.items() if len(members) > 1][:MAX_SERIES]
    if not several:
        return
    with st.container(horizontal=True):
        for name, members in several:
            lesson = PRESETS.get(lesson_of(name))
            st.button(
                f"All of “{lesson.title}”" if lesson else "All of " + ", ".join(members),
                key=f"series {name}",
                help=", ".join(members),
                on_click=choose,
                args=(members,),
            )
