"""What a page says when something went wrong that it does not say itself; app.py hands it every such error."""

import errno
import logging
import secrets
import traceback

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from components.shared.app import forms
from vae_core.errors import UserError

log = logging.getLogger(__name__)

WRITING = {
    errno.ENOSPC: "The disk of the computer that runs this app is full: delete what is not needed, and try again.",
    errno.EDQUOT: "The disk space that this app may use is full: delete what is not needed, and try again.",
    errno.EROFS: "The app cannot write on its disk, which is read-only.",
    errno.EFBIG: "The disk space that this app may use is full: delete what is not needed, and try again.",
    errno.EACCES: "The app may not use one of its own files: whoever runs it has to change their permissions.",
    errno.EPERM: "The app may not use one of its own files: whoever runs it has to change their permissions.",
    errno.ENOTDIR: "The app cannot write where it keeps things: a file stands in the place of a folder.",
    errno.EEXIST: "The app cannot write where it keeps things: a file stands in the place of a folder.",
    errno.EIO: "The disk of the computer that runs this app does not work as it should.",
}


def tell(error: Exception) -> bool:
    """Put an error's sentence on the page. One that nobody foresaw gets a number, and its traceback is logged under it.

    Returns True: Streamlit need not show the error.
    """
    if _of_a_replaced_run(error):
        return True
    known = WRITING.get(getattr(error, "errno", None) or 0)
    sentence = forms.describe(error) if isinstance(error, UserError) else known
    if sentence is None:
        report = secrets.token_hex(4)
        log.error("Report %s", report, exc_info=error)
        sentence = (
            f"Something went wrong that should not. Reload the page to go on; what you have trained is kept. If it "
            f"happens again, report {report} is in the app's log."
        )
    st.error(sentence)
    return True


def is_one(record: logging.LogRecord) -> bool:
    """A filter of Streamlit's log, for errors that are told here."""
    return record.exc_info is None or not _of_a_replaced_run(record.exc_info[1])


def _of_a_replaced_run(error: BaseException | None) -> bool:
    """Whether Streamlit has lost its way in a run that is to end: it begins the next one beside it, and both change the
    session's state. Nobody sees that run any more. An error of ours is a fault there, too."""
    context = get_script_run_ctx(suppress_warning=True)
    requests = context and context.script_requests
    if error is None or requests is None or requests._state != ScriptRequestType.STOP:
        return False
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals["__name__"].startswith("streamlit.")
