"""The Latent map component: the Python side of latent_map.js."""

from dataclasses import asdict
from typing import Any

from components.latent_map.links import MapView
from components.shared.app import sending
from components.shared.app.assets import module_url
from components.shared.app.links import View
from components.shared.app.live import declare, described, once
from vae_core.checkpoints import Checkpoint

_component = declare("latent_map", "Latent map", "lm", "shared/map/map.css")


def latent_map(checkpoint: Checkpoint, view: View, map_view: MapView) -> tuple[View, MapView] | None:
    """Show a plane of a model's latent space and the picture under the pointer, starting at `view` and `map_view`.

    Returns where the user last came to rest, or None before.
    """
    data: dict[str, Any] = {
        "module": module_url("latent_map/latent_map.js"),
        "decode_url": "/decode",
        "animation_url": "/export/animation",
        "model": described(checkpoint) | {"label": view.label},
        "z": view.z,
        "example": view.example,
        "view": asdict(map_view),
        "send": sending.offered(checkpoint, "latent_map"),
    }
    key = f"map {checkpoint.name} {checkpoint.digest[:8]}"
    result = _component(data=data, key=key, on_settled_change=lambda: None, on_sent_change=lambda: None)
    sending.follow(checkpoint, once(result, "sent"))
    settled = result.settled
    return (View(**settled["point"]), MapView(**settled["map"])) if settled else None
