"""What a session remembers of where its user has been: the visit, the models chosen, and the point of each model.

The address says what is seen, and the browser's history has one entry for each page and model (entries.js). A visit
begins with a run whose address says what Python has not written: a link is opened, Back or Forward is pressed, another
page is chosen. Within a visit the session knows better than the address: a run that was under way when the user did
something else still brings the address of before.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.shared.app.uncut import uncut

VISIT, CHOSEN, POINTS = "visit", "models chosen", "points"


@dataclass
class Visit:
    """A stay on one page. `led`: Back, Forward or a link within the app led here, so the address alone says what is
    seen. `model` is the one that is shown, `scope` the pages that share a choice of it. `seen` holds the addresses
    that belong to the visit, `sent` what the browser was told last. `pressed`: buttons that no run has seen to yet
    (buttons.py). `complete`: a run has come to its end."""

    page: str = ""
    number: int = 0
    led: bool = False
    scope: str = ""
    model: str | None = None
    notice: str = ""
    complete: bool = False
    seen: set[tuple[tuple[str, str], ...]] = field(default_factory=set)
    sent: dict[str, str] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)

    @property
    def restoring(self) -> bool:
        """Whether the page is to take everything from the address, whatever the session remembers."""
        return self.led and not self.complete


@uncut()
def begin(page: str) -> None:
    """The router calls this when it knows the page, before anything reads the address."""
    last, context = current(), get_script_run_ctx()
    # Streamlit says so of a run, and nothing else does: two entries of the history may have equal addresses.
    led = context is not None and context.is_history_navigation
    if not led and page == last.page and _address() in last.seen:
        return
    st.session_state[VISIT] = Visit(page, last.number + 1, led)
    # Once for each visit even if the address is right: what a run before has sent may have come after the user left.
    _send(st.query_params.to_dict())


def end() -> None:
    """The router calls this when a run has come to its end."""
    visit = current()
    visit.complete = True
    visit.pressed.clear()  # what the page no longer shows
    visit.seen.add(_address())


def current() -> Visit:
    return st.session_state.setdefault(VISIT, Visit())


def write(parameters: Mapping[str, str]) -> None:
    """Make these the parameters of the address, all at once: in between, an entry of the history would lack some.

    A change that is taken back at once asks for its run at the address of before, which would be the right one; but
    the run in between may have sent another one.
    """
    if dict(parameters) != st.query_params.to_dict() or dict(parameters) != current().sent:
        _send(parameters)


def put(name: str, text: str) -> None:
    """Change one parameter of the address; an empty text takes it out."""
    others = {key: value for key, value in st.query_params.to_dict().items() if key != name}
    write(others | ({name: text} if text else {}))


def _send(parameters: Mapping[str, str]) -> None:
    visit = current()
    # First: the run may be cut short as soon as the browser has the address, which would then begin a new visit.
    visit.seen.add(_as_seen(parameters))
    visit.sent = dict(parameters)
    st.query_params.from_dict(parameters)


def _address() -> tuple[tuple[str, str], ...]:
    return _as_seen(st.query_params.to_dict())


def _as_seen(parameters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(parameters.items()))


def choose(scope: str, model: str) -> None:
    """Remember that the user has chosen a model for the pages of a scope."""
    chosen = st.session_state.setdefault(CHOSEN, {})
    chosen.pop(scope, None)
    chosen[scope] = model


def chosen(scope: str) -> list[str]:
    """The models chosen in a scope and on all pages without one of their own, the last one first."""
    found = st.session_state.get(CHOSEN, {})
    return [model for each, model in reversed(found.items()) if each in (scope, "")]


def remember(model: Hashable, point: Any) -> None:
    """Remember where a model is: its point goes along from page to page. None forgets it."""
    points = st.session_state.setdefault(POINTS, {})
    if point is None:
        points.pop(model, None)
    else:
        points[model] = point


def remembered(model: Hashable) -> Any:
    """The point of a model, or None."""
    return st.session_state.get(POINTS, {}).get(model)
