"""The user's own picture as a latent point: asks for it in the sidebar, prepares it, encodes it and shows it."""

from typing import Any

import streamlit as st
import torch

from components.shared.app import models
from components.shared.bring.look import look
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.kinds.image.imaging import prepare
from vae_core.latent.reconstruction import score

KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


def ask_for_picture(checkpoint: Checkpoint, title: str, question: str, page: str) -> dict[str, Any] | None:
    """Ask for a picture behind a button `title`, and return its point: id, z, and, of a conditional model, label."""
    classes = checkpoint.spec.classes if checkpoint.train_config.conditional else ()
    with st.sidebar, st.popover(title, icon=":material/upload:", width="stretch"):
        file = st.file_uploader(question, KINDS, key=f"own picture {page}")
        label = None
        if classes:
            label = st.selectbox(
                "It shows",
                range(len(classes)),
                index=None,
                format_func=classes.__getitem__,
                placeholder="the best match",
                key=f"own class {page} {checkpoint.name}",
                help="Left empty, the class that gives the picture the highest ELBO.",
            )
        if file is None:
            return None
        try:
            prepared = prepare(file.getvalue(), checkpoint.spec, look=look(checkpoint))
        except UserError as error:
            st.error(str(error))
            return None
        scored = score(models.loaded(checkpoint), prepared.x, None if label is None else torch.tensor([label]))
        label = None if scored.y is None else int(scored.y[0])
        drawn = "What it draws" if label is None else f"Its {classes[label]} in this style"
        st.image([_shown(prepared.x[0]), _shown(scored.reconstruction[0])], ["What the model sees", drawn], width=110)
    # Rounded as links are, so that what the page shows and what it sends agree.
    z = [round(value, 3) for value in scored.posterior.mu[0].tolist()]
    return {"id": f"{file.file_id} {label}", "z": z, "label": label}


def _shown(image: torch.Tensor) -> Any:
    """An image [C, H, W] in [0, 1] for st.image, its pixels enlarged."""
    return image.repeat_interleave(4, 1).repeat_interleave(4, 2).permute(1, 2, 0).squeeze(2).numpy()
