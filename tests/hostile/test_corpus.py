"""Every bad file through every uploader that takes it: it works or gets its sentence, and costs little."""

import re
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from components.shared.bring import intake, uploads
from components.shared.bring.intake import safe
from tests.hostile import links
from tests.hostile.corpus import KINDS, Bad, files
from tests.hostile.pages import PAGES, Outcome, Page, Visit
from vae_core import checkpoints
from vae_core.pictures import guarded

SECONDS, MEGABYTES = 10, 400
"""The largest model that fits takes 255 MB; how much of it is new memory depends on what ran before."""


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """Where this test's uploads go, with less time for each than the app gives."""
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path)
    monkeypatch.setattr(intake, "MAX_SECONDS", 3.0)
    monkeypatch.setattr(uploads, "MAX_SECONDS", 3.0)
    guarded.end_all()
    yield
    guarded.end_all()


def test_there_are_enough():
    assert sum(len(files(kind)) for kind in KINDS) >= 120
    assert all(len(files(kind)) >= 30 for kind in KINDS)


def fault(page: Page, bad: Bad, outcome: Outcome) -> str:
    """What is wrong with an outcome; empty for one that is right."""
    said = " ".join(outcome.said).replace("\\", "")
    named = safe(bad.name) in said
    refused = named if page.beside else not outcome.taken
    if outcome.seconds > SECONDS or outcome.megabytes > MEGABYTES:
        return f"takes {outcome.seconds:.1f} s and {outcome.megabytes:.0f} MB"
    if any(words in said for words in (str(checkpoints.RUNS), str(checkpoints.ROOT), "Traceback", "Errno")):
        return f"says too much: {said}"
    if "pictures" in page.kinds and bad in files("pictures") and said.count("save ") > 1:
        return f"says it twice: {said}"
    if bad.right == "works" and refused:
        return f"is refused: {said}"
    if bad.right not in ("", "works") and not (refused and re.search(bad.right, said)):
        return f"is not refused as it should be: {said or 'taken'}"
    # A zip's own files have names, too.
    if refused and (not said or len(said) > 1500):
        return f"has no sentence: {said}"
    return "" if named or not refused or "zips" in page.kinds else f"is not named: {said}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.name} {page.kinds[0]}")
def test_each_works_or_gets_its_sentence_and_costs_little(page):
    visit = Visit(page)
    visit.bring(files(page.kinds[0])[0])  # what the first one imports
    found = [bad for kind in page.kinds for bad in files(kind)][:: page.every]
    faults = {bad.name: fault(page, bad, visit.bring(bad)) for bad in found}
    assert {name: what for name, what in faults.items() if what} == {}


def read_links(model: str, page: str) -> None:
    """All that a page reads of its link, and writes again."""
    import importlib

    import streamlit as st

    from components.shared.app import models, samplers
    from components.shared.app.addresses import links
    from components.shared.app.picker import picker

    checkpoint = models.found()[model]
    st.text(str(picker._opened({model: checkpoint}, "", lambda other: True, [model])))
    point = links.view(checkpoint, 1000)
    samplers.linked(checkpoint)
    own = {}
    if page != "explore":
        feature = importlib.import_module(f"components.{page}.links")
        further = {"arithmetic": [1000], "levels": [1000, 7]}.get(page, [])
        own = feature.parameters(feature.view(checkpoint, *further))
    links.show(point, own)


@pytest.mark.parametrize("page", links.NAMES)
def test_a_link_of_anything_opens_the_page_with_short_warnings(page):
    model = {"digits": "mnist-cvae", "levels": "mario-vae"}.get(page, "mnist-vae-2d")
    app = AppTest.from_function(read_links, kwargs={"model": model, "page": page}, default_timeout=30)
    for bad in files("links"):
        if not bad.name.startswith(f"{page}:"):
            continue
        app.query_params.clear()
        app.query_params.update(parse_qsl(bad.content.decode()))
        app.run()
        assert not app.exception, bad.name
        said = [each.value for each in (*app.warning, *app.text)]
        assert said and max(map(len, said)) < 500, (bad.name, said)
        assert sum(len(value) for value in app.query_params.values()) < 1_000_000, bad.name
