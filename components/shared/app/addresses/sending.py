"""Sends a point from one page to another: the only place that knows which pages take a point, and how.

A point (a latent vector with its class, or a stored example) travels in the link, which `links.view` reads; sending.js
makes the links. `live.scene` puts `offered` into a component's data. To add a destination, add it to DESTINATIONS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.shared.app import words
from vae_core.checkpoints import Checkpoint


@dataclass(frozen=True)
class Destination:
    """A page that takes a point: `page` is its file's name without ending, `further` holds the link's parameters beside
    the point, `title` may name the {unit} or {units}, and `suits` tells whether the page can show a model."""

    name: str
    label: str
    title: str
    icon: str
    page: str
    further: Mapping[str, str] = field(default_factory=dict)
    suits: Callable[[Checkpoint], bool] = lambda checkpoint: True

    @property
    def path(self) -> str:
        return "/" if self.page == "explore" else f"/{self.page}"


def _conditional(checkpoint: Checkpoint) -> bool:
    return checkpoint.train_config.conditional


def _has_a_plane(checkpoint: Checkpoint) -> bool:
    return checkpoint.train_config.latent_dim >= 2


def _of_tiles(checkpoint: Checkpoint) -> bool:
    spec = checkpoint.spec
    return spec.kind == "tiles" and bool(spec.symbol_roles) and not checkpoint.train_config.conditional


DESTINATIONS = (
    Destination("explore", "Open in Explore", "See this point with all its sliders", "tune", "explore"),
    Destination("map", "Show on the map", "See where this point lies", "grid_view", "latent_map", suits=_has_a_plane),
    Destination(
        "projection", "Show on the projection", "See its neighbours among the {units}", "scatter_plot", "projection",
        suits=_has_a_plane,
    ),
    Destination("reconstruct", "Reconstruct it", "Encode and decode this {unit}", "compare", "reconstruct"),
    Destination("digits", "See it in all classes", "The same point, each class", "draw", "digits", suits=_conditional),
    Destination("a", "Use as A", "The first {unit} on Arithmetic", "calculate", "arithmetic", {"use": "a"}),
    Destination("b", "Use as B", "The second {unit} on Arithmetic", "calculate", "arithmetic", {"use": "b"}),
    Destination(
        "walk-from", "Walk from here", "A long level that begins here", "landscape", "levels", {"use": "a"}, _of_tiles,
    ),
    Destination(
        "walk-to", "Walk to here", "A long level that ends here", "landscape", "levels", {"use": "b"}, _of_tiles,
    ),
)  # fmt: skip


def destinations(checkpoint: Checkpoint, here: str) -> list[Destination]:
    """The pages that can show a point of this model, without the page `here`."""
    return [each for each in DESTINATIONS if each.page != here and each.suits(checkpoint)]


def offered(checkpoint: Checkpoint, here: str) -> list[dict[str, Any]]:
    """The destinations as sending.js needs them."""
    named = {"unit": words.unit(checkpoint.spec), "units": words.units(checkpoint.spec)}
    return [
        {
            "name": each.name,
            "label": each.label,
            "title": each.title.format(**named),
            "path": each.path,
            "further": dict(each.further),
        }
        for each in destinations(checkpoint, here)
    ]
