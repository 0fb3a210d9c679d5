"""The Explore component: the Python side of js/explorer.js."""

from typing import Any

from components import sending
from components.assets import module_url
from components.links import View
from components.live import declare, described, once
from vae_core.checkpoints import Checkpoint

SHOWN = 8
"""Sliders at first sight; further active dimensions fold away."""

_component = declare("latent_explorer", "Latent explorer", "lx-explorer", "sliders.css", "explorer.css")


def explorer(checkpoint: Checkpoint, beside: list[Checkpoint], view: View) -> dict[str, Any] | None:
    """Show sliders, pad and picture of a model, and the pictures of up to two others beside it, starting at `view`.

    Returns what the user last let go of, as `{"z": [...], "label": ..., "example": ..., "match": ...}`, or None before.
    """
    data: dict[str, Any] = {
        "module": module_url("explorer.js"),
        "decode_url": "/decode",
        "animation_url": "/export/animation",
        "models": [described(model) for model in (checkpoint, *beside)],
        "z": view.z,
        "example": view.example,
        "match": view.match,
        "shown": SHOWN,
        "send": sending.offered(checkpoint, "explore"),
    }
    data["models"][0]["label"] = view.label
    key = f"explorer {checkpoint.name} {checkpoint.digest[:8]}"
    result = _component(data=data, key=key, on_point_change=lambda: None, on_sent_change=lambda: None)
    sending.follow(checkpoint, once(result, "sent"))
    return result.point
