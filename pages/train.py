"""Train: start a small model and watch it learn."""

import streamlit as st

from components.shared.app import page
from components.train.form import new_training
from components.train.job_view import job_view
from components.train.lessons import lesson_cards
from components.train.runs import choose_run, upload_model
from components.train.space import offer_space, show_notices

page.header(
    "Train",
    "Start a training and watch the model learn: what it draws, what it keeps, where it puts things.",
    "train/help.md",
)
with st.sidebar:
    new_training()
    with st.popover("Bring a model", icon=":material/upload:", width="stretch"):
        upload_model()
    offer_space()
show_notices()
job = choose_run()
if job is None:
    lesson_cards()
else:
    job_view(job)
