"""Every error of a page becomes a sentence."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

import app as served
from components.shared.app import faults


def page(kind):
    from components.shared.app import faults
    from vae_core.errors import UserError

    errors = {"user": UserError("That model is damaged: train it again."), "disk": OSError(28, "No space left", "/a/b")}
    faults.tell(errors.get(kind) or KeyError("secret"))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("user", "That model is damaged: train it again."),
        (
            "disk",
            "The disk of the computer that runs this app is full: delete what is not needed, and try again.",
        ),
    ],
)
def test_an_error_with_a_sentence_is_shown_and_nothing_is_logged(kind, sentence, caplog):
    assert [error.value for error in AppTest.from_function(page, args=(kind,)).run().error] == [sentence]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_any_other_gets_a_number_under_which_the_log_has_its_traceback(caplog):
    with caplog.at_level(logging.ERROR):
        (error,) = AppTest.from_function(page, args=("other",)).run().error
    (report,) = re.findall(r"report ([0-9a-f]{8}) ", error.value)
    assert "secret" not in error.value
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert report in record.message and record.exc_info[0] is KeyError


def test_what_streamlit_loses_in_a_run_that_is_to_end_is_not_told_what_we_do_is(caplog, monkeypatch):
    def script(ours: bool) -> None:
        from streamlit.runtime.scriptrunner import get_script_run_ctx
        from streamlit.runtime.state.session_state import WStates

        get_script_run_ctx().script_requests.request_stop()
        if ours:
            raise KeyError("secret")
        states = WStates(states={"a": None, "b": None})
        for each in states:
            states.states[each + each] = states.states.pop(each)

    logger = logging.getLogger("streamlit.error_util")
    monkeypatch.setattr(logger, "filters", [faults.is_one])
    AppTest.from_function(script, args=(False,)).run()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    AppTest.from_function(script, args=(True,)).run()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_the_app_hands_them_over():
    assert served.app._on_script_error is faults.tell
