"""The model that the app shows, and what is read from checkpoints, cached for all sessions. Its picker: picker.py."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from components.shared.app import words
from components.shared.app.addresses import links, visits
from components.shared.app.addresses.links import View
from components.shared.app.once import once
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint, Latents
from vae_core.model import Model

T = TypeVar("T")

KEY = "checkpoint"


def current() -> Checkpoint:
    """The checkpoint that the picker shows."""
    return found()[visits.current().model or ""]


def found() -> dict[str, Checkpoint]:
    """All models by name, those of a series too, which only a link opens."""
    by_name: dict[str, Checkpoint] = {}
    for checkpoint in checkpoints.find((checkpoints.SHIPPED, checkpoints.SERIES, checkpoints.RUNS)):
        # As checkpoints.load has it: a shipped model goes before a training of the same name.
        by_name.setdefault(checkpoint.name, checkpoint)
    return by_name


def listed() -> dict[str, Checkpoint]:
    """The models that stand in lists, by name."""
    return {name: each for name, each in found().items() if each.path.parent != checkpoints.SERIES}


def settled(checkpoint: Checkpoint, point: View) -> None:
    """The user has moved the point: it goes along to the other pages, and so does the model."""
    links.remember(checkpoint, point)
    visits.choose(visits.current().scope, checkpoint.name)


def suiting(suits: Callable[[Checkpoint], bool]) -> list[Checkpoint]:
    """The models that suit a page."""
    return [checkpoint for checkpoint in listed().values() if suits(checkpoint)]


def compared(checkpoint: Checkpoint) -> list[Checkpoint]:
    """Ask for up to two models to show beside this one; the link may name them (`?compare=A,B`)."""
    others = {name: other for name, other in listed().items() if name != checkpoint.name}
    key = f"compare with {checkpoint.name}"
    linked = [name for name in st.query_params.get("compare", "").split(",") if name]
    missing = [name for name in linked if name not in others]
    read = key not in st.session_state or visits.current().restoring
    if missing and read:
        st.warning(f"The link compares with {', '.join(map(words.quoted, missing[:3]))}, which is not here.")
    if read:
        st.session_state[key] = [name for name in linked if name in others][:2]
    titles = words.titles(others.values())
    with st.sidebar:
        names = st.multiselect(
            "Compare with",
            list(others),
            format_func=titles.__getitem__,
            key=key,
            max_selections=2,
            persist_state="session",
        )
    visits.put("compare", ",".join(names))
    return [others[name] for name in names]


def n_examples(checkpoint: Checkpoint) -> int:
    """How many encoded held-out examples the checkpoint holds."""
    return len(latents(checkpoint).y)


def latents(checkpoint: Checkpoint) -> Latents:
    """The encoded held-out examples, read once for all sessions."""
    return per_checkpoint(Checkpoint.load_latents, checkpoint)


def loaded(checkpoint: Checkpoint) -> Model:
    """The model, loaded once for all sessions; never change it."""
    return per_checkpoint(Checkpoint.load_model, checkpoint)


def per_checkpoint(work: Callable[[Checkpoint], T], checkpoint: Checkpoint) -> T:
    """`work(checkpoint)`, done once for all sessions and again when the weights have changed."""
    return _done(work, checkpoint.path, checkpoint.digest)


@once
def _done(work: Callable[[Checkpoint], T], path: Path, digest: str) -> T:
    return work(checkpoints.load(path))
