"""The Anomalies page with a series: events, the time line, what did not fit in a window, and the stream."""

import io
import json
import re

import pandas
import pytest
import torch
from playwright.sync_api import Page

from components.anomalies.scoring import scores
from tests.browser.anomalies.test_threshold import drawn, threshold, updates
from tests.browser.pages import MOVES, assert_accessible, button, drag, dress, saved
from tests.browser.waiting import expect
from vae_core import anomalies, checkpoints

TAXI = "taxi-conv1d"


@pytest.fixture
def page(page_at) -> Page:
    page = page_at("/anomalies", wait_for="threshold")  # it opens with this model
    expect(page.get_by_test_id("timeline")).to_have_attribute("data-view", re.compile(r"\d"))
    expect(page.get_by_test_id("examples")).to_have_attribute("data-chosen", re.compile(r"\d"))
    return page


def view(page: Page) -> list[float]:
    drawn(page)
    return [float(part) for part in page.get_by_test_id("timeline").get_attribute("data-view").split(",")]


def assert_events(page: Page) -> None:
    checkpoint = checkpoints.load(TAXI)
    anomalous = checkpoint.load_latents().y == 1
    found = anomalies.found_at(scores(checkpoint)["neg_elbo"], anomalous, threshold(page), step=1800)
    expected = [found.events, found.events_found, found.false_alarms, found.false_alarms_per_day, found.delay]
    assert json.loads(page.get_by_test_id("events").get_attribute("data-found")) == pytest.approx(expected)
    assert float(page.get_by_test_id("cost").inner_text().replace(",", "")) == found.cost(miss=10, false_alarm=1)


def test_events_are_counted_as_the_core_does_wherever_the_line_is_dragged(page):
    assert_events(page)
    line, before = page.get_by_test_id("threshold"), updates(page)
    drag(page, line.bounding_box(), (0.6, 0.5), (0.3, 0.5))
    assert updates(page) - before >= 0.95 * MOVES
    assert_events(page)
    box = page.get_by_test_id("timeline").bounding_box()
    high = threshold(page)
    line.focus()
    page.keyboard.press("End")  # the line lies at the top of the lane of scores now
    drawn(page)
    drag(page, box, (0.5, 0.62 * (box["height"] - 20) / box["height"] + 6 / box["height"]), (0.5, 0.75))
    assert high < threshold(page)
    assert_events(page)
    assert page.get_by_test_id("beside").get_by_role("row").count() == 3
    assert (
        "random scores would reach an F1 of 0.9" in page.get_by_role("region", name="Beside random scores").inner_text()
    )


def test_the_time_line_zooms_pans_and_shows_what_did_not_fit_in_a_window(page):
    whole = view(page)
    button(page, "Zoom in").click()
    near = view(page)
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 1.5)
    box = page.get_by_test_id("timeline").bounding_box()
    drag(page, box, (0.5, 0.3), (0.7, 0.3))
    panned = view(page)
    assert panned[0] < near[0] and panned[1] - panned[0] == pytest.approx(near[1] - near[0])
    page.keyboard.press("ArrowRight")
    assert view(page)[0] > panned[0]
    page.keyboard.press("0")
    assert view(page) == whole

    x = box["x"] + 52 + (box["width"] - 52) * 0.5
    page.mouse.click(x, box["y"] + 40)
    checkpoint = checkpoints.load(TAXI)
    latents, windows = checkpoint.load_latents(), checkpoint.load_originals()
    wanted = round(0.5 * (whole[1] - whole[0])) - 96
    expect(page.get_by_test_id("examples")).to_have_attribute("data-chosen", re.compile(rf"^{wanted // 10}\d$"))
    index = int(page.get_by_test_id("examples").get_attribute("data-chosen"))
    model, mu = checkpoint.load_model(), latents.posterior.mu[index : index + 1]
    params, x = model.decode_logits(mu), windows[index : index + 1]
    sigma = model.likelihood.log_sigmas(params).exp()
    worst = int((((x - model.likelihood.shown(params)) / sigma) ** 2).argmax())
    expect(page.get_by_test_id("examples")).to_have_attribute("data-worst", str(worst))
    expect(page.get_by_test_id("misfit")).to_contain_text(re.compile("^(Fits least at|Every step fits)"))
    assert f"Window {index:,}" in page.get_by_test_id("chosen").inner_text()
    assert torch.equal(
        torch.tensor(json.loads(page.get_by_test_id("blame").get_attribute("data-values"))), windows[index]
    )
    expect(page).to_have_url(re.compile(f"example={index}"))


def test_the_stream_shows_what_has_arrived_and_its_alarms(page):
    switch = page.get_by_role("switch", name="Live")
    page.get_by_role("combobox", name="Speed of the stream").select_option("fast")
    switch.check()
    flagged = page.get_by_test_id("flagged")
    expect(flagged).not_to_contain_text("of 6,097 windows")
    arrived = int(page.get_by_test_id("live").get_attribute("data-arrived"))
    assert 0 < arrived < 6097
    expect(page.get_by_test_id("alarms")).to_contain_text(re.compile("No alarm yet|alarm, the latest: "))
    expect(page.get_by_test_id("live")).not_to_have_attribute("data-arrived", str(arrived))  # it goes on
    switch.uncheck()
    expect(flagged).to_contain_text("of 6,097 windows")
    table = pandas.read_csv(io.BytesIO(saved(page, "Scores as CSV")))
    assert len(table) == 6097 and f"{table.flagged.sum()} of" in flagged.inner_text()
    assert (table.flagged == (table.neg_elbo > threshold(page))).all()
    checkpoint = checkpoints.load(TAXI)
    assert table.neg_elbo.tolist() == pytest.approx(scores(checkpoint)["neg_elbo"].tolist())
    first = int(checkpoint.load_latents().first[0])
    start = pandas.Timestamp("2014-07-01") + pandas.Timedelta(minutes=30) * first
    assert pandas.to_datetime(table.start).iloc[0] == start  # the benchmark's series begins on 1 July 2014
    assert pandas.to_datetime(table.end).iloc[0] == start + pandas.Timedelta(minutes=30) * 95
    for scheme in ("dark", "light"):
        dress(page, scheme)
        assert_accessible(page)
