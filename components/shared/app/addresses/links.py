"""The point in a link, `?checkpoint=NAME&y=CLASS&z=0.5,-1.2&example=17&match=input`, and how parameters are read.

What a page adds to it stands in that feature's own `links.py`: a view, `view(checkpoint)` that reads it, and
`parameters(view)` that writes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from components.shared.app.addresses import visits
from components.shared.app.uncut import uncut
from vae_core.checkpoints import Checkpoint
from vae_core.reading import numbers_in, whole_in

MATCHES = ("z", "input")
FARTHEST = 1000
"""A coordinate of a point, at most."""
KEPT = ("checkpoint", "compare", "run", "runs")
"""Parameters that `show` leaves alone: they name models and trainings, not what is seen of them."""


@dataclass(frozen=True)
class View:
    """Where a page starts: a latent vector [D], a class, the number of the held-out example it came from, and whether
    other models are compared at the same z or the same input. None: not in the link."""

    z: list[float] | None = None
    label: int | None = None
    example: int | None = None
    match: str = "z"


def view(checkpoint: Checkpoint, n_examples: int) -> View:
    """The link's point for this model. Values that do not fit the model are dropped with a warning."""
    n_classes = len(checkpoint.spec.classes)
    return View(
        z=read_numbers("z", checkpoint.train_config.latent_dim, checkpoint),
        label=read_whole("y", n_classes, checkpoint) if checkpoint.train_config.conditional else None,
        example=read_whole("example", n_examples, checkpoint),
        match=st.query_params.get("match") if st.query_params.get("match") in MATCHES else "z",
    )


def point(checkpoint: Checkpoint, n_examples: int) -> View:
    """The point that a page starts at: the link's, else the one that this model has on another page."""
    found, linked = offered(checkpoint, n_examples)
    if not linked and visits.current().restoring:
        visits.remember(_key(checkpoint), None)
    elif not linked and found.z is not None:
        visits.write(st.query_params.to_dict() | point_parameters(found))
    return found


def offered(checkpoint: Checkpoint, n_examples: int) -> tuple[View, bool]:
    """The point that a page may start at, and whether the link says so. Back to a page without a point shows it without
    one."""
    found, visit = view(checkpoint, n_examples), visits.current()
    linked = found.z is not None or found.example is not None or "y" in st.query_params
    if linked and not visit.complete:
        remember(checkpoint, found)
    kept = None if linked or visit.restoring else visits.remembered(_key(checkpoint))
    return (found if kept is None else replace(kept, match=found.match)), linked


def remember(checkpoint: Checkpoint, found: View) -> None:
    """Remember the point that a model is at, for the other pages."""
    visits.remember(_key(checkpoint), found)


def _key(checkpoint: Checkpoint) -> tuple[str, str]:
    return checkpoint.name, checkpoint.digest


def point_parameters(view: View) -> dict[str, str]:
    """A point as link parameters, without the parts that are None."""
    found = {
        "z": written(view.z),
        "y": "" if view.label is None else str(view.label),
        "example": "" if view.example is None else str(view.example),
    }
    return {name: text for name, text in found.items() if text}


def show(view: View, parameters: Mapping[str, str] | None = None) -> None:
    """Put a point and the page's own parameters into the address bar, and take out those of every other page."""
    kept = {name: text for name, text in st.query_params.to_dict().items() if name in KEPT}
    match = {"match": view.match} if view.match != "z" else {}
    visits.write(kept | point_parameters(view) | match | dict(parameters or {}))


@uncut()
def forget_point() -> None:
    """Take the point out of the address bar, as when another model is chosen."""
    show(View())


def written(numbers: Iterable[float] | None, digits: int = 10) -> str:
    """Numbers as a link carries them; empty without any."""
    return ",".join(f"{number:.{digits}g}" for number in numbers or ())


def read_window(name: str, checkpoint: Checkpoint) -> list[float] | None:
    """The part of a map that is seen: left, right, bottom, top."""
    window = read_numbers(name, 4, checkpoint)
    if window and not (window[0] < window[1] and window[2] < window[3]):
        st.warning(f"The link's {name} is empty: left, right, bottom and top are needed, in this order.")
        return None
    return window


def read_numbers(name: str, count: int | range, checkpoint: Checkpoint) -> list[float] | None:
    """`count` numbers, or as many as a range allows; None, with a warning, if the parameter holds anything else."""
    text = st.query_params.get(name)
    if text is None:
        return None
    numbers = numbers_in(text, FARTHEST)
    if numbers is None or len(numbers) not in (count if isinstance(count, range) else [count]):
        what, many = "point z" if name == "z" else name, f"{count} " if isinstance(count, int) else "pairs of "
        st.warning(f"The link's {what} does not fit {checkpoint.name}: {many}numbers from −1000 to 1000 are needed.")
        return None
    return numbers


def read_whole(name: str, stop: int, checkpoint: Checkpoint) -> int | None:
    """A whole number below `stop`; None, with a warning, if the parameter holds anything else."""
    text = st.query_params.get(name)
    if text is None:
        return None
    if (found := whole_in(text, 0, stop - 1)) is not None:
        return found
    st.warning(f"The link's {name} does not fit {checkpoint.name}: a whole number from 0 to {stop - 1} is needed.")
    return None


def read_words(name: str, fits: Callable[[list[str]], bool], needed: str, checkpoint: Checkpoint) -> list[str] | None:
    """Words parted by commas; None, with a warning that says what is `needed`, unless `fits` accepts them."""
    text = st.query_params.get(name)
    if text is None or fits(text.split(",")):
        return text and text.split(",")
    st.warning(f"The link's {name} does not fit {checkpoint.name}: {needed}.")
    return None
