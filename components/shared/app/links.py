"""What a link carries: of a point, `?checkpoint=NAME&y=CLASS&z=0.5,-1.2&example=17&match=input`, and of a map,
`&axes=0,3&grid=15&spacing=linear&window=-1,1,-1,1&layers=grid,points&hide=3&path=0,0,1,1&fade=off`, and of the Digits
page, `&text=2026&to=8&mix=0.5`, and of the Arithmetic page, `&points=e17~0.5,-1.2y3&way=linear&at=0.4`, where a point
is a stored example (e17) or a latent vector, with the class it is drawn as (y3). Read only here; what the Projection
page adds, in `projection_links.py`."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from vae_core.checkpoints import Checkpoint
from vae_core.latent.geometry import DIRECTIONS

MATCHES = ("z", "input")
GRIDS = [[str(n)] for n in range(3, 32, 2)]
SPACINGS = [["normal"], ["linear"]]
LAYERS = {"grid", "points", "contours"}
WAYS = [["spherical"], ["linear"]]
MODES = [["between"], ["concept"], ["analogy"]]
MAX_PATH = 64
"""Points of a path on the Latent map, at most."""
MAX_POINTS = 8
"""Images that the Arithmetic page goes through, at most."""
PROJECTION_NAMES = ("map", "fit", "dims", "beside", "beside-fit", "color", "window-beside", "place")
MAX_TEXT = 300
"""Characters of the text that the Digits page writes, at most: some classes have long names."""


@dataclass(frozen=True)
class View:
    """Where a page starts: a latent vector [D], a class, the number of the held-out example it came from, and whether
    other models are compared at the same z or the same input. None: not in the link."""

    z: list[float] | None = None
    label: int | None = None
    example: int | None = None
    match: str = "z"


@dataclass(frozen=True)
class MapView:
    """How the latent map is seen: its two axes ("3" a dimension, "pc1" a principal direction), tiles along a side,
    spacing, zoom window (left, right, bottom, top), layers, classes that are hidden, the path's points on the two axes,
    and whether the grid fades where the model guesses. None: as the page shows it by itself."""

    axes: list[str] | None = None
    grid: int | None = None
    spacing: str | None = None
    window: list[float] | None = None
    layers: list[str] | None = None
    hidden: list[int] | None = None
    path: list[list[float]] | None = None
    fade: bool | None = None


@dataclass(frozen=True)
class WrittenView:
    """What the Digits page shows beside a point: the text that is written, and the class `to` which its class is mixed
    by the part `mix` (0 to 1)."""

    text: str | None = None
    to: int | None = None
    mix: float | None = None


@dataclass(frozen=True)
class ArithmeticView:
    """What the Arithmetic page shows: what it does, its images in order, the way between them, the place on it (0 to 1)
    or the strength of a concept, and the ids of the concept's two groups. None: not in the link."""

    mode: str | None = None
    points: list[View] | None = None
    way: str | None = None
    at: float | None = None
    towards: str | None = None
    away: str | None = None


def view(checkpoint: Checkpoint, n_examples: int) -> View:
    """What the link says of a point of this model. Whatever does not fit the model is said and dropped."""
    conditional, n_classes = checkpoint.train_config.conditional, len(checkpoint.spec.classes)
    label = _whole("y", n_classes, checkpoint) if conditional else None
    return View(
        z=_point(checkpoint),
        label=0 if conditional and label is None else label,
        example=_whole("example", n_examples, checkpoint),
        match=st.query_params.get("match") if st.query_params.get("match") in MATCHES else "z",
    )


def map_view(checkpoint: Checkpoint) -> MapView:
    """What the link says of the map. Whatever does not fit the model is said and dropped."""
    dim = checkpoint.train_config.latent_dim
    kinds = {str(i) for i in range(dim)}, {f"pc{i + 1}" for i in range(min(dim, DIRECTIONS))}
    axes = read_words(
        "axes",
        lambda words: len(words) == 2 == len(set(words)) and any(set(words) <= kind for kind in kinds),
        "two dimensions, as in 0,1, or two principal directions, as in pc1,pc2, are needed",
        checkpoint,
    )
    grid = read_words("grid", lambda words: words in GRIDS, "an odd number of tiles from 3 to 31 is needed", checkpoint)
    spacing = read_words("spacing", lambda words: words in SPACINGS, "normal or linear is needed", checkpoint)
    layers = read_words(
        "layers",
        lambda words: words == ["none"] or set(words) <= LAYERS,
        "some of grid, points and contours, or none, is needed",
        checkpoint,
    )
    n_classes = len(checkpoint.spec.classes)
    hidden = read_words(
        "hide",
        lambda words: all(word.isdecimal() and int(word) < n_classes for word in words),
        "the numbers of classes are needed",
        checkpoint,
    )
    path = read_numbers("path", range(4, 2 * MAX_PATH + 1, 2), checkpoint)
    fade = read_words("fade", lambda words: words == ["off"], "off is needed, or nothing", checkpoint)
    return MapView(
        axes=axes,
        grid=int(grid[0]) if grid else None,
        spacing=spacing and spacing[0],
        window=read_window("window", checkpoint),
        layers=layers,
        hidden=[int(word) for word in hidden] if hidden else None,
        path=[path[i : i + 2] for i in range(0, len(path), 2)] if path else None,
        fade=False if fade == ["off"] else None,
    )


def written_view(checkpoint: Checkpoint) -> WrittenView:
    """What the link says of the Digits page. Whatever does not fit the model is said and dropped."""
    to = _whole("to", len(checkpoint.spec.classes), checkpoint)
    mix = read_numbers("mix", 1, checkpoint)
    if mix and not 0 <= mix[0] <= 1:
        st.warning("The link's mix does not fit: a number from 0 to 1 is needed.")
        mix = None
    text = st.query_params.get("text")
    return WrittenView(text=text and text[:MAX_TEXT], to=to, mix=mix[0] if mix else None)


