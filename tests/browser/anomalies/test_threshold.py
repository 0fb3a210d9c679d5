"""The Anomalies page in a real Chromium: what follows the line equals what scikit-learn counts, at every event."""

import functools
import re

import pytest
import torch
from playwright.sync_api import Page
from sklearn import metrics

from components.anomalies.scoring import scores
from tests.browser.pages import MOVES, assert_accessible, drag, dress
from tests.browser.waiting import expect
from vae_core import anomalies, checkpoints

DIGITS = "digits-vae-2d"


@functools.cache
def scored(score: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The scores of the stored examples, and their labels."""
    checkpoint = checkpoints.load(DIGITS)
    return scores(checkpoint)[score], checkpoint.load_latents().y


def number(page: Page, testid: str) -> float:
    return float(page.get_by_test_id(testid).inner_text().replace(",", ""))


def updates(page: Page) -> int:
    return int(page.get_by_test_id("found").get_attribute("data-updates"))


def threshold(page: Page) -> float:
    return float(page.get_by_test_id("threshold").get_attribute("data-threshold"))


def assert_counts(page: Page, found: torch.Tensor, anomalous: torch.Tensor) -> None:
    """Everything that follows the line is what scikit-learn says of it."""
    at = threshold(page)
    flagged = found > at
    tn, fp, fn, tp = metrics.confusion_matrix(anomalous, flagged).ravel().tolist()
    assert [number(page, name) for name in ("tn", "fp", "fn", "tp")] == [tn, fp, fn, tp]
    expected = metrics.precision_recall_fscore_support(anomalous, flagged, average="binary", zero_division=0)[:3]
    assert [number(page, name) for name in ("precision", "recall", "f1")] == pytest.approx(expected, abs=6e-4)
    assert number(page, "cost") == 10 * fn + fp
    assert f"{tp + fp} of {len(found)} images flagged" in page.get_by_test_id("flagged").inner_text()
    x, y, _ = metrics.roc_curve(anomalous, found, drop_intermediate=False)
    roc = [float(part) for part in page.get_by_test_id("roc").get_attribute("data-at").split(",")]
    assert min((x - roc[0]) ** 2 + (y - roc[1]) ** 2) < 1e-12
    assert roc == pytest.approx([fp / (fp + tn), tp / (tp + fn)])
    pr = [float(part) for part in page.get_by_test_id("pr").get_attribute("data-at").split(",")]
    assert pr == pytest.approx([expected[1], expected[0] if tp + fp else 1])


def drawn(page: Page) -> None:
    """What follows with the next frame is there."""
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def test_the_counts_follow_every_event_of_the_line_and_are_scikit_learns(page_at):
    page = page_at(f"/anomalies?checkpoint={DIGITS}", wait_for="threshold")
    expect(page.get_by_test_id("found")).to_have_attribute("data-updates", re.compile(r"\d"))
    found, y = scored("neg_elbo")
    anomalous = y == 0
    assert threshold(page) == pytest.approx(anomalies.quantile(found[~anomalous]), rel=1e-6)
    drawn(page)
    assert_counts(page, found, anomalous)

    line, before = page.get_by_test_id("threshold"), updates(page)
    drag(page, line.bounding_box(), (0.9, 0.5), (0.25, 0.6))
    assert updates(page) - before >= 0.95 * MOVES
    drawn(page)
    assert_counts(page, found, anomalous)
    line.focus()
    low = threshold(page)
    for key in ("ArrowRight", "PageUp"):
        page.keyboard.press(key)
        assert threshold(page) > low
    drawn(page)
    assert_counts(page, found, anomalous)
    for key, flagged in (("End", 0), ("Home", len(found))):
        page.keyboard.press(key)
        assert number(page, "tp") + number(page, "fp") == flagged
    expect(line).to_have_attribute("aria-valuetext", re.compile(rf"nats: {len(found)} flagged, precision 0\.1"))


def test_the_curves_and_suggestions_are_the_cores(page_at):
    page = page_at(f"/anomalies?checkpoint={DIGITS}", wait_for="threshold")
    page.get_by_role("button", name="Reconstruction (NLL)").click()
    page.locator("summary", has_text="Anomalies are").click()
    page.get_by_role("checkbox", name="1", exact=True).check()
    page.keyboard.press("Escape")
    found, y = scored("nll")
    anomalous = y <= 1
    row = page.get_by_test_id("beside").get_by_role("row", name=re.compile("^This model"))
    expected = {
        "auc": metrics.roc_auc_score(anomalous, found),
        "ap": metrics.average_precision_score(anomalous, found),
        "best": anomalies.at(found, anomalous, anomalies.f1_best(found, anomalous)).f1,
    }
    for name, value in expected.items():
        assert float(row.locator(f"[data-measure={name}]").inner_text()) == pytest.approx(value, abs=6e-4)
    normal = found[~anomalous]
    for name, value in (
        ("quantile", anomalies.quantile(normal)),
        ("tail", anomalies.of_tail(normal)),
        ("f1", anomalies.f1_best(found, anomalous)),
    ):
        press_it = page.locator(f"[data-suggestion={name}]")
        expect(press_it).to_have_attribute("data-threshold", re.compile(r"\d"))
        press_it.click()
        assert threshold(page) == pytest.approx(value, rel=1e-6)
    drawn(page)
    assert_counts(page, found, anomalous)
    for part in ("score=nll", "anomalies=0(,|%2C)1", r"threshold=\d"):
        expect(page).to_have_url(re.compile(part))
    for scheme in ("dark", "light"):
        dress(page, scheme)
        assert_accessible(page)
