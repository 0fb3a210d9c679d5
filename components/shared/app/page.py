"""The frame of every page: title, one sentence that says what to do, and "What is this"."""

from pathlib import Path

import streamlit as st

COMPONENTS = Path(__file__).parents[2]
STYLE = Path(__file__).parent / "page.css"
PROJECTOR = """<style>
html {
  font-size: clamp(19.5px, 1.1vw, 21px);
  /* Pictures grow with the type: they take what margins, their sliders and the room below them give. */
  --beyond-right: -1rem; --lx-above-fold: 10.5rem; --lx-below: 8rem; --lx-picture-share: 1.4fr; --lv-larger: 1px;
}
html .stMainBlockContainer { padding-inline: 1.5rem 2rem; }
</style>"""


def projector_switch() -> None:
    """A switch in the sidebar that enlarges type and controls for the back of a classroom."""
    help = "Larger type and controls; « folds this bar away."
    with st.sidebar:
        if st.toggle("Projector mode", key="projector", persist_state="session", help=help):
            st.html(PROJECTOR)


def header(title: str, sentence: str, help: str) -> None:
    """Title and sentence; `help` is the explanation's file below `components/`, in the words of a first lecture."""
    st.html(STYLE)
    left, right = st.columns([3 if st.session_state.get("projector") else 4, 1], vertical_alignment="center")
    left.title(title, anchor=False)
    left.caption(sentence)
    with right.popover("What is this?", icon=":material/help:"):
        st.markdown((COMPONENTS / help).read_text(encoding="utf-8"))
