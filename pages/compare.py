"""Compare: the pictures and the curves of several trainings, and what differs between them."""

import streamlit as st

from components.compare.compared import choose_runs
from components.compare.comparison import comparison
from components.shared.app import page
from components.train.lessons import lesson_cards

page.header(
    "Compare",
    "See what a setting does: the same pictures from each model, at the same epoch.",
    "compare/help.md",
)
chosen = choose_runs()
if chosen:
    comparison(chosen)
else:
    st.markdown("Choose trainings or models above, or start a lesson: its trainings differ in one setting.")
    lesson_cards(several=True)
