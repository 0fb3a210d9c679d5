"""What one sees first, at the sizes of a small projector and a laptop, and how far the keyboard has to go for it."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.pages import MLP, RESET, canvas, press, shown, slider
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.latent.clarity import clear_example

DEEP, LEVELS = "mnist-vae-16d", "mario-vae"
MOST_TABS = 12


def clear_point(name: str) -> list[float]:
    checkpoint = checkpoints.load(name)
    latents = checkpoint.load_latents()
    return latents.posterior.mu[clear_example(checkpoint.load_model(), latents)].tolist()


MOVED = """([dim, start]) => {
    const shown = document.querySelector("canvas[data-testid=decoded-image]").dataset;
    const z = JSON.parse(shown.z);
    return Number(shown.frames) > 5 && Math.abs(z[dim] - start) > 0.01 && z;
}"""
"""On its way in steps. Asked at every frame: it moves to and fro, and a later look may find it where it began."""


def test_explore_opens_on_a_clear_example_that_moves_once_until_touched(open_page):
    page = open_page(f"/?checkpoint={MLP}", still=False, fresh=True)
    start = clear_point(MLP)
    dims = [int(slider(page, i).get_attribute("data-dim")) for i in (0, 1)]
    z = page.wait_for_function(MOVED, arg=[dims[0], start[dims[0]]]).json_value()
    assert z[dims[1]] == pytest.approx(start[dims[1]], abs=0.0006)
    assert "z=" not in page.url  # nobody chose that
    page.mouse.click(5, 5)
    _, z, frames = shown(page)
    assert z == pytest.approx(start, abs=0.0006)
    page.wait_for_timeout(300)
    assert shown(page)[2] == frames
    expect(page.locator(".lx-value").first).to_be_hidden()  # no number in the first view …
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".lx-value").first).to_be_visible()  # … and all of them once somebody plays
    press(page, RESET)
    assert shown(page)[1] == [0, 0]


def test_the_map_opens_there_too_and_nothing_moves_for_who_prefers_that(open_page):
    page = open_page(f"/latent_map?checkpoint={MLP}&grid=3")
    assert shown(page)[1] == pytest.approx(clear_point(MLP), abs=0.0006)
    page = open_page(f"/?checkpoint={MLP}", fresh=True)
    page.wait_for_timeout(1200)
    _, z, frames = shown(page)
    assert z == pytest.approx(clear_point(MLP), abs=0.0006) and frames <= 2


def test_the_first_slider_is_reached_within_twelve_tabs(open_page):
    page = open_page(f"/?checkpoint={DEEP}", fresh=True)
    at = "() => document.activeElement.dataset.testid ?? document.activeElement.className"
    page.keyboard.press("Tab")
    assert page.evaluate(at) == "skip-link"
    page.keyboard.press("Enter")
    for _ in range(MOST_TABS - 2):
        page.keyboard.press("Tab")
        if page.evaluate(at) == "latent-slider":
            break
    assert page.evaluate(at) == "latent-slider"


def sizes(page: Page, css: str) -> list[dict]:
    return [box for box in (each.bounding_box() for each in page.locator(css).all()) if box]


@pytest.mark.parametrize("name", [MLP, DEEP, LEVELS])
def test_sliders_are_wide_and_nothing_scrolls_inside_the_page(visit, name):
    page = visit(f"/?checkpoint={name}", wait_for="decoded-tiles" if name == LEVELS else "decoded-image")
    for width, height in ((1024, 768), (1280, 800), (1920, 1080), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        tracks = sizes(page, "[data-testid=latent-slider]")
        strips = sizes(page, ".lx-strip")
        assert min(box["width"] for box in tracks + strips) >= 200, (width, tracks)
        assert max(box["x"] + box["width"] for box in tracks) <= width
        assert not page.locator(".lx *").evaluate_all(
            """all => all.filter((node) =>
                node.scrollHeight > node.clientHeight + 1 && getComputedStyle(node).overflowY === "auto").length"""
        )
        picture = sizes(page, ".lx-image")[0]
        if width == 1920:
            assert picture["width"] >= 700 and picture["y"] + picture["height"] < height


def test_two_models_side_by_side_leave_the_sliders_on_the_screen(visit):
    page = visit(f"/?checkpoint={DEEP}&compare={MLP}&match=input&example=5")
    expect(canvas(page).nth(1)).to_have_attribute("data-frames", re.compile(r"\d+"))
    for i in (0, 1):
        assert slider(page, i).bounding_box()["y"] < 700
    slider(page, 7).scroll_into_view_if_needed()
    pictures = [canvas(page).nth(i).bounding_box() for i in (0, 1)]
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= slider(page, 7).bounding_box()["y"] for box in pictures)


def test_projector_mode_enlarges_the_picture_too(open_page):
    page = open_page(f"/?checkpoint={MLP}&z=0,0", fresh=True)
    before = canvas(page).bounding_box()["width"]
    page.get_by_text("Projector mode").click()
    width = "() => document.querySelector('canvas[data-testid=decoded-image]').getBoundingClientRect().width"
    page.wait_for_function(f"before => ({width})() > 1.05 * before", arg=before)
    assert min(box["width"] for box in sizes(page, "[data-testid=latent-slider]")) >= 200


def test_few_pixels_start_smooth(visit):
    page = visit("/?checkpoint=digits-vae-2d")
    rendering = canvas(page).evaluate("canvas => getComputedStyle(canvas).imageRendering")
    assert rendering == "auto"
