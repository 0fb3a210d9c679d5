"""What the live components share: how one is declared, and what the page must know of a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from components.shared.app import models
from components.shared.app.assets import latents_url, model_url
from vae_core.checkpoints import Checkpoint
from vae_core.latent.geometry import dimensions, principal_directions

COMPONENTS = Path(__file__).parents[2]

# A few lines only: Streamlit sends them with every page, the modules themselves are downloaded once.
_LOADER = """
export default function (component) {
  let cleanup, gone = false;
  import(new URL(component.data.module, location.origin).href).then(({ mount }) => {
    if (!gone) cleanup = mount(component);
  });
  return () => { gone = true; cleanup?.(); };
}
"""


def declare(name: str, label: str, classes: str, *styles: str) -> Callable[..., Any]:
    """A component whose `data["module"]` exports `mount`, in a region that a screen reader calls `label`.

    `styles` are files below `components/`.
    """
    return st.components.v2.component(
        name,
        html=f'<div class="lx {classes}" aria-label="{label}" role="region"></div>',
        css="\n".join((COMPONENTS / file).read_text(encoding="utf-8") for file in ("shared/kit/controls.css", *styles)),
        js=_LOADER,
        isolate_styles=False,
    )


def once(result: Any, name: str) -> Any:
    """What the page asked for under `name`, in the first run that sees it; in all others None.

    A state with an id, and not a trigger of Streamlit's: a run that holds a trigger may be cut short by the next report
    of the page, and what the user asked for would be lost.
    """
    asked, done = getattr(result, name), st.session_state.setdefault("asked and done", set())
    if not asked or asked["id"] in done:
        return None
    done.add(asked["id"])
    return asked["value"]


def described(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the page must know of a model: where its files are, and what its latent space looks like."""
    return models.per_checkpoint(_described, checkpoint) | {
        "url": model_url(checkpoint),
        "latents": latents_url(checkpoint),
    }


def _described(checkpoint: Checkpoint) -> dict[str, Any]:
    posterior = checkpoint.load_latents().posterior
    found = dimensions(posterior)
    by_index = sorted(found, key=lambda dimension: dimension.index)
    center = [dimension.mean for dimension in by_index]
    # A VAE's prior is N(0, I). A deterministic code has none, so the data's own place and spread take its role.
    prior = {"mean": [0.0] * len(center), "std": [1.0] * len(center)}
    if posterior.logvar is None:
        prior = {"mean": center, "std": [dimension.std for dimension in by_index]}
    return {
        "name": checkpoint.name,
        "shape": checkpoint.spec.shape,
        "classes": checkpoint.spec.classes,
        "factors": checkpoint.spec.factors,
        "label": 0 if checkpoint.train_config.conditional else None,
        "latent_dim": checkpoint.train_config.latent_dim,
        "origin": prior["mean"],
        "center": center,
        "prior": prior,
        "dimensions": [vars(dimension) | {"active": dimension.active} for dimension in found],
        "directions": [
            vars(direction) | {"vector": direction.vector.tolist()} for direction in principal_directions(posterior.mu)
        ],
    }
