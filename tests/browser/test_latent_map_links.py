"""Paths on the Latent map, its links, the keyboard, small screens, and models that the page cannot run."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.maps import DEEP, LINEAR, draw_path, pad, point_at, tiles, wait_for_frames, wait_for_grid, window
from tests.browser.pages import (
    MLP,
    assert_same_picture,
    button,
    canvas,
    decoded,
    drag,
    open_menu,
    saved,
    shown,
)
from tests.browser.waiting import expect

# A path


def test_a_path_plays_is_scrubbed_and_saved(visit):
    page = visit(LINEAR)
    before = shown(page)[2]
    draw_path(page)
    frames = shown(page)[2]
    assert frames - before >= 0.95 * 40  # it is decoded while it is drawn
    expect(button(page, "Play the path")).to_have_attribute("aria-pressed", "true")
    wait_for_frames(page, frames + 10)
    button(page, "Play the path").click()
    scrubber = page.get_by_test_id("path-scrubber")
    drag(page, scrubber.bounding_box(), (0.1, 0.5), (0.9, 0.5), moves=30)
    assert_same_picture(page, MLP)
    scrubber.focus()
    places = []
    page.get_by_label("Frames of the film").fill("11")
    for key in ("Home", *["ArrowRight"] * 10):
        scrubber.press(key)
        places.append(shown(page)[1])
    start, end = point_at(page, 0.2, 0.8), point_at(page, 0.8, 0.5)
    assert places[0] == pytest.approx(start, abs=0.03) and places[-1] == pytest.approx(end, abs=0.03)
    steps = np.linalg.norm(np.diff(np.array(places), axis=0), axis=1)
    assert steps.max() < 1.1 * np.median(steps)  # equally far apart, but for the corner
    film = Image.open(io.BytesIO(saved(page, "GIF")))
    assert film.n_frames == 11 and film.size == (280, 280)
    for frame in (0, 5, 10):
        film.seek(frame)
        pixels = np.asarray(film.convert("RGB"))[5::10, 5::10]
        assert np.abs(pixels - decoded(MLP, places[frame])).max() <= 3
    assert Image.open(io.BytesIO(saved(page, "WebP"))).n_frames == 11
    page.emulate_media(reduced_motion="reduce")
    draw_path(page)
    frames = shown(page)[2]
    page.wait_for_timeout(300)
    assert shown(page)[2] == frames  # it waits to be asked, and takes still steps
    page.get_by_label("Frames of the film").fill("48")
    button(page, "Play the path").click()
    page.wait_for_timeout(1200)
    assert 1 <= shown(page)[2] - frames <= 7


# Links, keys, screen readers


def test_a_copied_link_shows_the_same_picture_and_view_in_a_fresh_browser(open_page, visit):
    page = visit(f"/latent_map?checkpoint={DEEP}&example=3")
    page.get_by_test_id("axis-0").select_option("4")
    button(page, "Linear").click()
    button(page, "Points").click()
    button(page, "Zoom in").click()
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.3, 0.7), moves=5)
    button(page, "3").click()
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    page.emulate_media(reduced_motion="reduce")
    draw_path(page)
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    button(page, "Copy link").click()
    expect(button(page, "Link copied")).to_be_visible()
    fresh = open_page(page.evaluate("navigator.clipboard.readText()"), fresh=True)
    for each in (page, fresh):
        wait_for_grid(each)
        each.wait_for_timeout(200)
    assert shown(fresh)[1] == shown(page)[1]
    for name in ("decoded-image", "map-grid", "map-points"):
        pictures = [each.get_by_test_id(name).evaluate("c => c.toDataURL()") for each in (page, fresh)]
        assert pictures[0] == pictures[1], name
    expect(button(fresh, "3")).to_have_attribute("aria-pressed", "false")
    expect(button(fresh, "Play the path")).to_be_enabled()
    for name in ("data-window", "data-axes", "data-spacing"):
        assert pad(fresh).get_attribute(name) == pad(page).get_attribute(name)
    assert pad(fresh).get_attribute("data-axes").startswith("4,")
    assert_same_picture(fresh, DEEP)


def test_a_wrong_link_gets_a_sentence_each_and_a_working_page(visit):
    """More of them: tests/test_pages.py."""
    query = "axes=0,7&grid=4&spacing=odd&window=1,2,3&layers=x&z=1"
    page = visit(f"/latent_map?checkpoint={MLP}&{query}")
    for name in re.findall(r"(\w+)=", query):
        expect(page.get_by_text(re.compile(f"The link's (point )?{name} .* needed"))).to_be_visible()
    assert shown(page)[2] >= 1
    wait_for_grid(page)


def test_the_keyboard_does_everything(visit):
    page = visit(f"{LINEAR}&z=0.5,0.5&layers=grid,points")
    pad(page).focus()
    at = [shown(page)[1]]
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "Home"):
        page.keyboard.press(key)
        at.append(shown(page)[1])
    nudge, leap = at[1][0] - at[0][0], at[2][0] - at[1][0]
    assert nudge > 0 and leap == pytest.approx(5 * nudge, abs=0.005)
    assert at[3][0] == at[2][0] and at[3][1] > at[2][1] and at[4] == [0, 0]
    assert_same_picture(page, MLP)
    before = window(page)
    for key, holds in (("+", lambda a, b: a < b), ("-", lambda a, b: a == pytest.approx(b, abs=0.01))):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
        assert holds(window(page)[1] - window(page)[0], before[1] - before[0])
    for _ in range(6):
        page.keyboard.press("+")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_timeout(60)
    left, right, _, _ = window(page)
    assert left - 0.01 <= shown(page)[1][0] <= right < 0  # the map follows the point out of its frame
    page.keyboard.press("0")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")  # the image nearest to the point
    expect(page).to_have_url(re.compile("example="))
    button(page, "Path").focus()
    page.keyboard.press("Enter")
    pad(page).focus()
    for key in ("Enter", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    button(page, "Play the path").focus()
    frames = shown(page)[2]
    page.keyboard.press("Enter")
    wait_for_frames(page, frames + 5)
    page.keyboard.press("Enter")
    pad(page).focus()
    page.keyboard.press("Escape")
    expect(button(page, "Play the path")).to_be_hidden()
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()")
        )
    for name in (
        "Tiles along a side",
        "Linear",
        "View",
        "Random",
        "Example",
        "Resample",
        "Copy link",
        "More",
    ):
        assert name in reached, reached


def test_the_map_is_the_largest_thing_above_the_fold_and_fits_a_phone(visit):
    page = visit(f"/latent_map?checkpoint={DEEP}&layers=grid,points")
    plane, picture = pad(page).bounding_box(), canvas(page).bounding_box()
    assert plane["width"] >= 500 and plane["y"] + plane["height"] <= 760
    assert 300 <= picture["width"] < plane["width"] and picture["y"] + picture["height"] <= 760
    page.set_viewport_size({"width": 380, "height": 844})
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    pad(page).scroll_into_view_if_needed()
    plane, picture = pad(page).bounding_box(), canvas(page).bounding_box()
    assert 0 <= picture["y"] and picture["y"] + picture["height"] <= plane["y"]
    assert plane["width"] >= 300 and plane["y"] + plane["height"] <= 845


def test_a_model_that_the_page_cannot_run_is_drawn_by_python(open_page):
    refusal = (re.compile("/assets/models/"), lambda route: route.fulfill(status=501, body="unknown layer"))
    page = open_page(f"/latent_map?checkpoint={MLP}&grid=3", intercept=refusal)
    expect(page.get_by_text("Python draws it")).to_be_visible()
    _, z_before, _ = shown(page)
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.8, 0.3), moves=20)
    page.wait_for_timeout(600)
    assert shown(page)[1] != z_before
    assert_same_picture(page, MLP)
    assert tiles(page)[..., :3].max() > 200
