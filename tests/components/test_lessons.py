"""Lessons: what their cards say, and what is kept of the trainings that they start."""

import pytest

from components.shared.bring.uploads import plain_name
from components.shared.trainings.presets import FIRST, PRESETS, lesson_of, series_of
from components.shared.trainings.series import together
from components.train import pace
from components.train.lessons import PICTURES
from vae_core import jobs


def test_every_lesson_has_a_picture_and_a_title_that_is_not_cut():
    assert {path.stem for path in PICTURES.glob("*.png")} == set(PRESETS)
    assert max(len(preset.title) for preset in PRESETS.values()) <= 20  # what the sidebar has room for


def test_a_lesson_takes_longer_when_its_trainings_wait_for_each_other():
    betas, plane = PRESETS["betas"], PRESETS["plane"]
    assert pace.seconds(betas, 0.1, 3) == pace.seconds(plane, 0.1, 1)
    assert pace.seconds(betas, 0.1, 2) == 2 * pace.seconds(plane, 0.1, 2)
    assert pace.seconds(betas, 0.1, 1) == 3 * pace.seconds(plane, 0.1, 1)


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "about 5 s"), (31, "about 45 s"), (61, "about 1.5 min"), (9999, "about 10 min")]
)
def test_a_duration_is_said_roundly(seconds, said):
    assert pace.about(seconds) == said


def test_trainings_of_a_lesson_know_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.checkpoints.RUNS", tmp_path)
    monkeypatch.setattr("vae_core.jobs.queue.start_next", lambda root: None)  # they only wait here
    series = series_of(PRESETS["ae-vae"])
    started = [jobs.start(FIRST, name, series=series) for name in ("a", "b")]
    alone = jobs.start(FIRST, "c")
    assert lesson_of(jobs.get("a").series) == "ae-vae"
    assert together(started[1]) == ["a", "b"] and together(alone) == ["c"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Grüne Blätter", "Grune-Blatter"),
        ("../../etc", "etc"),
        ("花", "model"),
        ("x" * 99, "x" * 40),
        ("a_b.c", "a_b.c"),
    ],
)
def test_what_a_person_calls_a_file_becomes_a_name(text, name):
    assert plain_name(text, "model") == name
