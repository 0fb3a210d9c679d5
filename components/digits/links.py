"""What a link carries of the Classes page, as in `?text=2026&to=8&mix=0.5`."""

from dataclasses import dataclass

import streamlit as st

from components.shared.app.addresses.links import read_numbers, read_whole
from vae_core.checkpoints import Checkpoint
from vae_core.reading import is_ordinary

MAX_TEXT = 300
"""Characters of the text that the page writes, at most: some classes have long names."""


@dataclass(frozen=True)
class WrittenView:
    """What the Classes page shows beside a point: the text that is written, and the class `to` which its class is mixed
    by the part `mix` (0 to 1)."""

    text: str | None = None
    to: int | None = None
    mix: float | None = None


def view(checkpoint: Checkpoint) -> WrittenView:
    """What the link says of the page. Values that do not fit the model are dropped with a warning."""
    to = read_whole("to", len(checkpoint.spec.classes), checkpoint)
    mix = read_numbers("mix", 1, checkpoint)
    if mix and not 0 <= mix[0] <= 1:
        st.warning("The link's mix does not fit: a number from 0 to 1 is needed.")
        mix = None
    text = st.query_params.get("text")
    text = text and "".join(letter for letter in text[:MAX_TEXT] if is_ordinary(letter))
    return WrittenView(text=text, to=to, mix=mix[0] if mix else None)


def parameters(view: WrittenView) -> dict[str, str]:
    """What the page shows as link parameters, without the parts that are None; nothing is mixed by 0."""
    found = {
        "text": view.text or "",
        "to": "" if view.to is None else str(view.to),
        "mix": f"{view.mix:.10g}" if view.mix else "",
    }
    return {name: text for name, text in found.items() if text}
