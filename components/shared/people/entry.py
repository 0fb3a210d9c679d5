"""The teacher's entry in the sidebar's foot: the password, or the way out. Without a password there is none."""

import streamlit as st

from components.shared.app.assets import module_url
from components.shared.app.live import declare
from components.shared.people import visitors
from components.shared.people.password import password

_component = declare("teacher_entry", "Teacher", "te", "shared/people/teacher.css")


def teacher_entry() -> None:
    """A small button that asks for the password; `teacher.py` checks it."""
    if password() is None:
        return
    inside = visitors.current().teacher
    with st.sidebar, st.popover("Teacher", icon=":material/key:", type="tertiary", key="teacher entry"):
        _component(data={"module": module_url("shared/people/teacher.js"), "inside": inside}, key="teacher")
