"""The list of trainings, and the upload of a model from another machine."""

from pathlib import Path
from typing import Any

import streamlit as st

from components.shared.app import words
from components.shared.app.addresses import visits
from components.shared.app.once import once
from components.shared.app.uncut import uncut
from components.shared.bring import asking
from components.shared.bring.intake import refusal
from components.shared.bring.uploads import plain_name
from components.shared.people import visitors, whose
from vae_core import checkpoints, jobs
from vae_core.checkpoints import archive
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.keeping import room

STARTED = "run just started"
"""Where a training that is to be shown is named. Not in the field's own key: a poll that the browser sent before it
knew of the training would set that back."""


def choose_run() -> Job | None:
    """Ask which training to show: the one just started, or the link's (`?run=NAME`), comes first, then the visitor's
    latest. Who has none chooses one to watch; None until then."""
    found = {job.name: job for job in whose.own_first(jobs.find())}
    if not found:
        return None
    if (started := st.session_state.get(STARTED)) in found:
        st.session_state["run"] = started
    linked = st.query_params.get("run")
    if "run" not in st.session_state and linked in found:
        st.session_state["run"] = linked
    elif "run" not in st.session_state and linked is not None:
        st.warning(f"There is no training called {words.quoted(linked)} here.")
    if st.session_state.get("run", "") not in (None, *found):
        first = next(iter(found.values()))
        st.session_state["run"] = first.name if first.owner == visitors.current().starts_for else None
    # Names alone: the browser remembers the text of an option, and a status would soon be out of date.
    name = st.selectbox("Training", list(found), key="run", index=None, placeholder="Watch one of the class")
    st.session_state.pop(STARTED, None)  # now the browser hears of it
    visits.put("run", name or "")
    return found.get(name)


def upload_model() -> None:
    """Ask for a zip that this app made elsewhere; it is checked before any of it is used."""
    help = "Made by “Download (zip)” on another machine."
    files = asking.ask("A model's zip", ["zip"], key="model zip", mb=asking.MODEL_MB, help=help)
    if not files:
        return
    file = files[0]
    if st.session_state.get("taken in") == file.file_id:
        return
    try:
        with uncut():
            name = _taken_in(file, visitors.current().starts_for)
            st.session_state["taken in"] = file.file_id
    except UserError as error:
        st.error(refusal(file.name, error))
        return
    st.success(f"{name} is here now: choose it on Explore.")
    st.page_link("explore.py", label="Explore it", icon=":material/tune:", query_params={"checkpoint": name})


@once(key=lambda file, owner: file.file_id)
def _taken_in(file: Any, owner: str | None) -> str:
    """The name of the model in an uploaded zip. Once: a run that is to end and the next one beside it both ask."""
    room.make_room(owner, file.size)
    return archive.unpack(file, checkpoints.RUNS, plain_name(Path(file.name).stem, "model"), owner=owner).name
