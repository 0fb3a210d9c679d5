"""The model that the app shows: its picker, and what is read from checkpoints, cached for all sessions."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from components.shared.app import links, words
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint, Latents
from vae_core.model import Model

T = TypeVar("T")

KEY = "checkpoint"
PREFERRED = ("mnist-vae-2d", "digits-vae-2d")
"""A link without a model opens the first of these that exists, else any."""


def current() -> Checkpoint:
    """The checkpoint that the picker shows."""
    return _found()[st.session_state[KEY]]


def _found() -> dict[str, Checkpoint]:
    found: dict[str, Checkpoint] = {}
    for checkpoint in checkpoints.find():
        # As checkpoints.load has it: a shipped model goes before a training of the same name.
        found.setdefault(checkpoint.name, checkpoint)
    return found


def picker(suits: Callable[[Checkpoint], bool] = lambda checkpoint: True) -> None:
    """The model picker with its facts. `?checkpoint=NAME` selects a model; the choice outlasts a change of page.

    It lists the models that suit the page. A link may open another one; the page then explains what is missing.
    """
    found = _found()
    if not found:
        st.info("There is no model here yet. `python -m vae_core train --out runs/first` trains one in seconds.")
        st.stop()
    linked = st.query_params.get(KEY)
    if linked is not None and linked not in found:
        reason = checkpoints.refusal(linked)
        if reason:
            st.warning(f"The model “{linked}” cannot be opened, so you see another one: {reason}")
        else:
            there = "The list in the sidebar has them all."
            st.warning(f"There is no model called “{linked}” here, so you see another one. {there}")
        links.forget_point()
    elif linked is not None and linked != st.session_state.get(KEY) and not st.session_state.get("picked"):
        st.session_state[KEY] = linked
    chosen = st.session_state.get(KEY)
    if chosen not in found or linked is None and not suits(found[chosen]):
        ordered = [*(name for name in PREFERRED if name in found), *found]
        st.session_state[KEY] = next((name for name in ordered if suits(found[name])), ordered[0])
    st.session_state["picked"] = False
    with st.sidebar:
        st.subheader("Latent Space Explorer", anchor=False)
        names = [name for name, checkpoint in found.items() if name == st.session_state[KEY] or suits(checkpoint)]
        name = st.selectbox("Model", names, key=KEY, on_change=_picked, persist_state="session")
        _facts(found[name])
    st.query_params[KEY] = name


def _picked() -> None:
    """The user chose in the list: the address bar still names the model before, and a point of its latent space."""
    st.session_state["picked"] = True
    links.forget_point()


def _facts(checkpoint: Checkpoint) -> None:
    config, measured, unit = checkpoint.train_config, checkpoint.metrics, words.unit(checkpoint.spec)
    training = checkpoint.config["training"]
    variational = config.model.variational
    loss = f"−ELBO {-measured['elbo']:.1f}" if variational else f"NLL {measured['nll']:.1f}"
    conditional = ", given the class" if config.conditional else ""
    picture, facts = st.columns([2, 3], vertical_alignment="center")
    picture.image(str(checkpoint.path / "preview.png"), width="stretch")
    facts.caption(
        f"**{training['dataset']['name']} · {config.latent_dim}-D{conditional}**  \n"
        f"{training['objective']['name']} · {training['network']['name']}  \n{loss} nats/{unit}",
        help=f"The loss per held-out {unit}; lower is better. −ELBO = NLL (how far off the reconstruction is) + KL "
        f"(how much the code says about the {unit}).",
    )


def suiting(suits: Callable[[Checkpoint], bool]) -> list[Checkpoint]:
    """The models that suit a page."""
    return [checkpoint for checkpoint in _found().values() if suits(checkpoint)]


def compared(checkpoint: Checkpoint) -> list[Checkpoint]:
    """Ask for up to two models to show beside this one; the link may name them (`?compare=A,B`)."""
    found = {name: other for name, other in _found().items() if name != checkpoint.name}
    key = f"compare with {checkpoint.name}"
    linked = [name for name in st.query_params.get("compare", "").split(",") if name]
    missing = [name for name in linked if name not in found]
    if missing and key not in st.session_state:
        st.warning(f"The link compares with {', '.join(missing)}, which is not here.")
    if key not in st.session_state:
        st.session_state[key] = [name for name in linked if name in found][:2]
    with st.sidebar:
        names = st.multiselect("Compare with", list(found), key=key, max_selections=2, persist_state="session")
    if names:
        st.query_params["compare"] = ",".join(names)
    else:
        st.query_params.pop("compare", None)
    return [found[name] for name in names]


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


@functools.lru_cache(maxsize=64)
def _done(work: Callable[[Checkpoint], T], path: Path, digest: str) -> T:
    return work(checkpoints.load(path))
