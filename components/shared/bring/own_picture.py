"""The user's own example as a latent point: asks for it in the sidebar, prepares it, encodes it and shows it."""

from typing import Any

import streamlit as st
import torch

from components.shared.app import models, words
from components.shared.bring import asking, kept
from components.shared.bring.intake import bringing_of, prepare_once, refusal
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.latent.reconstruction import score

WIDTH = 112
"""Of what is shown, in pixels."""


def ask_for_picture(
    checkpoint: Checkpoint, page: str, title: str | None = None, question: str | None = None
) -> dict[str, Any] | None:
    """Ask for a file behind a button `title`, and return its point: id, z, and, of a conditional model, label."""
    spec = checkpoint.spec
    classes = spec.classes if checkpoint.train_config.conditional else ()
    bringing = bringing_of(spec)
    with st.sidebar, st.popover(title or bringing.button(spec), icon=":material/upload:", width="stretch"):
        asked = question or bringing.question_for_one(spec)
        own = {"key": f"own {spec.kind} {page}", "mb": asking.PICTURE_MB, "help": bringing.help(spec)}
        files = kept.ask(asked, bringing.suffixes, **own)
        label = None
        if classes:
            label = st.selectbox(
                "It shows",
                range(len(classes)),
                index=None,
                format_func=words.spoken(classes).__getitem__,
                placeholder="the best match",
                key=f"own class {page} {checkpoint.name}",
                persist_state="session",
                help=f"Left empty, the class that gives the {words.unit(spec)} the highest ELBO.",
            )
        if not files:
            return None
        content = files[0].getvalue()
        try:
            prepared = prepare_once(checkpoint, content)
        except UserError as error:
            st.error(refusal(files[0].name, error))
            return None
        x = prepared.x
        bringing.offer_part(content, prepared, page)
        scored = score(models.loaded(checkpoint), x, None if label is None else torch.tensor([label]))
        label = None if scored.y is None else int(scored.y[0])
        drawn = "What it draws" if label is None else f"Its {classes[label]} in this style"
        shown = [bringing.shown(each, spec, WIDTH) for each in (x, scored.reconstruction)]
        st.image(shown, ["What the model sees", drawn], width=WIDTH)
    # Rounded as links are, so that what the page shows and what it sends agree.
    z = [round(value, 3) for value in scored.posterior.mu[0].tolist()]
    part = bringing.chosen(content)
    return {"id": f"{files[0].id} {label} {part or ''}", "z": z, "label": label}
