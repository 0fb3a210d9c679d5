"""A visit lasts from run to run, also where Streamlit ends one of them early because the page has reported again."""

from streamlit.testing.v1 import AppTest

from components.shared.app.addresses import visits


def script() -> None:
    """A page that writes z into the address. A run that is `cut` ends as soon as the browser has been told."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

    from components.shared.app.addresses import visits

    context = get_script_run_ctx()
    enqueue = context._enqueue

    def enqueue_and_end(message) -> None:
        enqueue(message)
        if message.WhichOneof("type") == "page_info_changed":
            raise StopException

    if st.session_state.get("cut"):
        context._enqueue = enqueue_and_end
    visits.begin("explore")
    visits.write({"z": str(st.session_state.get("z", 0))})
    visits.end()


def number_after(app: AppTest, cut: bool, **state: int) -> int:
    for name, value in ({"cut": cut} | state).items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app.session_state[visits.VISIT].number


def test_a_run_that_ends_when_the_address_is_sent_does_not_end_the_visit():
    app = AppTest.from_function(script)
    first = number_after(app, cut=False)
    assert number_after(app, cut=True, z=1) == first
    app.query_params["z"] = "1"  # as the browser has been told
    assert number_after(app, cut=False) == first
    app.query_params["z"] = "5"  # a link
    assert number_after(app, cut=False) == first + 1


def test_a_visit_whose_first_run_ends_when_the_address_is_sent_goes_on():
    app = AppTest.from_function(script)
    app.query_params["z"] = "3"
    first = number_after(app, cut=True)
    assert number_after(app, cut=False) == first
