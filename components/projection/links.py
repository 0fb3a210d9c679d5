"""What a link carries of the Projection page, as in `?map=umap&fit=n_neighbors:30&dims=3&beside=tsne&color=nll`."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.shared.app import forms, words
from components.shared.app.addresses.links import read_numbers, read_window, read_words, written
from vae_core import config as configs
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS


@dataclass(frozen=True)
class ProjectionView:
    """What the page shows: the configs of the map and of the one `beside` it, the map's dimensions, what `color` means,
    the zoom windows (left, right, bottom, top), and the `place` on the map where the point is. None: not in the link,
    or the page's default."""

    config: Any = None
    dimensions: int | None = None
    beside: Any = None
    color: str | None = None
    window: list[float] | None = None
    window_beside: list[float] | None = None
    place: list[float] | None = None


def view(checkpoint: Checkpoint) -> ProjectionView:
    """What the link says of the page. Values that do not fit are dropped with a warning."""
    dimensions = read_words("dims", lambda words: words in (["2"], ["3"]), "2 or 3 is needed", checkpoint)
    known = ["class", "nll", "kl", "typicality", *(f"factor:{factor}" for factor in checkpoint.spec.factors)]
    needed = f"one of {', '.join(known)} is needed"
    color = read_words("color", lambda words: len(words) == 1 and words[0] in known, needed, checkpoint)
    return ProjectionView(
        config=_config("map", "fit"),
        dimensions=dimensions and int(dimensions[0]),
        beside=_config("beside", "beside-fit"),
        color=color and color[0],
        window=read_window("window", checkpoint),
        window_beside=read_window("window-beside", checkpoint),
        place=read_numbers("place", 2, checkpoint),
    )


def _config(name: str, fit: str) -> Any:
    """The config of the projection that a link names, with the settings it gives; None without one."""
    method = st.query_params.get(name)
    if method is None:
        return None
    settings = [part.partition(":") for part in st.query_params.get(fit, "").split(",") if part]
    try:
        return PROJECTIONS.from_json({"name": method, **{key: value for key, _, value in settings}})
    except UserError as error:
        st.warning(f"The link's {name} does not fit: {words.escaped(forms.describe(error))}")
        return None


def parameters(view: ProjectionView) -> dict[str, str]:
    """The maps as link parameters, without the page's defaults."""
    found: dict[str, str] = {"dims": "3" if view.dimensions == 3 else "", "color": view.color or ""}
    for name, fit, config in (("map", "fit", view.config), ("beside", "beside-fit", view.beside)):
        if config is None:
            continue
        entry = PROJECTIONS.of(config)
        usual = configs.plain(entry.config())
        changed = {key: value for key, value in configs.plain(config).items() if value != usual[key]}
        found |= {name: entry.name, fit: ",".join(f"{key}:{value}" for key, value in changed.items())}
    for name, numbers in (("window", view.window), ("window-beside", view.window_beside), ("place", view.place)):
        found[name] = written(numbers, 6)
    return {name: text for name, text in found.items() if text}
