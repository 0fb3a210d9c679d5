"""Named groups, in a real Streamlit session."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from components.shared.app import groups
from components.shared.app.groups import Group
from vae_core import checkpoints
from vae_core.errors import UserError


@pytest.fixture
def checkpoint(monkeypatch):
    """A shipped model, and a session state that is alone in this test."""
    monkeypatch.setattr(groups.st, "session_state", {})
    return checkpoints.load("digits-vae-2d")


def test_a_group_is_listed_read_renamed_and_deleted(checkpoint):
    groups.add(checkpoint, "round", [7, 3, 3])
    groups.add(checkpoint, "mine", [], [[0.5, -1.0]])
    groups.rename(checkpoint, "round", "rounder")
    assert groups.listed(checkpoint) == [Group("rounder", (3, 7)), Group("mine", (), ((0.5, -1.0),))]
    assert groups.read(checkpoint, "round") is None
    groups.delete(checkpoint, "rounder")
    assert [group.name for group in groups.listed(checkpoint)] == ["mine"]
    assert groups.listed(checkpoints.load("mnist-vae-2d")) == []


def test_its_vectors_are_those_of_its_examples_and_then_its_own(checkpoint):
    group = groups.add(checkpoint, "both", [5], [[0.5, -1.0]])
    stored = checkpoint.load_latents().posterior.mu
    assert len(group) == 2
    torch.testing.assert_close(group.mu(checkpoint), torch.stack([stored[5], torch.tensor([0.5, -1.0])]))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  slanted\nto the   left ", "slanted to the left"),
        ("**bold** [x](http://a) :red[y] $z$ <b>", "bold x (http //a) red y z b"),
        ("T-shirt/top", "T-shirt/top"),
        ("größer als 7", "größer als 7"),
        ("a" * 100, "a" * 40),
    ],
)
def test_a_name_is_safe_to_show(typed, shown):
    assert groups.clean(typed) == shown


@pytest.mark.parametrize(
    ("name", "examples", "points", "sentence"),
    [
        ("  <> ", [1], [], "needs a name"),
        ("taken", [1], [], "already"),
        ("none", [], [], "empty"),
        ("far", [10**6], [], "stored examples"),
        ("negative", [-1], [], "stored examples"),
        ("flat", [], [[1.0]], "2 latent dimensions"),
        ("endless", [], [[1.0, float("inf")]], "2 latent dimensions"),
    ],
)
def test_what_does_not_fit_gets_a_sentence_and_changes_nothing(checkpoint, name, examples, points, sentence):
    groups.add(checkpoint, "taken", [0])
    with pytest.raises(UserError, match=sentence):
        groups.add(checkpoint, name, examples, points)
    with pytest.raises(UserError):
        groups.rename(checkpoint, "taken", "!")
    assert groups.listed(checkpoint) == [Group("taken", (0,))]


def test_groups_outlast_a_rerun_of_the_session():
    def script():
        import streamlit as st

        from components.shared.app import groups
        from vae_core import checkpoints

        checkpoint = checkpoints.load("digits-vae-2d")
        if not groups.listed(checkpoint):
            groups.add(checkpoint, "first", [1, 2])
        st.text(" ".join(f"{group.name} {len(group)}" for group in groups.listed(checkpoint)))

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    assert app.run().text[0].value == "first 2"
