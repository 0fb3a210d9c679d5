"""The Arithmetic component: the Python side of arithmetic.js."""

from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from components.arithmetic import concepts
from components.arithmetic.links import MAX_POINTS, ArithmeticView
from components.arithmetic.start import keep
from components.shared.app import samplers
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene, take_event
from components.shared.app.uncut import uncut
from components.shared.bring.examples import n_originals, originals_url
from vae_core.checkpoints import Checkpoint

STYLES = ("shared/latent/sliders.css", "arithmetic/slots.css", "arithmetic/arithmetic.css")

_component = declare("arithmetic", "Arithmetic", "ar", *STYLES)


def arithmetic(checkpoint: Checkpoint, mode: str, view: ArithmeticView, taken: dict[str, Any] | None) -> ArithmeticView:
    """Show images and what lies between them, starting at `view`; `taken` is a picture that the user brought.

    Returns the view at which the user last came to rest, `view` before that.
    """
    data: dict[str, Any] = {
        "mode": mode,
        "points": [asdict(point) for point in view.points or ()],
        "way": view.way,
        "at": view.at,
        "longest": MAX_POINTS,
        "originals": originals_url(checkpoint),
        "n_originals": n_originals(checkpoint),
        "taken": taken if taken and _placed().get((checkpoint.name, mode)) != taken["id"] else None,
    }
    if mode == "concept":
        data |= concepts.described(checkpoint, view)
        view = replace(view, towards=data["choice"]["towards"], away=data["choice"]["away"])

    result = scene(
        _component,
        "arithmetic",
        "arithmetic/arithmetic.js",
        checkpoint,
        View(),
        reports=["settled", "asked"],
        variant=mode,
        sampler=samplers.chosen(checkpoint),
        **data,
    )
    if result.settled:
        if result.settled["taken"]:
            _placed()[checkpoint.name, mode] = result.settled["taken"]
        points = [View(**point) for point in result.settled["points"]]
        view = replace(view, points=points, way=result.settled.get("way"), at=result.settled["at"])
    keep(checkpoint, mode, view)
    with uncut():
        concepts.answer(checkpoint, view, take_event(result, "asked"))
    return view


def _placed() -> dict[tuple[str, str], str]:
    """The id of the last picture that was placed, by model and mode: it must not replace what was chosen since."""
    return st.session_state.setdefault("arithmetic placed", {})