def arithmetic_view(checkpoint: Checkpoint, n_examples: int) -> ArithmeticView:
    """What the link says of the Arithmetic page. Whatever does not fit the model is said and dropped."""
    text, at = st.query_params.get("points"), read_numbers("at", 1, checkpoint)
    way = read_words("way", lambda words: words in WAYS, "spherical or linear is needed", checkpoint)
    mode = read_words("mode", lambda words: words in MODES, "between, concept or analogy is needed", checkpoint)
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
    parts = re.fullmatch(r"(?:e(?P<example>\d{1,9})|(?P<z>[-\d.,]+))(?:y(?P<label>\d{1,6}))?", text, re.ASCII)
    if parts is None:
        return None
    example, label = (int(parts[name]) if parts[name] else None for name in ("example", "label"))
    try:
        z = [float(number) for number in parts["z"].split(",")] if parts["z"] else None
    except ValueError:
        return None
    if z is not None and (len(z) != checkpoint.train_config.latent_dim or not all(abs(value) <= 1000 for value in z)):
        return None
    if example is not None and example >= n_examples or label is not None and label >= len(checkpoint.spec.classes):
        return None
    return View(z=z, label=label if checkpoint.train_config.conditional else None, example=example)


def _written_endpoint(point: View) -> str:
    place = f"e{point.example}" if point.example is not None else ",".join(f"{value:.10g}" for value in point.z or ())
    return place if point.label is None else f"{place}y{point.label}"


def used_as() -> str | None:
    """Whether the link's point is to be `a` or `b` on the Arithmetic page."""
    use = st.query_params.get("use")
    return use if use in ("a", "b") else None


def read_window(name: str, checkpoint: Checkpoint) -> list[float] | None:
    """Left, right, bottom and top of what is seen of a map."""
    window = read_numbers(name, 4, checkpoint)
    if window and not (window[0] < window[1] and window[2] < window[3]):
        st.warning(f"The link's {name} is empty: left, right, bottom and top are needed, in this order.")
        return None
    return window


def _point(checkpoint: Checkpoint) -> list[float] | None:
    return read_numbers("z", checkpoint.train_config.latent_dim, checkpoint)


def read_numbers(name: str, count: int | range, checkpoint: Checkpoint) -> list[float] | None:
    text = st.query_params.get(name)
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    counts = count if isinstance(count, range) else [count]
    if len(numbers) not in counts or not all(math.isfinite(number) and abs(number) <= 1000 for number in numbers):
        what, many = "point z" if name == "z" else name, f"{count} " if isinstance(count, int) else "pairs of "
        st.warning(f"The link's {what} does not fit {checkpoint.name}: {many}numbers from −1000 to 1000 are needed.")
        return None
    return numbers


def _whole(name: str, stop: int, checkpoint: Checkpoint) -> int | None:
    text = st.query_params.get(name)
    if text is None:
        return None
    if text.isdecimal() and int(text) < stop:
        return int(text)
    st.warning(f"The link's {name} does not fit {checkpoint.name}: a whole number from 0 to {stop - 1} is needed.")
    return None


def read_words(name: str, fits: Callable[[list[str]], bool], needed: str, checkpoint: Checkpoint) -> list[str] | None:
    text = st.query_params.get(name)
    if text is None or fits(text.split(",")):
        return text and text.split(",")
    st.warning(f"The link's {name} does not fit {checkpoint.name}: {needed}.")
    return None


def point_parameters(view: View) -> dict[str, str]:
    """What a link says of a point, without what is not known of it."""
    found = {
        "z": ",".join(f"{value:.10g}" for value in view.z or ()),
        "y": "" if view.label is None else str(view.label),
        "example": "" if view.example is None else str(view.example),
    }
    return {name: text for name, text in found.items() if text}


def show(
    view: View,
    map_view: MapView | None = None,
    written_view: WrittenView | None = None,
    arithmetic_view: ArithmeticView | None = None,
    projection: Mapping[str, str] | None = None,
) -> None:
    """Put a point, and how the map is seen, what is written or what is between images, into the address bar.

    `projection` is what `projection_links.parameters` gives.
    """
    seen, written, sums = map_view or MapView(), written_view or WrittenView(), arithmetic_view or ArithmeticView()
    parameters = {
        "z": None,
        "y": None,
        "example": None,
        **point_parameters(view),
        "match": view.match if view.match != "z" else None,
        "axes": ",".join(seen.axes or ()),
        "grid": seen.grid,
        "spacing": seen.spacing,
        "window": ",".join(f"{value:.10g}" for value in seen.window or ()),
        "layers": ",".join(seen.layers or ()),
        "hide": ",".join(map(str, seen.hidden or ())),
        "path": ",".join(f"{value:.10g}" for point in seen.path or () for value in point),
        "fade": "off" if seen.fade is False else None,
        "text": written.text,
        "to": written.to,
        "mix": f"{written.mix:.10g}" if written.mix else None,
        "mode": sums.mode,
        "towards": sums.towards,
        "away": sums.away,
        "points": "~".join(_written_endpoint(point) for point in sums.points or ()),
        "way": sums.way,
        "at": None if sums.at is None else f"{sums.at:.10g}",
        "use": None,
    }
    parameters |= dict.fromkeys(PROJECTION_NAMES) | {name: text for name, text in (projection or {}).items() if text}
    for name, value in parameters.items():
        if value is not None and value != "":
            st.query_params[name] = str(value)
        else:
            st.query_params.pop(name, None)


def forget_point() -> None:
    """Take the point out of the address bar, as when another model is chosen."""
    show(View())
