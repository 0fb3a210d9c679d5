"""What the live components share: how one is declared and run, and what the page must know of a model."""

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from components.shared.app import models, samplers, words
from components.shared.app.addresses import sending, visits
from components.shared.app.addresses.links import View
from components.shared.app.assets import encoder_url, kind_url, latents_url, model_url, module_url, renderer_url
from components.shared.app.colors import class_colors
from components.shared.app.uncut import uncut
from vae_core.checkpoints import Checkpoint
from vae_core.kinds import kind_of
from vae_core.kinds.image import Image
from vae_core.kinds.image.imaging import Look
from vae_core.latent.clarity import clear_example
from vae_core.latent.geometry import dimensions, principal_directions
from vae_core.latent.reconstruction import stored_examples

COMPONENTS = Path(__file__).parents[2]
SEEN = 20
"""Stored examples that show how a model's pictures look."""
BASE_STYLES = ("shared/kit/controls.css", "shared/kit/toolbar.css", "shared/kinds/kinds.css")

# A few lines only: Streamlit sends them with every page, the modules themselves are downloaded once.
_LOADER = """
export default function (component) {
  let cleanup, gone = false;
  const data = JSON.parse(component.data);
  import(new URL(`.${data.module}`, location.href).href).then(({ mount }) => {
    if (!gone) cleanup = mount({ ...component, data });
  });
  return () => { gone = true; cleanup?.(); };
}
"""


def declare(name: str, label: str, classes: str, *styles: str) -> Callable[..., Any]:
    """A component whose `data["module"]` exports `mount`, in a region that a screen reader calls `label`.

    `styles` are files below `components/`.
    """
    mounted = st.components.v2.component(
        name,
        html=f'<div class="lx {classes}" aria-label="{label}" role="region"></div>',
        css="\n".join((COMPONENTS / file).read_text(encoding="utf-8") for file in (*BASE_STYLES, *styles)),
        js=_LOADER,
        isolate_styles=False,
    )

    def run(*, data: dict[str, Any], **options: Any) -> Any:
        # As text: Streamlit would look for tables in a dictionary and write it twice, at every rerun.
        return mounted(data=json.dumps(data), **options)

    return run


def scene(
    component: Callable[..., Any],
    page: str,
    module: str,
    checkpoint: Checkpoint,
    point: View,
    *,
    beside: Sequence[Checkpoint] = (),
    reports: Sequence[str] = ("settled",),
    variant: str = "",
    sampler: str | None = None,
    **own: Any,
) -> Any:
    """Run a declared component around a model, and models `beside` it, starting at `point`; returns its result.

    `module` (below `components/`) exports `mount` (shared/latent/scene.js). `reports` are the states that the page
    reports; a `point` in what it reports goes along to the other pages. `variant` tells apart two
    components of one page and model. `sampler` is what random points are drawn from at first, for a page that draws
    some. `own` is the feature's own data.
    """
    data = {
        "module": module_url(module),
        "decode_url": "/decode",
        "animation_url": "/export/animation",
        "models": [described(model) for model in (checkpoint, *beside)],
        "point": {"z": point.z, "label": _label(checkpoint, point), "example": point.example},
        "opening": _opening(checkpoint, point),
        "send": sending.offered(checkpoint, page),
        **own,
    }
    if sampler is not None:
        data["samplers"] = samplers.offered(checkpoint, sampler)
    # A visit begins where the address says, not where the component was when the user left.
    parts = page, variant, checkpoint.name, checkpoint.digest[:8], str(visits.current().number)
    key = " ".join(part for part in parts if part)
    heard = {f"on_{name}_change": functools.partial(_heard, key, name, checkpoint) for name in reports}
    if sampler is not None:
        heard["on_sampler_change"] = functools.partial(samplers.heard, key)
    return component(data=data, key=key, **heard)


@uncut()
def _heard(key: str, name: str, checkpoint: Checkpoint) -> None:
    """What came to rest is remembered before the page runs: the user may be on the way to another one."""
    found = st.session_state[key][name]
    if found and found.get("point"):
        models.settled(checkpoint, View(**found["point"]))


