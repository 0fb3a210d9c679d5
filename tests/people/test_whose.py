"""Whose a training is, on the page and behind it: what a page does not show, the server refuses, too."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.shared.people import visitors, whose
from vae_core import checkpoints, computing, jobs, owners
from vae_core.checkpoints import published
from vae_core.jobs import queue as job_queue
from vae_core.training import TrainConfig

ROUTER = Path(__file__).parents[2] / "pages" / "router.py"
ANN, BEN = "a" * 43, "b" * 43


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Train, in a session of Ann's; trainings wait for ever."""
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(job_queue, "at_once", lambda: 0)
    monkeypatch.setattr(computing, "threads", lambda: 1)
    app = AppTest.from_file(str(ROUTER), default_timeout=30).run()
    app.switch_page("train.py")
    become(app, ANN)
    return app


def become(app, secret):
    app.session_state[visitors.WITHOUT_COOKIES] = secret


def start(name, secret):
    return jobs.start(TrainConfig(), name, owner=secret and owners.owner_of(secret))


def labels(app):
    return {button.label for button in app.button} & {"Pause", "Stop", "Resume"}


def test_a_button_of_before_does_nothing_for_who_may_not(app):
    """As a forged message would: the page has shown it to Ann, and Ben presses it."""
    job = start("anns", ANN)
    app.run()
    assert labels(app) == {"Pause", "Stop"} and "yours is next" in app.markdown[-1].value
    pause = app.button(key="pause anns")
    become(app, BEN)
    pause.click().run()
    assert job.refresh().status == "queued"
    assert "Only who started it can change it" in app.toast[0].value
    assert labels(app) == set()
    assert "Started by someone else in the class." in [caption.value for caption in app.caption]
    become(app, ANN)
    app.run()
    app.button(key="stop anns").click().run()
    assert job.refresh().status == "stopped"


def test_another_training_of_the_same_name_is_not_the_one_that_was_shown(app):
    start("same", ANN)
    app.run()
    stop = app.button(key="stop same")
    jobs.get("same").delete()
    bens = start("same", BEN)
    stop.click().run()
    assert bens.refresh().status == "queued"


def test_the_teachers_and_those_of_before_are_the_teachers(app):
    start("old", None)
    app.run()
    assert app.selectbox(key="run").value is None  # it has none of its own: the lessons are there, and one to watch
    app.selectbox(key="run").set_value("old").run()
    assert "Started by the teacher." in [caption.value for caption in app.caption] and labels(app) == set()


def test_a_lesson_that_is_too_many_starts_none(app):
    for n in range(2):
        start(f"anns-{n}", ANN)
    app.run()
    app.selectbox(key="lesson").set_value("betas").run()
    next(button for button in app.button if button.label == "Start training").click().run()
    assert "You have 2 trainings waiting, running or paused, and this starts 3; 4 at a time" in app.error[0].value
    assert {job.name for job in jobs.find()} == {"anns-0", "anns-1"}
    app.selectbox(key="lesson").set_value("plane").run()
    next(button for button in app.button if button.label == "Start training").click().run()
    assert {job.name: job.owner for job in jobs.find()}["digits-vae"] == owners.owner_of(ANN)


def test_a_model_stands_below_the_heading_that_says_whose_it_is(folder, tmp_path, monkeypatch):
    runs, shipped = tmp_path / "runs", tmp_path / "shipped"
    monkeypatch.setattr(checkpoints, "SHIPPED", shipped)
    ann, ben = owners.owner_of(ANN), owners.owner_of(BEN)
    for place, owner in ((runs / "anns", ann), (runs / "bens", ben), (runs / "shells", None), (shipped / "ours", None)):
        shutil.copytree(folder, place)
        if owner:
            owners.write(place, owner)
    published.publish(checkpoints.load(folder), "shown", owner=ann)
    models = {each.name: each for each in checkpoints.find((runs, shipped))}

    def headings(own):
        return {name: whose.grouping(own)(model) for name, model in models.items()}

    usual = {"anns": "The class's", "bens": "The class's", "shells": "The class's", "ours": "Shipped"}
    assert headings(ann) == usual | {"anns": "Yours", "shown": "Yours"}
    assert headings(ben) == usual | {"bens": "Yours", "shown": "Published here"}
    assert headings(None) == usual | {"shells": "Yours", "shown": "Published here"}


def press(what, *arguments):
    """What a button's callback does in a session of Ben's, whatever his page shows; returns the sentence."""

    def script(what, arguments, secret):
        import streamlit as st

        from components.shared.people import visitors
        from components.train import space

        st.session_state[visitors.WITHOUT_COOKIES] = secret
        getattr(space, what)(*arguments)
        st.text(st.session_state[space.SAID])

    done = AppTest.from_function(script, args=(what, arguments, BEN), default_timeout=30).run()
    assert not done.exception
    return done.text[0].value


def test_ones_space_takes_nothing_of_others(app, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SHIPPED", tmp_path / "shipped")
    (tmp_path / "shipped").mkdir()
    anns, bens = start("anns", ANN), start("bens", BEN)
    for name, secret in (("hers", ANN), ("his", BEN)):
        published.publish(checkpoints.load(folder), name, owner=owners.owner_of(secret))
    assert "Only the teacher can stop" in press("_stop_all") and anns.refresh().status == "queued"
    assert "Only who started it can change it" in press("_withdraw", "hers")
    assert press("_withdraw", "his") == "his is withdrawn."
    assert [path.name for path in published.folders()] == ["hers"]
    said = press("_delete", [str(anns.path), str(bens.path), str(folder), "/"])
    assert "Only who started it can change it" in said and said.endswith("bens is deleted.")
    assert [job.name for job in jobs.find()] == ["anns"] and folder.is_dir()
