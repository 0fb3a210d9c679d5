"""The Digits component: the Python side of js/digits.js."""

from dataclasses import asdict
from typing import Any

import streamlit as st
import torch

from components import models, sending
from components.assets import module_url
from components.links import MAX_TEXT, View, WrittenView
from components.live import declare, described
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.imaging import Look, prepare
from vae_core.reconstruction import score, stored_examples

SHOWN = 4
"""Sliders at first sight, beside the pad; further active dimensions fold away."""
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
LOOKED_AT = 200
"""Stored examples that say how the model's pictures look, so that an upload is made like them."""

_component = declare("digits", "Digits", "dg", "sliders.css", "digits.css")


def digits(
    checkpoint: Checkpoint, view: View, written: WrittenView, taken: dict[str, Any] | None
) -> tuple[View, WrittenView] | None:
    """Show all classes of a conditional model in one style, starting at `view` and `written`, or at the style `taken`.

    Returns where the user last came to rest, or None before.
    """
    data: dict[str, Any] = {
        "module": module_url("digits.js"),
        "decode_url": "/decode",
        "animation_url": "/export/animation",
        "model": described(checkpoint) | {"label": view.label},
        "z": view.z,
        "example": view.example,
        "written": asdict(written),
        "taken": taken,
        "longest": MAX_TEXT,
        "shown": SHOWN,
        "send": sending.offered(checkpoint, "digits"),
    }
    key = f"digits {checkpoint.name} {checkpoint.digest[:8]}"
    result = _component(data=data, key=key, on_settled_change=lambda: None, on_sent_change=lambda: None)
    sending.follow(checkpoint, result.sent)
    settled = result.settled
    return (View(**settled["point"]), WrittenView(**settled["written"])) if settled else None


def own_style(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """Ask for a picture, show what the model sees of it, and return its style: id, z, label."""
    classes = checkpoint.spec.classes
    with st.sidebar, st.popover("Use your own handwriting", icon=":material/upload:", width="stretch"):
        file = st.file_uploader("A picture of one character, drawn or photographed", KINDS, key="own style")
        label = st.selectbox(
            "It shows",
            range(len(classes)),
            index=None,
            format_func=classes.__getitem__,
            placeholder="what suits it best",
            key=f"own class {checkpoint.name}",
            help="Left empty, it is the class for which the model gives the picture the highest ELBO.",
        )
        if file is None:
            return None
        try:
            prepared = prepare(file.getvalue(), checkpoint.spec, look=models.per_checkpoint(_look, checkpoint))
        except UserError as error:
            st.error(str(error))
            return None
        scored = score(models.loaded(checkpoint), prepared.x, None if label is None else torch.tensor([label]))
        label = int(scored.y[0])
        pictures = [_shown(prepared.x[0]), _shown(scored.reconstruction[0])]
        st.image(pictures, ["What the model sees", f"Its {classes[label]} in this style"], width=110)
    # Rounded as links are, so that what the page shows and what it sends agree.
    z = [round(value, 3) for value in scored.posterior.mu[0].tolist()]
    return {"id": f"{file.file_id} {label}", "z": z, "label": label}


def _look(checkpoint: Checkpoint) -> Look:
    return Look.of(stored_examples(models.loaded(checkpoint), models.latents(checkpoint), LOOKED_AT))


def _shown(image: torch.Tensor) -> Any:
    """[C, H, W] in [0, 1] as st.image takes it, its pixels enlarged."""
    return image.repeat_interleave(4, 1).repeat_interleave(4, 2).permute(1, 2, 0).squeeze(2).numpy()


def offer_conditional(checkpoint: Checkpoint) -> None:
    """Say that this model knows no classes, and which do."""
    others = models.conditional()
    sentence = f"{checkpoint.name} was not told which class a picture has, so it cannot draw one that you ask for"
    if not others:
        st.info(f"{sentence}. Train a conditional model on the Train page.")
        st.page_link("train.py", label="Train", icon=":material/school:")
        return
    st.info(f"{sentence}; a conditional model can:")
    for other in others:
        st.page_link("digits.py", label=other.name, icon=":material/draw:", query_params={models.KEY: other.name})
