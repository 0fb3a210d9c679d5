"""The Explore component: the Python side of explorer.js."""

from typing import Any

from components.shared.app import sending
from components.shared.app.assets import module_url
from components.shared.app.links import View
from components.shared.app.live import declare, described, once
from vae_core.checkpoints import Checkpoint

SHOWN = 8
"""Sliders shown at first; further active dimensions fold away."""

_component = declare(
    "latent_explorer", "Latent explorer", "lx-explorer", "shared/latent/sliders.css", "explore/explorer.css"
)


def explorer(checkpoint: Checkpoint, beside: list[Checkpoint], view: View) -> dict[str, Any] | None:
    """Show sliders, pad and picture of a model, and the pictures of up to two others beside it, starting at `view`.

    Returns what the user last let go of, as `{"z": [...], "label": ..., "example": ..., "match": ...}`, or None before.
    """
    data: dict[str, Any] = {
        "module": module_url("explore/explorer.js"),
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
