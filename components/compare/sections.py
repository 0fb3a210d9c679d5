"""What Compare shows of the chosen ones, one thing at a time. Add one: an entry in `SECTIONS`."""

from collections.abc import Callable, Sequence

import streamlit as st

from components.compare.compared import MAX_MODELS, Run, models_of, run_of
from components.compare.comparison import comparison
from components.compare.measures import measures
from components.compare.side_by_side import side_by_side
from components.shared.app.addresses import visits
from vae_core.checkpoints import Checkpoint

KEY, LINK = "compare section", "see"


def _side_by_side(names: Sequence[str]) -> None:
    if found := _models(names):
        side_by_side(found)


def _measures(names: Sequence[str]) -> None:
    if found := _models(names):
        measures(found)


SECTIONS: dict[str, tuple[str, Callable[[Sequence[str]], None]]] = {
    "models": ("Side by side", _side_by_side),
    "metrics": ("Metrics", _measures),
    "training": ("Training", comparison),
}
"""By id, as in a link: what a section is called, and what shows it for the names of the chosen ones."""


def sections(names: Sequence[str]) -> None:
    """Ask which section to show, and show it. The link's (`?see=metrics`) comes first, else the films and curves of
    what has been trained here, and of finished models what they do."""
    runs = [run for name in names if (run := run_of(name))]
    linked = st.query_params.get(LINK)
    if linked in SECTIONS and (KEY not in st.session_state or visits.current().restoring):
        st.session_state[KEY] = linked
    elif KEY not in st.session_state:
        st.session_state[KEY] = _usual(runs)
    section = st.segmented_control(
        "What to compare",
        list(SECTIONS),
        format_func=lambda section: SECTIONS[section][0],
        key=KEY,
        label_visibility="collapsed",
        required=True,
        persist_state="session",
    )
    visits.put(LINK, section)
    SECTIONS[section][1](names)


def _usual(runs: Sequence[Run]) -> str:
    return "training" if any(run.job for run in runs) else next(iter(SECTIONS))


def _models(names: Sequence[str]) -> list[Checkpoint]:
    """The models to be put side by side, and a sentence on those that are not among them."""
    found, waiting = models_of(names)
    if waiting:
        st.caption(
            f"{' and '.join(waiting)} {'has' if len(waiting) == 1 else 'have'} no model yet: there is one after the "
            "first epoch."
        )
    if len(found) > MAX_MODELS:
        st.caption(f"The first {MAX_MODELS} stand side by side: {', '.join(each.name for each in found[:MAX_MODELS])}.")
    return found[:MAX_MODELS]