def _opening(checkpoint: Checkpoint, point: View) -> dict[str, Any]:
    """The point to show first, {z, label, example, code, given}: the link's if it is `given`, else a clear stored
    example, whose latent vector is `code`."""
    given = point.z is not None or point.example is not None
    example = point.example if given else models.per_checkpoint(_clear_example, checkpoint)
    label = point.label
    if label is None and example is not None and checkpoint.train_config.conditional:
        label = int(models.latents(checkpoint).y[example])
    label = _label(checkpoint, View(label=label))
    code = None if example is None else models.latents(checkpoint).posterior.mu[example].tolist()
    return {"z": point.z, "label": label, "example": example, "code": code, "given": given}


def _label(checkpoint: Checkpoint, point: View) -> int | None:
    """A class for a conditional model: without one in the link, the first."""
    return 0 if point.label is None and checkpoint.train_config.conditional else point.label


def _clear_example(checkpoint: Checkpoint) -> int:
    return clear_example(models.loaded(checkpoint), models.latents(checkpoint))


def take_event(result: Any, name: str) -> Any:
    """What the page asked for under `name`, in the first run that sees it; in all others None. Take it and do it in one
    block that is `uncut`.

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
    latent_space = models.per_checkpoint(_described, checkpoint)
    return brief(checkpoint) | latent_space | {"latents": latents_url(checkpoint)}


def brief(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the page must know of a model to draw with it: nothing of its encoded examples is read."""
    return models.per_checkpoint(_brief, checkpoint) | {
        "url": model_url(checkpoint),
        "encoder": encoder_url(checkpoint),
    }


def _brief(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "name": checkpoint.name,
        "title": words.title(checkpoint.train_config),
        "shape": checkpoint.spec.shape,
        "kind": _kind(checkpoint),
        "classes": checkpoint.spec.classes,
        "colors": class_colors(checkpoint.spec.classes),
        "label": 0 if checkpoint.train_config.conditional else None,
        "latent_dim": checkpoint.train_config.latent_dim,
    }


def _described(checkpoint: Checkpoint) -> dict[str, Any]:
    posterior = checkpoint.load_latents().posterior
    found = dimensions(posterior)
    by_index = sorted(found, key=lambda dimension: dimension.index)
    center = [dimension.mean for dimension in by_index]
    # A VAE's prior has its mean at 0. A deterministic code has none, so the data's own mean takes its role.
    origin = center if posterior.logvar is None else [0.0] * len(center)
    return {
        "paper": _on_paper(checkpoint),
        "spoken": words.spoken(checkpoint.spec.classes),
        "normal": checkpoint.spec.normal,
        "factors": checkpoint.spec.factors,
        "examples": len(posterior.mu),
        "origin": origin,
        "center": center,
        "dimensions": [vars(dimension) | {"active": dimension.active} for dimension in found],
        "directions": [
            vars(direction) | {"vector": direction.vector.tolist()} for direction in principal_directions(posterior.mu)
        ],
    }


def _on_paper(checkpoint: Checkpoint) -> bool:
    """Whether a model's pictures are light at their border, like drawings on paper. Other kinds know it themselves."""
    if checkpoint.spec.kind != Image.name:
        return False
    return not Look.of(stored_examples(models.loaded(checkpoint), models.latents(checkpoint), SEEN)).dark


def _kind(checkpoint: Checkpoint) -> dict[str, Any]:
    """The kind of data as the page's renderers (`components/shared/kinds`) take it. What goes with symbols
    (thousands of words, pictures of tiles) has an address of its own: this here travels with every run of the page."""
    spec = checkpoint.spec
    kind = kind_of(spec)
    more = {"details": kind_url(checkpoint)} if spec.symbols else kind.for_page(spec)
    said = {"unit": kind.unit, "makes": kind.makes, "made": kind.made, "classed": kind.classed}
    return {"name": kind.name, **said, "module": renderer_url(spec.kind), **more}
