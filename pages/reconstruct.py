"""Reconstruct: draw, upload or photograph a picture, and see what the model keeps of it."""

import streamlit as st

from components.reconstruct.reconstruct import reconstructor
from components.shared.app import models, page
from components.shared.app.addresses import links
from components.shared.bring import intake

checkpoint = models.current()
page.header("Reconstruct", intake.bringing_of(checkpoint.spec).invitation(checkpoint.spec), "reconstruct/help.md")
view, linked = links.offered(checkpoint, models.n_examples(checkpoint))
mode, found = intake.ask_for_input(checkpoint, view, linked)
x = intake.prepare_input(checkpoint, found) if mode == "upload" else None
if mode != "upload" or x is not None:
    links.show(reconstructor(checkpoint, mode, view, x))
else:
    links.show(links.View())
    st.info(intake.waiting(checkpoint.spec))
