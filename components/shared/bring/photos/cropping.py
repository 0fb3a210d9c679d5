"""The part of a picture that is used, chosen with four handles on it; the Python side of crop.js.

What was chosen is kept for the session by the picture's content, so that it holds on every page.
"""

import base64
import functools
import hashlib
import io
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from components.shared.app.assets import module_url
from components.shared.app.live import declare
from components.shared.app.once import once
from components.shared.app.uncut import uncut
from vae_core.kinds.image.imaging import Corners, flattened
from vae_core.pictures import guarded

SIDE = 560
"""Pixels of the picture that is shown."""
MAX_KEPT = 200
MIN_AREA = 0.0004
"""Of the picture: a fiftieth of its width and height."""
WHOLE: Corners = ()
"""Chosen instead of four corners: the whole picture."""

_component = declare("crop", "Part of the picture", "lx-crop", "shared/bring/photos/crop.css")


def chosen(content: bytes) -> Corners | None:
    """The corners that the user chose for this picture, or WHOLE; None where nothing was chosen."""
    return _kept().get(_digest(content))


def offer(content: bytes, found: Corners | None, rotate: bool, place: str, beside: bool = False) -> Any:
    """Let the user choose the part of a picture that is used, starting from what was chosen, or else `found`. `place`
    tells apart two offers for one picture. Returns where the result goes on, `beside` the handles if that is wanted."""
    digest = _digest(content)
    if not st.toggle("Choose the part by hand", key=f"crop {place} {digest}", persist_state="session"):
        return st.container()
    now = chosen(content)
    start = found if now is None else now
    data = {
        "module": module_url("shared/bring/photos/crop.js"),
        "picture": _shown(content, rotate),
        "corners": start or None,
        "found": _found_before(digest, found, now),
    }
    key = f"crop handles {place} {digest} {rotate}"
    left, right = st.columns([2, 3]) if beside else (st.container(), st.container())
    with left:
        _component(data=data, key=key, on_corners_change=functools.partial(_keep, key, digest))
    return right


def read(value: Any) -> Corners | None:
    """What the page reports: four corners clockwise, each within the picture, or WHOLE; None for anything else."""
    if value == "whole":
        return WHOLE
    try:
        corners = np.array(value, dtype=float)
    except (TypeError, ValueError):
        return None
    if corners.shape != (4, 2) or not ((corners >= 0) & (corners <= 1)).all():
        return None
    along = np.roll(corners, -1, axis=0) - corners
    after = np.roll(along, -1, axis=0)
    turns = along[:, 0] * after[:, 1] - along[:, 1] * after[:, 0]
    if turns.min() < MIN_AREA:
        return None
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in corners)


@uncut()
def _keep(key: str, digest: str) -> None:
    """Before the page runs: everything on it follows."""
    corners = read(st.session_state[key]["corners"])
    if corners is None:
        return
    kept = _kept()
    kept.pop(digest, None)
    kept[digest] = corners
    while len(kept) > MAX_KEPT:
        del kept[next(iter(kept))]


def _kept() -> dict[str, Corners]:
    return st.session_state.setdefault("chosen parts", {})


def _found_before(digest: str, found: Corners | None, now: Corners | None) -> Corners | None:
    """The corners that were found by themselves: once others are chosen, nothing is looked for."""
    known = st.session_state.setdefault("found sheets", {})
    if now is None:
        known[digest] = found
    return known.get(digest)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@once(key=lambda content, rotate: (_digest(content), rotate))
def _shown(content: bytes, rotate: bool) -> str:
    """The picture as a data URL."""
    decoded = guarded.decode(content, SIDE)
    image = flattened(decoded.upright if rotate else decoded.image)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
