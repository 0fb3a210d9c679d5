"""A model of pictures in colour in a real Chromium: each page draws the colours that PyTorch decodes."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from tests.browser.pages import MOVES, assert_same_picture, button, decoded, drag, shown, slider
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.kinds.image import as_float
from vae_core.latent.geometry import analogy
from vae_core.latent.reconstruction import score

NAME = "emoji-vae"
GREEN = (67, 160, 71)


def pixels(page: Page, testid: str) -> np.ndarray:
    """A canvas's pixels [64, 64, 3] in 0..255."""
    read = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 64, 64).data]"
    return np.array(page.get_by_test_id(testid).evaluate(read)).reshape(64, 64, 4)[..., :3]


def choose_source(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_text(name, exact=True)).first.click()


def test_a_slider_on_explore_changes_a_picture_in_colour(visit):
    page = visit(f"/?checkpoint={NAME}")
    assert_same_picture(page, NAME)
    before, _, frames = shown(page)
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.9, 0.5))
    after, _, frames_after = shown(page)
    assert_same_picture(page, NAME)
    assert frames_after - frames >= 0.95 * MOVES
    assert np.abs(after - before).max() > 20 and np.ptp(after, axis=2).max() > 60, "it changes, and has colours"


def test_reconstruct_takes_a_test_example_and_a_drawing_in_colour(visit):
    page = visit(f"/reconstruct?checkpoint={NAME}")
    choose_source(page, "Test example")
    expect(page.locator('.lx[data-mode="example"][data-example="0"]')).to_be_visible()
    checkpoint = checkpoints.load(NAME)
    x = checkpoint.load_originals()[:1]
    page.wait_for_function("document.querySelector('[data-testid=\"score-nll\"]').textContent")
    assert (pixels(page, "input-image") == x[0].permute(1, 2, 0).numpy()).all()
    assert_same_picture(page, NAME)
    expected = score(checkpoint.load_model(), as_float(x), None)
    for key, value in (("nll", expected.nll), ("kl", expected.kl)):
        assert float(page.get_by_test_id(f"score-{key}").text_content()) == pytest.approx(value.item(), rel=2e-3)

    choose_source(page, "Draw")
    expect(page.locator('.lx[data-mode="draw"]')).to_be_visible()
    button(page, "Draw in green").click()
    drag(page, page.get_by_test_id("draw-pad").bounding_box(), (0.1, 0.5), (0.9, 0.5), 5)
    seen = pixels(page, "seen-image")
    assert np.abs(seen[32, 32] - GREEN).max() <= 2 and (seen[5, 5] == 255).all(), "a green line on a white sheet"
    assert_same_picture(page, NAME)
    button(page, "Undo").click()
    assert (pixels(page, "seen-image") == 255).all()


def test_arithmetic_adds_what_pictures_in_colour_differ_by(visit):
    page = visit(f"/arithmetic?checkpoint={NAME}&mode=analogy&points=e17~e4~e30")
    mu = (checkpoints.load(NAME).load_latents().posterior.mu * 1000).round() / 1000
    assert shown(page)[1] == pytest.approx(analogy(mu[17], mu[4], mu[30]).tolist(), abs=0.0021)
    assert_same_picture(page, NAME)
    slot = page.get_by_test_id("slot-A")
    z = json.loads(slot.get_attribute("data-z"))
    assert torch.tensor(z) == pytest.approx(mu[17], abs=0.0011)
    drawn = slot.locator("canvas").evaluate("canvas => [...canvas.getContext('2d').getImageData(0, 0, 64, 64).data]")
    assert np.abs(np.array(drawn).reshape(64, 64, 4)[..., :3] - decoded(NAME, z)).max() <= 1
    expect(page).to_have_url(re.compile("points=e17~e4~e30"))
