"""Compare: models and trainings side by side, and what differs between them."""

import streamlit as st

from components.compare.compared import choose_runs, offer_shipped
from components.compare.rate.plane import rate_and_distortion
from components.compare.sections import sections
from components.shared.app import page
from components.train.lessons import lesson_cards

page.header(
    "Compare",
    "See what a setting does: the same examples, seed and place in several models, or trainings at the same epoch.",
    "compare/help.md",
)
chosen = choose_runs()
if chosen:
    sections(chosen)
else:
    st.markdown("Choose trainings or models above, or start a lesson: its trainings differ in one setting.")
    offer_shipped()
    lesson_cards(several=True)
rate_and_distortion(chosen)
