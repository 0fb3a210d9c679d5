"""One training: live while it runs, then a film to scrub through, and what to do with the model."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from components.shared.app.addresses import visits
from components.shared.app.uncut import uncut
from components.shared.people import visitors
from components.shared.people.visitors import Visitor
from components.shared.trainings import charts, curves, film
from components.shared.trainings.changes import describe_changes
from components.shared.trainings.series import reached, together
from components.shared.trainings.units import unit_of
from components.train import run_tools
from components.train.lessons import STYLE
from components.train.live_values import live_fields
from vae_core import jobs
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.objectives import OBJECTIVES
from vae_core.training.losses import describe_losses

POLL_SECONDS, CURVES_SECONDS = 0.7, 2.0
ICONS = {
    "queued": ":material/hourglass_empty:",
    "running": ":material/directions_run:",
    "paused": ":material/pause_circle:",
    "interrupted": ":material/power_off:",
    "failed": ":material/error:",
    "stopped": ":material/stop_circle:",
    "done": ":material/check_circle:",
}
ACTIONS: dict[str, tuple[str, Callable[[Job, Visitor], object]]] = {
    "pause": ("Pause", lambda job, _: job.pause()),
    "resume": ("Resume", lambda job, visitor: job.resume(limited=not visitor.teacher)),
    "stop": ("Stop", lambda job, _: job.stop()),
    "delete": ("Delete", lambda job, _: job.delete()),
}
POSSIBLE = {
    "queued": ("pause", "stop"),
    "running": ("pause", "stop"),
    "paused": ("resume", "stop"),
    "interrupted": ("resume", "delete"),
    "failed": ("resume", "delete"),
    "stopped": ("resume", "delete"),
    "done": ("delete",),
}
"""The actions that make sense, by a job's status."""


def job_view(job: Job) -> None:
    """Progress, film, curves and controls. While the job may change, only this part reruns, not the page."""
    st.html(STYLE)
    st.html(film.PLACE)
    changing = job.active or job.status == "paused"
    # The container keeps the fragment's place: when a poll follows right on a rerun of the page, Streamlit drops what
    # the rerun drew of the fragment, the browser closes the gap, and the poll would overwrite what comes after it.
    with st.container():
        st.fragment(_view, run_every=POLL_SECONDS if changing else None)(job.name, changing)
    if not changing:
        run_tools.tools(job)


def _view(name: str, was_changing: bool) -> None:
    try:
        job = jobs.get(name)
    except UserError:  # deleted, perhaps in another tab: the page shows another job
        st.rerun()
    reel = film.reel(job)  # before the history: no frame is ahead of what is said of the epochs
    history = job.history()
    _head(job, history)
    if job.status == "failed":
        st.error(f"This training failed: {job.reason}")
    elif job.status == "interrupted":
        st.warning(job.reason)
    elif job.status == "stopped" and job.reason:
        st.info(job.reason)
    if reel["epochs"] or job.status in ("queued", "running", "paused"):
        film.show_films([reel])
    else:
        st.caption("This training has no film yet.")
    if history:
        changed = describe_changes(history)
        note = f"Changed while it ran: {changed}." if changed else ""
        curves.show_curves(_curves(job, history), key=f"curves {job.name} {job.created}", note=note)
    if was_changing and not (job.active or job.status == "paused"):
        st.rerun()  # it has ended: the page offers its tools, and this part stops polling


def _curves(job: Job, history: list[dict[str, Any]]) -> dict[str, Figure]:
    """The figures, redrawn every CURVES_SECONDS while it trains: they cost the browser more than the rest of a poll."""
    key = f"curves of {job.name}"
    drawn_at, figures = st.session_state.get(key, (0.0, None))
    if figures is None or not job.active or time.monotonic() - drawn_at >= CURVES_SECONDS:
        unit, variational = unit_of(job), job.config.model.variational
        figures = {"losses": charts.losses({job.name: history}, unit, () if variational else (job.name,))}
        if variational:
            figures["kl"] = charts.kl_per_dimension(history[-1], unit)
        objective = OBJECTIVES.of(job.config.objective).build
        if objective.labels:
            nats = any(term not in objective.unitless for term in objective.labels)
            figures["own"] = charts.own_terms(history, objective.labels, f"nats/{unit}" if nats else "")
        figures["gradient"] = charts.gradient_norm(history, unit)
        st.session_state[key] = time.monotonic(), figures
    return figures


def _head(job: Job, history: list[dict[str, Any]]) -> None:
    facts, actions = st.columns([3, 1], vertical_alignment="center")
    mine = visitors.current().may(job.owner)
    ended = job.status in run_tools.ENDED and job.checkpoint() is not None
    facts.markdown(f"{ICONS[job.status]} {_status_line(job, history, mine)}")
    with actions:
        if mine:
            _actions(job)
        elif ended:
            st.caption(visitors.starter(job.owner), text_alignment="right")
    st.progress(min(1.0, max(job.progress, reached(job, history) / job.config.epochs)))
    # One row in both cases, of one height: the pictures stay where they are when the training ends.
    with st.container(key="train row"):
        if ended:
            run_tools.rewards(job, together(job))
        elif mine:  # a failed one may go on with a smaller learning rate
            live_fields(job, history)
        else:
            st.caption(visitors.starter(job.owner))


def _status_line(job: Job, history: list[dict[str, Any]], mine: bool) -> str:
    words = [_place(job, mine) if job.status == "queued" else job.status]
    words.append(f"epoch {reached(job, history)} of {job.config.epochs}")
    if job.seconds_left is not None:
        words.append(f"{_duration(job.seconds_left)} left")
    if history:
        words.append(f"{describe_losses(job.config, history[-1]['test'])} nats/{unit_of(job)}")
    return " · ".join(words)


def _place(job: Job, mine: bool) -> str:
    """Where a training waits: as its reason says, but to whose it is."""
    ahead = (job.position or 1) - 1
    if not mine or not job.reason:
        return job.reason or job.status
    if not ahead:
        return "yours is next"
    return f"{ahead} {'training is' if ahead == 1 else 'trainings are'} ahead of yours"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _actions(job: Job) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        for action in POSSIBLE[job.status]:
            place, (label, _) = st, ACTIONS[action]
            if action == "delete":
                place, label = st.popover(label), f"Delete {job.name} for everybody"
            place.button(label, key=f"{action} {job.name}", on_click=_act, args=(job, action))


@uncut()
def _act(job: Job, action: str) -> None:
    """Two tabs may press at once: the second one is told why nothing happens."""
    try:
        job = jobs.get(job.name)  # another one may have its name by now
        ACTIONS[action][1](job, visitors.check(job.owner))
        if action == "delete":
            st.session_state.pop("run", None)
            visits.put("run", "")
    except UserError as error:
        st.toast(str(error))
