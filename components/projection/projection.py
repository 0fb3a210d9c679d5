"""The Projection component: the Python side of projection.js."""

from dataclasses import replace
from typing import Any

import streamlit as st

from components.projection import links as projection_links
from components.projection import maps as projection_maps
from components.projection.controls import Shown
from components.projection.links import ProjectionView
from components.projection.own import Own, placed
from components.projection.words import describe_faithfulness, judge_maps
from components.shared.app import groups, models, words
from components.shared.app.addresses.links import View
from components.shared.app.assets import facts_url
from components.shared.app.live import declare, scene, take_event
from components.shared.app.uncut import uncut
from components.shared.bring.examples import n_originals, originals_url
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS

STYLES = ("shared/map/map.css", "projection/projection.css", "projection/read.css")

_component = declare("projection", "Projection", "lm pj", *STYLES)


def projection(
    checkpoint: Checkpoint, shown: list[Shown], own: list[Own], view: View, seen: ProjectionView
) -> tuple[View, ProjectionView] | None:
    """Show the maps, or what belongs to the 3-D view beside it, starting at `view` and `seen`.

    Returns where the user last came to rest, or None before.
    """
    solid = shown[0].fitted.dimensions == 3
    latents = models.latents(checkpoint)
    rated = [name for name, of in (("nll", latents.nll), ("kl", latents.posterior.logvar)) if of is not None]
    beside = shown[1].config if len(shown) > 1 else None
    asked = replace(ProjectionView(shown[0].config, 3 if solid else 2, beside))
    windows = [seen.window, seen.window_beside]
    result = scene(
        _component,
        "projection",
        "projection/projection.js",
        checkpoint,
        view,
        reports=["settled", "named"],
        variant="solid" if solid else "",
        maps=[] if solid else [_map(checkpoint, each, windows[i]) for i, each in enumerate(shown)],
        solid=solid,
        colors={"url": facts_url(checkpoint), "rated": rated, "color": seen.color},
        # A selection may hold any of the examples, so only all of the originals are of use here.
        originals=originals_url(checkpoint) if n_originals(checkpoint) == models.n_examples(checkpoint) else None,
        believe=(sentences := describe_faithfulness(checkpoint, shown, bool(own))),
        own=placed(checkpoint, shown, own),
        place=seen.place,
        asked=projection_links.parameters(asked),
        said=st.session_state.get(_message_key(checkpoint), {"id": 0, "text": ""}),
    )
    with uncut():
        if named := take_event(result, "named"):
            _keep(checkpoint, **named)
    if sentences is None:
        judge_maps(checkpoint, shown)
        st.rerun()
    settled = result.settled
    if not settled:
        return None
    return View(**settled["point"]), replace(asked, **settled["seen"])


def _map(checkpoint: Checkpoint, shown: Shown, window: list[float] | None) -> dict[str, Any]:
    found = projection_maps.known_faithfulness(checkpoint, shown.config, 2)
    units = words.units(checkpoint.spec)
    error = f", with an error of {found.inverse_error:.0%} of the {units}' spread" if found else ""
    exact = shown.fitted.projection.exact_inverse
    way = "exactly" if exact else f"by the points around it{error}"
    return {
        "slot": shown.slot,
        "name": PROJECTIONS.of(shown.config).name,
        "title": shown.title,
        "way": f"taken back to latent space {way}",
        "url": projection_maps.url(checkpoint, shown.config, 2),
        "window": window,
    }


def _message_key(checkpoint: Checkpoint) -> str:
    return f"projection said {checkpoint.name}"


def _keep(checkpoint: Checkpoint, name: str, examples: list[int], points: list[list[float]]) -> None:
    """Name the selected group, and show the outcome as a message."""
    try:
        group = groups.add(checkpoint, name, examples, points)
        text = f"Kept as “{group.name}”, {len(group):,} {words.units(checkpoint.spec)}. Arithmetic can use it."
    except UserError as error:
        text = str(error)
    key = _message_key(checkpoint)
    st.session_state[key] = {"id": st.session_state.get(key, {"id": 0})["id"] + 1, "text": text}
    st.rerun()
