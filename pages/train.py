"""Train: start a small model and watch it learn."""

import streamlit as st

from components import page
from components.job_view import job_view
from components.runs import choose_run, upload_model
from components.train_form import new_training

page.header("Train", "Start a training and watch the model learn: what it draws, what it keeps, where it puts things.")
with st.sidebar:
    new_training()
    with st.popover("Bring a model", icon=":material/upload:", width="stretch"):
        upload_model()
job = choose_run()
if job is None:
    st.info(
        "Nothing has been trained here yet. Press *Start training* in the sidebar (on a phone, » opens it): "
        "the first lesson takes 20 seconds."
    )
else:
    job_view(job)
