"""Reconstruct: draw, upload or photograph a picture, and see what the model keeps of it."""

import streamlit as st

from components.reconstruct.reconstruct import reconstructor
from components.shared.app import links, models, page
from components.shared.bring import intake

page.header(
    "Reconstruct",
    "Draw a picture or bring one: the model draws it again from what it remembers.",
    "reconstruct/help.md",
)
checkpoint = models.current()
view = links.view(checkpoint, models.n_examples(checkpoint))
mode, found = intake.ask_for_input(view)
x = intake.prepare_input(checkpoint, found) if mode == "upload" else None
if mode != "upload" or x is not None:
    reconstructor(checkpoint, mode, view, x)
else:
    st.info("One image shows its reconstruction; many give a table of their errors and latents.")
