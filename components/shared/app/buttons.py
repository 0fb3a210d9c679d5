"""Buttons whose press outlasts the run that it began."""

from typing import Any

import streamlit as st

from components.shared.app.addresses import visits
from components.shared.app.uncut import uncut


def button(label: str, *, key: str, **options: Any) -> bool:
    """`st.button`, for what the page itself does at a press: the first run of the visit that comes this far sees it.

    Streamlit's own tells one run only, which a report of the page may end before it gets here.
    """
    st.button(label, key=key, on_click=_press, args=(key,), **options)
    with uncut():
        pressed = visits.current().pressed
        found = key in pressed
        pressed.discard(key)
    return found


@uncut()
def _press(key: str) -> None:
    visits.current().pressed.add(key)
