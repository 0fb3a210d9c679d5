"""The Explore component: the Python side of explorer.js."""

from typing import Any

from components.shared.app import samplers
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
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
    result = scene(
        _component,
        "explore",
        "explore/explorer.js",
        checkpoint,
        view,
        beside=beside,
        sampler=samplers.chosen(checkpoint),
        match=view.match,
        shown=SHOWN,
    )
    return result.settled and result.settled["point"]
