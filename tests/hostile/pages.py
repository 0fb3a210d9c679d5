"""The pages' uploaders, each as its page asks with it, on one page for the tests."""

from streamlit.testing.v1 import AppTest

MODELS = {"image": "digits-vae-2d", "tiles": "mario-vae"}


def script(page: str, model: str) -> None:
    """The part of a page that takes files, and nothing else of it."""
    import streamlit as st

    from vae_core import checkpoints
    from vae_core.errors import UserError

    checkpoint = checkpoints.load(model)
    taken: object = None
    try:
        if page == "reconstruct":
            from components.shared.app.links import View
            from components.shared.bring import intake

            st.session_state.setdefault(f"reconstruct source {checkpoint.spec.kind}", "upload")
            _, found = intake.ask_for_input(checkpoint, View(), False)
            taken = intake.prepare_input(checkpoint, found)
        elif page == "projection":
            from components.projection.own import ask_for_pictures

            taken = ask_for_pictures(checkpoint)
        elif page == "arithmetic":
            from components.shared.bring.own_picture import ask_for_picture

            taken = ask_for_picture(checkpoint, "arithmetic")
        elif page == "concept":
            from components.arithmetic.concepts import load_concept

            load_concept(checkpoint)
        elif page in ("train", "train levels"):
            from components.shared.bring import uploads

            taken = uploads.ask_for_pictures() if page == "train" else uploads.ask_for_levels()
        elif page == "model":
            from components.train.runs import upload_model

            upload_model()
    except UserError as error:
        st.info(str(error))  # as the form of a training shows it
    st.session_state["taken"] = taken
