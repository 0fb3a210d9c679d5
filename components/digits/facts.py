"""Data to text: the Python side of facts.js, for models of sentences that state several facts at once."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from components.shared.app import samplers
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
from vae_core.checkpoints import Checkpoint
from vae_core.datasets import DATASETS
from vae_core.reading import whole_in

KEY = "cells"
SENTENCE = "Choose the cells of the table, and the model writes sentences that state them."
FIRST = ("two", "dog", "water", "running")
"""Names of the facts that are chosen at first."""

_component = declare("facts", "Facts", "dg-data", "digits/facts.css")


def facts_of(checkpoint: Checkpoint) -> list[dict[str, Any]]:
    """The facts that the model's condition is made of, and how they are read off; empty for every other model."""
    found = getattr(DATASETS.of(checkpoint.train_config.dataset).build, "facts", ())
    named = tuple(fact.name for fact in found) == tuple(checkpoint.spec.classes)
    return [asdict(fact) for fact in found] if named and checkpoint.train_config.conditional else []


def facts(checkpoint: Checkpoint, table: list[dict[str, Any]]) -> dict[str, str]:
    """Show the table and what is written for it; returns what a link to it carries."""
    text = st.query_params.get(KEY)
    if text is None:
        cells = [i for i, fact in enumerate(table) if fact["name"] in FIRST]
    else:
        read = [whole_in(part, 0, len(table) - 1) for part in text.split(".")[: len(table)] if part]
        cells = [cell for cell in read if cell is not None]
        if len(cells) < len(read):
            st.warning("The link names facts that this model does not know; they are left out.")
    result = scene(
        _component,
        "digits",
        "digits/facts.js",
        checkpoint,
        View(),
        variant="facts",
        sampler=samplers.chosen(checkpoint),
        facts=table,
        cells=cells,
    )
    _measured(checkpoint)
    shown = result.settled["cells"] if result.settled else cells
    return {KEY: ".".join(map(str, shown))}


def _measured(checkpoint: Checkpoint) -> None:
    """How often the model states what it was asked for, as measured when it was built; nothing where it was not."""
    found = checkpoint.metrics
    if "facts_unseen" not in found:
        return
    n, states, chance = (found[f"facts_{name}"] for name in ("unseen", "unseen_stated", "chance_stated"))
    st.caption(
        f"Asked for the facts of {n:,.0f} held-out captions, combinations it never learned, it states {states:.0%} "
        f"of them; by chance it would be {chance:.0%}. Lists of words decide (`python -m benchmarks.facts`)."
    )
