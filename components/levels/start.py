"""Where the Levels page starts: at the link, else where the session left it, else at a walk that can be played."""

from dataclasses import replace

import streamlit as st

from components.levels.links import LevelsView, used_as
from components.shared.app import models, samplers
from components.shared.app.addresses import links
from components.shared.app.addresses.links import View
from vae_core.checkpoints import Checkpoint

KEY = "levels"
SEED, STEP, WINDOWS = 5, 0.8, 12


def starting_view(checkpoint: Checkpoint, linked: LevelsView) -> LevelsView:
    """The whole view. A link that says anything of a walk says all of it; a point sent here becomes an end."""
    known = {name: value for name, value in vars(linked).items() if value is not None}
    kept = _kept().get(_key(checkpoint))
    view = LevelsView(**known) if known or kept is None else kept
    view = replace(
        view,
        seed=SEED if view.seed is None else view.seed,
        step=STEP if view.step is None else view.step,
        windows=WINDOWS if view.windows is None else view.windows,
        sampler=samplers.chosen(checkpoint) if view.sampler is None else view.sampler,
    )
    sent, use = links.view(checkpoint, models.n_examples(checkpoint)), used_as()
    if use is not None and (sent.z or sent.example is not None):
        ends = list(view.between or default_ends(checkpoint))
        ends[use] = View(z=sent.z) if sent.z else View(example=sent.example)
        view = replace(view, between=ends, moved=None)
        keep(checkpoint, view)
    return view


def default_ends(checkpoint: Checkpoint) -> list[View]:
    """Two stored examples to go between: the first, and the one that lies farthest from it."""
    return [View(example=index) for index in models.per_checkpoint(_far_apart, checkpoint)]


def _far_apart(checkpoint: Checkpoint) -> tuple[int, int]:
    mu = models.latents(checkpoint).posterior.mu
    return 0, int((mu - mu[0]).norm(dim=1).argmax())


def keep(checkpoint: Checkpoint, view: LevelsView) -> None:
    """Keep the view for the rest of the session."""
    _kept()[_key(checkpoint)] = view


def _kept() -> dict[tuple[str, str], LevelsView]:
    return st.session_state.setdefault(KEY, {})


def _key(checkpoint: Checkpoint) -> tuple[str, str]:
    return checkpoint.name, checkpoint.digest
