"""The model that the app shows: its picker, and what is read from checkpoints, cached for all sessions."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from components.shared.app import links, visits, words
from components.shared.app.links import View
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint, Latents
from vae_core.model import Model

T = TypeVar("T")

KEY = "checkpoint"
PREFERRED = ("mnist-vae-2d", "digits-vae-2d")
"""A link without a model opens the first of these that exists, else any."""


def current() -> Checkpoint:
    """The checkpoint that the picker shows."""
    return _found()[visits.current().model or ""]


def _found() -> dict[str, Checkpoint]:
    found: dict[str, Checkpoint] = {}
    for checkpoint in checkpoints.find():
        # As checkpoints.load has it: a shipped model goes before a training of the same name.
        found.setdefault(checkpoint.name, checkpoint)
    return found


def picker(
    scope: str = "",
    suits: Callable[[Checkpoint], bool] = lambda checkpoint: True,
    usual: Sequence[str] = PREFERRED,
) -> None:
    """The model picker with its facts. `?checkpoint=NAME` selects a model; the choice outlasts a change of page.

    It lists the models that suit the page. A link may open another one; the page then explains what is missing. Pages
    of a `scope` keep a choice of their own, which leaves that of the others alone. As long as nobody has chosen, the
    first of `usual` is shown.
    """
    found = _found()
    if not found:
        st.info("There is no model here yet. `python -m vae_core train --out runs/first` trains one in seconds.")
        st.stop()
    visit = visits.current()
    if visit.model not in found:
        visit.scope = scope
        visit.model, visit.notice = _opened(found, scope, suits, [*usual, *PREFERRED])
    if visit.notice and not visit.complete:
        st.warning(visit.notice)
    linked, name = st.query_params.get(KEY), visit.model
    if linked is None:
        visits.put(KEY, name)
    elif linked != name:  # what else the address says is of the model before
        visits.write({each: st.query_params[each] for each in links.KEPT if each in st.query_params} | {KEY: name})
    with st.sidebar:
        st.subheader("Latent Space Explorer", anchor=False)
        names = [each for each, checkpoint in found.items() if each == name or suits(checkpoint)]
        st.session_state[KEY] = name
        st.selectbox("Model", names, key=KEY, on_change=_picked)
        _facts(found[name])


def _opened(
    found: dict[str, Checkpoint], scope: str, suits: Callable[[Checkpoint], bool], usual: Sequence[str]
) -> tuple[str, str]:
    """The model that a visit begins with, and what is to be said of the one that the link names."""
    known = [*visits.chosen(scope), *usual, *found]
    name = next((each for each in known if each in found and suits(found[each])), next(iter(found)))
    linked = st.query_params.get(KEY)
    if linked in found:
        # Back to a page that shows what nobody has chosen is no choice.
        if linked != name or not visits.current().led:
            visits.choose(scope, linked)
        return linked, ""
    if linked is None:
        return name, ""
    if reason := checkpoints.refusal(linked):
        return name, f"The model “{linked}” cannot be opened, so you see another one: {reason}"
    there = "The list in the sidebar has them all."
    return name, f"There is no model called “{linked}” here, so you see another one. {there}"


def _picked() -> None:
    """The user chose in the list."""
    visit = visits.current()
    visit.model = st.session_state[KEY]
    visits.choose(visit.scope, visit.model)


def settled(checkpoint: Checkpoint, found: View) -> None:
    """The user has moved the point: it goes along to the other pages, and so does the model."""
    links.remember(checkpoint, found)
    visits.choose(visits.current().scope, checkpoint.name)


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
    visits.put("compare", ",".join(names))
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
