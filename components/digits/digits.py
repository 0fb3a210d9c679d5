"""The Classes component: the Python side of digits.js."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from components.digits.links import MAX_TEXT, WrittenView
from components.shared.app import models, page, samplers, words
from components.shared.app.addresses import visits
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
from components.shared.bring.examples import n_originals, originals_url
from components.shared.bring.look import for_page
from components.shared.bring.own_picture import ask_for_picture
from vae_core.checkpoints import Checkpoint
from vae_core.datasets import DATASETS
from vae_core.kinds.image import Image
from vae_core.kinds.text import Text

SHOWN = 4
"""Sliders shown at first, beside the pad; further active dimensions fold away."""

TITLE = "Classes"
SENTENCES = {
    Text.name: "Type a sentence, and see it written for every class. Words that are not yours are marked.",
    "letters": "Type a word and drag its style, or draw one letter: all others follow.",
    "": "Drag the style, and every class follows. Click one to see it large.",
}
"""What to do, by the kind of data, or the dataset."""

STYLES = ("shared/latent/sliders.css", "shared/bring/pads/draw_pad.css", "digits/digits.css")
_component = declare("digits", "Classes", "dg", *STYLES)


def digits(
    checkpoint: Checkpoint, view: View, written: WrittenView, taken: dict[str, Any] | None
) -> tuple[View, WrittenView] | None:
    """Show all classes of a conditional model in one style, starting at `view` and `written`, or at the style `taken`.

    Returns where the user last came to rest, or None before.
    """
    result = scene(
        _component,
        "digits",
        "digits/digits.js",
        checkpoint,
        view,
        sampler=samplers.chosen(checkpoint),
        written=asdict(written),
        taken=taken,
        originals=originals_url(checkpoint),
        n_originals=n_originals(checkpoint),
        longest=MAX_TEXT,
        first=getattr(DATASETS.of(checkpoint.train_config.dataset).build, "first", None),
        shown=SHOWN,
        look=for_page(checkpoint),
    )
    settled = result.settled
    return (View(**settled["point"]), WrittenView(**settled["written"])) if settled else None


def ask_for_style(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """Ask for a picture and return its style, id, z, label; None in later visits: what was done since counts."""
    asked: tuple[str, ...] = ()
    if checkpoint.spec.kind != Image.name:
        pass  # the kind has its own words
    elif all(len(name) == 1 for name in checkpoint.spec.classes):
        asked = (
            "Use your own handwriting",
            "A picture of one character, drawn or photographed",
        )
    else:
        asked = "Use your own picture", "A picture of one thing, drawn or photographed"
    found = ask_for_picture(checkpoint, "digits", *asked)
    if found is None:
        return None
    number, taken = visits.current().number, st.session_state.setdefault("styles taken", {})
    first = taken.setdefault((checkpoint.name, checkpoint.digest, found["id"]), number)
    return found if first == number else None


def sentence(checkpoint: Checkpoint) -> str:
    """What to do with a model, in a sentence."""
    return SENTENCES.get(checkpoint.spec.kind) or SENTENCES.get(checkpoint.spec.name, SENTENCES[""])


def offer_conditional(checkpoint: Checkpoint) -> None:
    """Explain that this model knows no classes, and offer those that do."""
    others = models.suiting(lambda other: other.train_config.conditional)
    reason = f"This model was not told which class {words.one(checkpoint.spec)} has, so you cannot choose one here"
    if (normal := checkpoint.spec.normal) is not None:
        name = words.quoted(checkpoint.spec.classes[normal])
        reason = (
            f"This model learned from {words.units(checkpoint.spec)} of the class {name} alone, so it draws no other"
        )
    can, train = "a conditional model can", "a conditional model"
    page.offer(others, reason, can, train, page="digits.py", icon=":material/draw:")
