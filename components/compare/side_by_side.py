"""Models side by side on the same examples, seed and place: the Python side of side_by_side.js."""

import functools
from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.compare import inputs
from components.compare import links as compare_links
from components.compare.links import OWN, Seen
from components.shared.app import models, samplers
from components.shared.app.addresses import visits
from components.shared.app.assets import module_url
from components.shared.app.live import declare, described
from components.shared.bring.examples import n_originals, originals_url
from vae_core.checkpoints import Checkpoint

_component = declare(
    "side_by_side",
    "Models side by side",
    "cp",
    "shared/latent/sliders.css",
    "shared/map/map.css",
    "shared/bring/disturb.css",
    "compare/side_by_side.css",
)


def side_by_side(found: Sequence[Checkpoint]) -> None:
    """Show up to four models, starting at what the link says. The examples are those of the first whose data is at hand
    and that shares them with another one, if there is any."""
    source = _source(found)
    shared = all(inputs.same_examples(source, each) for each in found if inputs.unread(source, each) is None)
    n_examples = n_originals(source) or models.n_examples(source)
    seen = compare_links.view(source, n_examples, max(each.train_config.latent_dim for each in found))
    data = {
        "module": module_url("compare/side_by_side.js"),
        "decode_url": "/decode",
        "models": [_described(source, each, seen.sampler) for each in found],
        "source": list(found).index(source),
        "originals": originals_url(source),
        "n_originals": n_originals(source),
        "shared": shared,
        "seen": vars(seen),
        "runs": st.query_params.get("runs", ""),
        "see": st.query_params.get("see", ""),
    }
    parts = ["side by side", *(f"{each.name} {each.digest[:8]}" for each in found), str(visits.current().number)]
    key = " ".join(parts)
    result = _component(
        data=data,
        key=key,
        on_settled_change=lambda: None,
        on_sampler_change=functools.partial(samplers.heard, key),
    )
    if result.settled:
        kept = {name: text for name, text in st.query_params.to_dict().items() if name not in OWN}
        visits.write(kept | compare_links.parameters(Seen(**result.settled)))


def _described(source: Checkpoint, checkpoint: Checkpoint, sampler: str | None) -> dict[str, Any]:
    return described(checkpoint) | {
        "samplers": samplers.offered(checkpoint, sampler or samplers.usual(checkpoint)),
        "unread": None if checkpoint is source else inputs.unread(source, checkpoint),
        "same": inputs.same_examples(source, checkpoint),
    }


def _source(found: Sequence[Checkpoint]) -> Checkpoint:
    """The model whose examples all are given that can read them: more readers go first, then data that is at hand."""

    def rank(checkpoint: Checkpoint) -> tuple[int, bool]:
        return sum(inputs.unread(checkpoint, each) is None for each in found), bool(n_originals(checkpoint))

    return max(found, key=rank)
