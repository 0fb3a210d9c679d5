"""What a press does is done whole, also where the browser asks for another run in the middle of it."""

import ast
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.train import runs
from vae_core import checkpoints
from vae_core.checkpoints import archive

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "components").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py"))]


def script() -> None:
    """The first run after a press is asked to end at once, as by a report of the page that comes with it: either it is
    stopped, and another one begins elsewhere, or it is told to begin again itself."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from components.shared.app.addresses import visits
    from components.shared.app.buttons import button
    from components.shared.app.uncut import uncut

    def ask_for_another_run() -> None:
        requests, how = get_script_run_ctx().script_requests, st.session_state.get("busy")
        st.session_state["busy"] = ""
        if how == "stop":
            requests.request_stop()
        elif how == "rerun":
            requests.request_rerun(RerunData())

    def halves(name: str) -> None:
        ask_for_another_run()
        done[name] = [1]
        st.session_state.get("anything")
        done[name].append(2)

    done = st.session_state.setdefault("done", {})
    visits.begin("train")
    ask_for_another_run()
    st.session_state.get("anything")
    if st.button("Streamlit's"):
        done["Streamlit's"] = done.get("Streamlit's", 0) + 1
    if button("Ours", key="ours"):
        done["Ours"] = done.get("Ours", 0) + 1
    st.button("Cut", on_click=halves, args=("cut",))
    st.button("Whole", on_click=uncut()(halves), args=("whole",))
    visits.end()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(script).run()


def done_after(app: AppTest, label: str, busy: str) -> dict:
    app.session_state["busy"] = busy
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception and not app.session_state["busy"]
    app.run()  # the next one
    return dict(app.session_state["done"])


both = pytest.mark.parametrize("busy", ["stop", "rerun"])


@both
def test_a_press_is_seen_once_by_the_first_run_that_gets_to_it(app, busy):
    assert done_after(app, "Ours", busy) == {"Ours": 1}
    app.run()
    assert app.session_state["done"] == {"Ours": 1}
    assert done_after(app, "Ours", "") == {"Ours": 2}


@both
def test_a_callback_is_done_whole(app, busy):
    assert done_after(app, "Whole", busy) == {"whole": [1, 2]}


@both
def test_without_that_streamlit_loses_presses_and_halves_callbacks(app, busy):
    """If this ever fails, uncut.py has become superfluous."""
    assert done_after(app, "Streamlit's", "") == {"Streamlit's": 1}
    assert done_after(app, "Streamlit's", busy) == {"Streamlit's": 1}
    assert done_after(app, "Cut", busy)["cut"] == [1]


def test_a_request_that_came_meanwhile_is_served_afterwards():
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

        from components.shared.app.uncut import uncut

        passed = st.session_state.setdefault("passed", [])
        with uncut(), uncut():
            if not passed:
                get_script_run_ctx().script_requests.request_rerun(RerunData())
            st.write("within")
            passed.append("within")
        st.write("after")
        passed.append("after")

    assert AppTest.from_function(script).run().session_state["passed"] == ["within", "within", "after"]


class Uploaded(io.BytesIO):
    file_id, name = "an upload", "friend.zip"

    @property
    def size(self) -> int:
        return len(self.getvalue())


def test_two_runs_beside_each_other_take_one_upload_in_once(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path / "runs")
    file = Uploaded(archive.pack(checkpoints.load(folder)))
    with ThreadPoolExecutor() as pool:
        names = list(pool.map(lambda _: runs._taken_in(file, None), range(4)))
    assert names == ["friend"] * 4
    assert [path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()] == ["friend"]


def callbacks() -> Iterator[tuple[Path, ast.expr]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                if keyword.arg and keyword.arg.startswith("on_"):
                    yield path, keyword.value
            if isinstance(node, ast.DictComp) and ast.unparse(node.key).startswith("f'on_"):
                yield path, node.value


def test_every_callback_is_uncut_or_does_nothing():
    """A function of ours by its name; those of `vae_core` do not touch Streamlit, and so cannot be cut."""
    uncut = {
        function.name
        for path in SOURCES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and "uncut()" in map(ast.unparse, function.decorator_list)
    }
    found = 0
    for path, value in callbacks():
        if isinstance(value, ast.Lambda):
            assert ast.unparse(value) == "lambda: None", path
            continue
        function = value.args[0] if isinstance(value, ast.Call) else value
        name = ast.unparse(function)
        found += 1
        assert name.split(".")[-1] in uncut or name == "room.dismiss", f"{path}: {name}"
    assert found > 15


def test_no_page_asks_streamlit_whether_a_button_is_pressed():
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "st.button":
                assert id(call) in alone, f"{path}:{call.lineno}: use buttons.button, or a callback"
