"""Links to models side by side: what they carry is read back, and what is wrong is said."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.compare import links
from components.compare.links import Seen
from vae_core import checkpoints

ROUTER = Path(__file__).parents[3] / "pages" / "router.py"
SOURCE = checkpoints.load("mnist-vae-16d")


@pytest.fixture
def address(monkeypatch):
    """`address({...})` is what the address bar holds; returns what was warned of."""
    warned: list[str] = []
    monkeypatch.setattr("streamlit.warning", warned.append)

    def hold(parameters: dict[str, str]) -> list[str]:
        monkeypatch.setattr("streamlit.query_params", parameters)
        warned.clear()
        return warned

    yield hold
    st.session_state.clear()  # the choice of a sampler outlasts a link


@pytest.mark.parametrize(
    "seen",
    [
        Seen("examples", example=42),
        Seen("noise", example=3, kind="masking", strength=0.25),
        Seen("samples", seed=17),
        Seen("samples", seed=17, sampler="mixture"),
        Seen("traversal", dim=5, at=-1.25, ranked=True, start=False),
    ],
)
def test_a_link_leads_back_to_what_was_seen(address, seen):
    assert address(links.parameters(seen)) == []
    assert links.view(SOURCE, 100, 16) == seen


def test_each_wrong_part_is_said_and_the_rest_is_kept(address):
    wrong = {"show": "all", "example": "100", "noise": "rain", "strength": "2", "at": "nan", "dim": "16", "seed": "12"}
    warned = address(wrong)
    assert links.view(SOURCE, 100, 16) == Seen(seed=12)
    assert len(warned) == 6 and all("does not fit" in each or "do not fit" in each for each in warned)


def test_models_that_cannot_share_an_example_stand_beside_each_other():
    app = AppTest.from_file(ROUTER, default_timeout=60)
    app.run()
    app.switch_page("compare.py")
    app.query_params.update({"runs": "digits-vae-2d,mnist-vae-2d,mnist-ae-2d,taxi-conv1d,mario-vae", "see": "models"})
    app.run()
    assert not app.exception
    assert any("The first 4 stand side by side" in caption.value for caption in app.caption)
