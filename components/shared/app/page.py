"""The frame of every page: title, one sentence that says what to do, and "What is this"."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from components.shared.app import models, words
from vae_core.checkpoints import Checkpoint

COMPONENTS = Path(__file__).parents[2]
NAME = "Latent Space Explorer"
"""As page.css shows it, too."""
STYLE = Path(__file__).parent / "page.css"
PROJECTOR_KEY, REMEMBERED_KEY = "projector", "projector in the cookie"
REMEMBER = """<script>
document.cookie = "{}={}; max-age=31536000; samesite=lax; path=" + new URL(".", location).pathname;
</script>"""
PROJECTOR = """<style>
html {
  font-size: clamp(19.5px, 1.1vw, 21px);
  /* Pictures grow with the type: they take what margins, their sliders and the room below them give. */
  --beyond-right: -1rem; --lx-above-fold: 10.5rem; --lx-below: 8rem; --lx-picture-share: 1.4fr; --lv-larger: 1px;
}
html .stMainBlockContainer { padding-inline: 1.5rem 2rem; }
.st-key-page-header { padding-right: 1.5rem; } /* the menu stands there */
</style>"""


def frame() -> None:
    """What all pages look like, with the app's name on top of the sidebar."""
    st.html(STYLE)


def projector_switch() -> None:
    """A switch in the sidebar that enlarges type and controls for the back of a classroom. The browser remembers it, in
    a cookie, as a room keeps its projector."""
    if PROJECTOR_KEY not in st.session_state:
        st.session_state[PROJECTOR_KEY] = on = st.context.cookies.get(PROJECTOR_KEY) == "on"
        st.session_state[REMEMBERED_KEY] = on
    help = "Larger type and controls; « folds this bar away."
    with st.sidebar:
        on = st.toggle("Projector mode", key=PROJECTOR_KEY, persist_state="session", help=help)
        if on:
            st.html(PROJECTOR)
        if on != st.session_state[REMEMBERED_KEY]:
            st.session_state[REMEMBERED_KEY] = on
            st.html(REMEMBER.format(PROJECTOR_KEY, "on" if on else "off"), unsafe_allow_javascript=True)


def header(title: str, sentence: str, help: str) -> None:
    """Title and sentence; `help` is the explanation's file below `components/`, in the words of a first lecture."""
    with st.container(horizontal=True, vertical_alignment="center", key="page-header"):
        with st.container():
            st.title(title, anchor=False)
            st.caption(sentence)
        with st.popover("What is this?", icon=":material/help:"):
            st.markdown((COMPONENTS / help).read_text(encoding="utf-8"))


def offer(others: Sequence[Checkpoint], reason: str, can: str, train: str, *, page: str, icon: str) -> None:
    """On a page that is not for the current model: the `reason`, and the models that it is for. Without one, what to
    `train`; `can` says that those can."""
    if not others:
        st.info(f"{reason}. Train {train} on the Train page.")
        st.page_link("train.py", label="Train", icon=":material/school:")
        return
    st.info(f"{reason}; {can}:")
    titles = words.titles(others)
    for other in others:
        st.page_link(page, label=titles[other.name], icon=icon, query_params={models.KEY: other.name})
