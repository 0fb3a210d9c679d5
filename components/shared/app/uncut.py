"""What is pressed is done whole, however much a page reports meanwhile.

Streamlit ends a run at its next call as soon as the browser asks for another one, and begins that beside it. That is
right for drawing a page, which the next run does again, and wrong for what a press does: a callback may be cut off
before it begins, or between the training that it starts and the note of which to show.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import get_script_run_ctx


@contextmanager
def uncut() -> Iterator[None]:
    """No request of the browser ends the run within this block; it waits. `st.rerun` and its like end it all the same.

    Also a decorator, which every callback has that touches Streamlit.
    """
    # Streamlit has nothing public for this. Where it changes, tests/components/test_uncut.py fails.
    context = get_script_run_ctx(suppress_warning=True)
    runner = getattr(context and context.yield_check, "__self__", None)
    if runner is None or not runner._execing:
        yield
        return
    runner._execing = False
    try:
        yield
    finally:
        runner._execing = True
