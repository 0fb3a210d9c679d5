"""The rate–distortion plane of Compare and the slider over β, in a real Chromium."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from checkpoints.recipes import SERIES
from tests.browser.pages import MOVES, assert_accessible, drag, dress, model
from tests.browser.waiting import expect
from vae_core import checkpoints, jobs
from vae_core.objectives import beta_vae
from vae_core.training import TrainConfig

NAMES = list(SERIES)
COLUMNS, GAP, SIDE = 10, 2, 8
"""Pictures in a row, the pixels between two of them, and along a side."""
PIXELS = """canvas => [
    [canvas.height, canvas.width],
    [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data],
]"""


@pytest.fixture
def page(page_at) -> Page:
    page = page_at("/compare", wait_for="beta-pictures")
    expect(page.get_by_test_id("beta-pictures")).to_have_attribute("data-frames", re.compile(r"\d"))
    page.get_by_test_id("beta-slider").scroll_into_view_if_needed()
    return page


def frames(page: Page) -> int:
    return int(page.get_by_test_id("beta-pictures").get_attribute("data-frames"))


def go_to(page: Page, index: int) -> None:
    page.get_by_test_id("beta-slider").focus()
    page.keyboard.press("Home")
    for _ in range(index):
        page.keyboard.press("ArrowRight")


def row(page: Page, name: str) -> np.ndarray:
    """The pictures of a row, [N, H, W], 0 to 255."""
    size, pixels = page.get_by_test_id(f"beta-{name}").evaluate(PIXELS)
    grey = np.array(pixels).reshape(*size, 4)[..., 0]
    step = SIDE + GAP
    return np.stack([grey[GAP // 2 :, GAP // 2 + i * step :][:SIDE, :SIDE] for i in range(COLUMNS)])


def point(page: Page, name: str):
    return page.locator(f'.rd-point[data-name="{name}"]')


def test_the_slider_draws_a_frame_for_every_pointer_event_and_moves_all_together(page):
    slider, before = page.get_by_test_id("beta-slider"), frames(page)
    drag(page, slider.bounding_box(), (0.02, 0.5), (0.98, 0.5))
    assert frames(page) - before >= 0.95 * MOVES
    plane, numbers = page.get_by_test_id("rate-plane"), page.get_by_test_id("rate-numbers")
    for index, name in enumerate(NAMES):
        go_to(page, index)
        metrics = checkpoints.load(name).metrics
        kl, nll = (f"{metrics[key]:.2f}" for key in ("kl", "nll"))
        assert page.get_by_test_id("beta-pictures").get_attribute("data-model") == name
        assert plane.get_attribute("data-marked") == name
        assert f"KL {kl} + NLL {nll} = −ELBO" in numbers.inner_text()
        said = slider.get_attribute("aria-valuetext")
        assert said.startswith(f"β {SERIES[name].objective.beta:g}: KL {kl} + NLL {nll} = −ELBO ")
        assert said.endswith(" nats per image")


def test_the_bars_are_the_kl_that_pytorch_computes(page, digits):
    for index, name in enumerate(NAMES):
        go_to(page, index)
        shown = json.loads(page.get_by_test_id("beta-kl").get_attribute("data-kl"))
        kl = model(name).encode(digits.test.x.float() / 255).kl_per_dim().mean(0)
        assert [value for _, value in shown] == sorted((value for _, value in shown), reverse=True)
        assert sorted(dim for dim, _ in shown) == list(range(8))
        assert dict(map(tuple, shown)) == pytest.approx(dict(enumerate(kl.tolist())), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("index", [0, 4])
def test_the_pictures_are_pytorchs(page, digits, index):
    """Of the same examples and the same z at every β."""
    go_to(page, index)
    pictures = page.get_by_test_id("beta-pictures")
    z, examples = (json.loads(pictures.get_attribute(f"data-{what}")) for what in ("z", "examples"))
    x = digits.test.x[examples].float() / 255
    assert digits.test.y[examples].tolist() == list(range(10))
    again, drawn = model(NAMES[index]).reconstruct(x), model(NAMES[index]).decode(torch.tensor(z))
    for name, expected in (("original", x), ("again", again), ("drawn", drawn)):
        assert np.abs(row(page, name) - 255 * expected[:, 0].numpy()).max() <= 1, name


def test_the_points_are_those_of_metrics_json_and_show_their_samples(page):
    go_to(page, 2)
    for name in ["digits-vae-2d", *NAMES]:
        kept = json.loads((checkpoints.load(name).path / "metrics.json").read_text())
        shown = point(page, name).evaluate("({ dataset: { kl, nll } }) => [Number(kl), Number(nll)]")
        assert shown == [kept["kl"], kept["nll"]]
    point(page, "digits-vae-2d").hover()
    expect(page.get_by_test_id("rate-samples")).to_have_attribute("data-model", "digits-vae-2d")
    assert page.get_by_test_id("rate-plane").get_attribute("data-marked") == "digits-vae-2d"
    assert page.get_by_test_id("rate-samples").locator("canvas").evaluate("canvas => canvas.width") > COLUMNS
    point(page, NAMES[0]).click()
    assert page.get_by_test_id("beta-pictures").get_attribute("data-model") == NAMES[0]
    page.keyboard.press("ArrowLeft")  # to the next smaller KL, which the focus shows
    assert page.get_by_test_id("rate-plane").get_attribute("data-marked") == NAMES[1]
    for scheme in ("dark", "light"):
        dress(page, scheme)
        assert_accessible(page)


def test_a_training_moves_on_the_plane_while_it_runs(page, app_runs):
    job = jobs.start(
        TrainConfig(objective=beta_vae.Config(beta=0.5), epochs=4000), "moving", root=app_runs, data_dir=None
    )
    try:
        while job.refresh().epoch < 1:
            page.wait_for_timeout(100)
        page.reload()
        expect(point(page, "moving")).to_have_class(re.compile("rd-running"))
        first = point(page, "moving").get_attribute("data-nll")
        expect(point(page, "moving")).not_to_have_attribute("data-nll", first)
        assert "still training" in point(page, "moving").get_attribute("aria-label")
    finally:
        job.delete()
