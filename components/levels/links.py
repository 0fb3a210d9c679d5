"""What a link carries of the Levels page, as in `?seed=7&step=0.8&windows=12&shifts=0,1.5&moved=3:0.1,-0.2`.

The walk is a random one from `seed`, of what `sampler` draws (in a link without one: the prior), or goes `between` two
points: a stored example (e17) or a latent vector each. `shifts` are the sliders of the factors in standard deviations,
those at the end left out where they are 0. `moved` are windows that a repair has moved, and by how much. `use=a` makes
the link's point the first end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from components.shared.app import samplers
from components.shared.app.addresses.links import FARTHEST, View, read_numbers, written
from vae_core.checkpoints import Checkpoint
from vae_core.reading import numbers_in, whole_in

WINDOWS = range(3, 21)
STEPS = (0.0, 1.571)
"""Radians between neighbouring windows: from no step to π/2, where they have nothing in common."""
SHIFT = 3.0
MAX_SEED = 999_999
DIGITS = 9
UNSAID = "prior"
"""What draws the walk of a link that has a seed and names no sampler."""


@dataclass(frozen=True)
class Moved:
    """A window that a repair has moved `by` [D]."""

    window: int
    by: list[float]


@dataclass(frozen=True)
class LevelsView:
    """What the Levels page shows; None: not in the link, or, of `between`, a random walk."""

    seed: int | None = None
    step: float | None = None
    windows: int | None = None
    between: list[View] | None = None
    shifts: list[float] | None = None
    moved: list[Moved] | None = None
    sampler: str | None = None


def view(checkpoint: Checkpoint, n_examples: int, n_shifts: int) -> LevelsView:
    """What the link says of the page. Values that do not fit the model are dropped with a warning."""
    seed, sampler = _whole("seed", range(MAX_SEED + 1)), samplers.linked(checkpoint)
    return LevelsView(
        seed=seed,
        step=_step(checkpoint),
        windows=_whole("windows", WINDOWS),
        between=_between(checkpoint, n_examples),
        shifts=_shifts(n_shifts, checkpoint),
        moved=_moved(checkpoint),
        sampler=UNSAID if sampler is None and seed is not None else sampler,
    )


def _whole(name: str, allowed: range) -> int | None:
    text = st.query_params.get(name)
    if text is None:
        return None
    if (found := whole_in(text, allowed[0], allowed[-1])) is not None:
        return found
    st.warning(f"The link's {name} does not fit: a whole number from {allowed[0]} to {allowed[-1]} is needed.")
    return None


def _step(checkpoint: Checkpoint) -> float | None:
    found = read_numbers("step", 1, checkpoint)
    if found and not STEPS[0] <= found[0] <= STEPS[1]:
        st.warning(f"The link's step does not fit: a number of radians from {STEPS[0]:g} to {STEPS[1]:g} is needed.")
        return None
    return found[0] if found else None


def _shifts(n: int, checkpoint: Checkpoint) -> list[float] | None:
    text = st.query_params.get("shifts")
    if text is None:
        return None
    found = numbers_in(text, SHIFT)
    if found is None or len(found) > n:
        st.warning(
            f"The link's shifts do not fit {checkpoint.name}: at most {n} numbers from −{SHIFT:g} to {SHIFT:g} are "
            "needed."
        )
        return None
    return found


def _between(checkpoint: Checkpoint, n_examples: int) -> list[View] | None:
    text = st.query_params.get("between")
    if text is None:
        return None
    found = [_end(part, checkpoint.train_config.latent_dim, n_examples) for part in text.split("~")[:3]]
    ends = [end for end in found if end is not None]
    if len(ends) == len(found) == 2:
        return ends
    st.warning(f"The link's two points do not fit {checkpoint.name}, so you see a random walk.")
    return None


def _end(text: str, latent_dim: int, n_examples: int) -> View | None:
    if text.startswith("e"):
        example = whole_in(text[1:], 0, n_examples - 1)
        return None if example is None else View(example=example)
    z = numbers_in(text, FARTHEST)
    return View(z=z) if z is not None and len(z) == latent_dim else None


def _moved(checkpoint: Checkpoint) -> list[Moved] | None:
    text = st.query_params.get("moved")
    if text is None:
        return None
    found: dict[int, list[float]] = {}
    for part in text.split("~")[: WINDOWS[-1] + 1]:
        number, _, numbers = part.partition(":")
        window, by = whole_in(number, 0, WINDOWS[-1] - 1), numbers_in(numbers, FARTHEST)
        if window is None or by is None or len(by) != checkpoint.train_config.latent_dim:
            break
        found[window] = by
    else:
        return [Moved(window, by) for window, by in sorted(found.items())]
    st.warning(f"The link's moved windows do not fit {checkpoint.name}, so you see the level before its repair.")
    return None


def used_as() -> int | None:
    """Which end of the walk the link's point is to be, 0 or 1."""
    return {"a": 0, "b": 1}.get(st.query_params.get("use", ""))


def parameters(view: LevelsView) -> dict[str, str]:
    """What the page shows as link parameters, without the parts that are None."""
    found = {
        "seed": "" if view.seed is None else str(view.seed),
        "step": written(None if view.step is None else [view.step], DIGITS),
        "windows": "" if view.windows is None else str(view.windows),
        "between": "~".join(map(_written_end, view.between or ())),
        "shifts": written(_trimmed(view.shifts or ()), DIGITS),
        "moved": "~".join(f"{each.window}:{written(each.by, DIGITS)}" for each in view.moved or ()),
        samplers.PARAMETER: "" if view.sampler in (None, UNSAID) else view.sampler,
    }
    return {name: text for name, text in found.items() if text}


def _trimmed(shifts: Iterable[float]) -> list[float]:
    kept = list(shifts)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _written_end(end: View) -> str:
    return f"e{end.example}" if end.example is not None else written(end.z, DIGITS)
