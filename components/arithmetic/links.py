"""What a link carries of the Arithmetic page, as in `?mode=between&points=e17~0.5,-1.2y3&way=linear&at=0.4`.

A point is a stored example (e17) or a latent vector, with the class it is drawn as (y3). `use=a` makes the point that
the link has beside these, `z` or `example`, the first image.
"""

from dataclasses import dataclass

import streamlit as st

from components.shared.app.addresses.links import FARTHEST, View, read_numbers, read_words, written
from vae_core.checkpoints import Checkpoint
from vae_core.reading import numbers_in, whole_in

WAYS = [["spherical"], ["linear"]]
MODES = [["between"], ["palette"], ["concept"], ["analogy"], ["mean"]]
MAX_POINTS = 8
"""Images that the page goes through, at most."""


@dataclass(frozen=True)
class ArithmeticView:
    """What the Arithmetic page shows: what it does, its images in order, the way between them, the place on it or on
    the palette (0 to 1) or the strength of a concept, and the ids of its two groups. None: not in the link."""

    mode: str | None = None
    points: list[View] | None = None
    way: str | None = None
    at: float | None = None
    towards: str | None = None
    away: str | None = None


def view(checkpoint: Checkpoint, n_examples: int) -> ArithmeticView:
    """What the link says of the page. Values that do not fit the model are dropped with a warning."""
    text, at = st.query_params.get("points"), read_numbers("at", 1, checkpoint)
    way = read_words("way", lambda words: words in WAYS, "spherical or linear is needed", checkpoint)
    needed = "between, palette, concept, analogy or mean is needed"
    mode = read_words("mode", lambda words: words in MODES, needed, checkpoint)
    points: list[View] | None = None
    if text is not None:
        found = [_endpoint(part, checkpoint, n_examples) for part in text.split("~")[: MAX_POINTS + 1]]
        points = [point for point in found if point is not None]
        if len(points) < len(found) or len(points) > MAX_POINTS:
            st.warning(f"Not all of the link's points fit {checkpoint.name}, so you see others in their place.")
            points = None
    return ArithmeticView(
        mode=mode[0] if mode else None,
        points=points,
        way=way[0] if way else None,
        at=at[0] if at else None,
        towards=st.query_params.get("towards"),
        away=st.query_params.get("away"),
    )


def _endpoint(text: str, checkpoint: Checkpoint, n_examples: int) -> View | None:
    place, drawn, number = text.partition("y")
    label = whole_in(number, 0, len(checkpoint.spec.classes) - 1)
    if drawn and label is None:
        return None
    label = label if checkpoint.train_config.conditional else None
    if place.startswith("e"):
        example = whole_in(place[1:], 0, n_examples - 1)
        return None if example is None else View(example=example, label=label)
    z = numbers_in(place, FARTHEST)
    return None if z is None or len(z) != checkpoint.train_config.latent_dim else View(z=z, label=label)


def used_as() -> str | None:
    """Whether the link's point is to be `a` or `b` on the Arithmetic page."""
    use = st.query_params.get("use")
    return use if use in ("a", "b") else None


def parameters(view: ArithmeticView) -> dict[str, str]:
    """What the page shows as link parameters, without the parts that are None."""
    found = {
        "mode": view.mode or "",
        "towards": view.towards or "",
        "away": view.away or "",
        "points": "~".join(map(_written_endpoint, view.points or ())),
        "way": view.way or "",
        "at": "" if view.at is None else f"{view.at:.10g}",
    }
    return {name: text for name, text in found.items() if text}


def _written_endpoint(point: View) -> str:
    place = f"e{point.example}" if point.example is not None else written(point.z)
    return place if point.label is None else f"{place}y{point.label}"
