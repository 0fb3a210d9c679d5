"""Files that users bring, kept for the session: Streamlit forgets those of an uploader that leaves the page."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.shared.app.buttons import button
from components.shared.bring import asking

KEY = "brought"
MAX_BYTES = 50_000_000
"""Of one uploader's files that outlast a change of page: a class shares the server's memory."""


@dataclass(frozen=True)
class Brought:
    """A file as the user brought it; `id` is another one when the same file is brought again."""

    id: str
    name: str
    size: int

    def getvalue(self) -> bytes:
        return asking.content_of(self.id) or b""


def ask(*arguments: Any, key: str, several: bool = False, **options: Any) -> list[Brought]:
    """Ask as `asking.ask` does, and return the files, before them those that the uploader had when it was last on the
    page. Of a single file the last one counts."""
    store = st.session_state.setdefault(KEY, {})
    if key not in st.session_state:  # the uploader is new on the page, and empty
        store[key] = _bounded(store.get(key, ())), []
    old, _ = store[key]
    new = [
        Brought(file.file_id, file.name, file.size)
        for file in asking.ask(*arguments, key=key, several=several, **options)
    ]
    if new and not several:
        old = []
    if old and _offer_to_forget(key, old):
        old = []
    store[key] = old, new
    asking.keep(key, [file.id for file in _bounded(store[key])])
    return [*old, *new]


def _bounded(kept: Any) -> list[Brought]:
    files = [file for part in kept for file in part]
    return files if sum(file.size for file in files) <= MAX_BYTES else []


def _offer_to_forget(key: str, old: list[Brought]) -> bool:
    """Say what is still there from before; returns whether the user does not want it any more."""
    what = old[0].name if len(old) == 1 else f"{len(old)} files"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"Still here: {what}", width="stretch")
        return button("Remove", icon=":material/close:", type="tertiary", key=f"forget {key}")
