"""The Latent map component: the Python side of latent_map.js."""

from dataclasses import asdict

from components.latent_map.links import MapView
from components.shared.app import samplers
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
from vae_core.checkpoints import Checkpoint

_component = declare("latent_map", "Latent map", "lm", "shared/map/map.css", "latent_map/latent_map.css")


def latent_map(checkpoint: Checkpoint, view: View, map_view: MapView) -> tuple[View, MapView] | None:
    """Show a plane of a model's latent space and the picture under the pointer, starting at `view` and `map_view`.

    Returns where the user last came to rest, or None before.
    """
    result = scene(
        _component,
        "latent_map",
        "latent_map/latent_map.js",
        checkpoint,
        view,
        sampler=samplers.chosen(checkpoint),
        view=asdict(map_view),
    )
    settled = result.settled
    return (View(**settled["point"]), MapView(**settled["map"])) if settled else None
