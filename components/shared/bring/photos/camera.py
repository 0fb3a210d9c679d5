"""Photos from a camera: Streamlit's where the browser allows one, else the phone's own: the Python of camera.js."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.shared.app.assets import module_url
from components.shared.app.live import declare, take_event
from components.shared.app.uncut import uncut
from components.shared.bring import asking, kept
from components.shared.bring.kept import Brought
from vae_core import pictures

ASKED = "Hold a sheet with one drawing in front of the camera: the sheet is found and straightened, shadows are removed"
TAKEN = "photo taken"

_component = declare("camera", "Camera", "lx-camera", "shared/bring/photos/camera.css")


@dataclass(frozen=True)
class Photo:
    """A photo from the phone's own camera; the page sends it with its other state."""

    id: str
    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


def ask(key: str) -> list[Brought] | list[Photo]:
    """Ask for a photo: what was taken last, or nothing.

    Browsers lend pages a camera over https and on their own machine only; over plain http the page offers the phone's
    own camera.
    """
    taken = st.session_state.get(TAKEN)
    data = {"module": module_url("shared/bring/photos/camera.js"), "taken": taken and taken.id}
    changed = dict.fromkeys(("on_secure_change", "on_photo_change"), _heard)
    result = _component(data=data, key=f"{key} place", **changed)
    if result.secure:
        return kept.ask(ASKED, key=key, mb=asking.PICTURE_MB, widget=st.camera_input, width=420)
    with uncut():
        photo = _read(take_event(result, "photo"))
        if photo is not None:
            st.session_state[TAKEN] = photo
            st.rerun()  # the page then hears of it, and sends it no more
    return [taken] if taken else []


def _heard() -> None:
    """A change runs the page, nothing else."""


def _read(value: Any) -> Photo | None:
    if not isinstance(value, dict) or not isinstance(value.get("data"), str):
        return None
    if len(value["data"]) > 1.4 * pictures.MAX_FILE_BYTES:
        return None
    try:
        content = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, ValueError):
        return None
    return Photo(hashlib.sha256(content).hexdigest()[:16], "photo.jpg", content)
