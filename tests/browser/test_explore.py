"""The Explore page in a real Chromium: what is dragged, drawn, linked and typed, and points sent to other pages: with a
click the session stays, with a link the point."""

import json
import re

import numpy as np
import pytest

from tests.browser.pages import (
    CONDITIONAL,
    CONV,
    MLP,
    MOVES,
    RESET,
    assert_same_picture,
    canvas,
    choose_model,
    decoded,
    drag,
    open_menu,
    press,
    shown,
    slider,
)
from tests.browser.waiting import expect


@pytest.mark.parametrize("name", [MLP, CONV])
def test_dragging_a_slider_draws_a_frame_for_every_pointer_move(page_at, name):
    page = page_at(f"/?checkpoint={name}")
    assert_same_picture(page, name)
    for start, stop, moves in ((0.1, 0.9, 120), (0.9, 0.3, MOVES)):
        _, z_before, before = shown(page)
        drag(page, slider(page).bounding_box(), (start, 0.5), (stop, 0.5), moves)
        _, z_after, after = shown(page)
        assert after - before >= 0.95 * moves
        assert sum(a != b for a, b in zip(z_before, z_after, strict=True)) == 1  # one slider, one dimension
        assert_same_picture(page, name)


def test_dragging_the_pad_moves_both_dimensions(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    _, z_before, before = shown(page)
    drag(page, page.get_by_test_id("latent-pad").bounding_box(), (0.2, 0.2), (0.8, 0.9))
    _, z_after, after = shown(page)
    assert after - before >= 0.95 * MOVES
    assert all(a != b for a, b in zip(z_before, z_after, strict=True))
    assert_same_picture(page, MLP)


@pytest.mark.parametrize("name", [MLP, CONDITIONAL])
def test_a_copied_link_shows_the_same_picture_in_a_fresh_browser(page_at, open_page, name):
    page = page_at(f"/?checkpoint={name}")
    if name == CONDITIONAL:
        page.get_by_role("button", name="7", exact=True).click()
    page.get_by_role("button", name="Random", exact=True).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    pixels, z, _ = shown(page)
    fresh = open_page(link, fresh=True)
    fresh_pixels, fresh_z, _ = shown(fresh)
    assert fresh_z == z
    assert (fresh_pixels == pixels).all()
    assert_same_picture(fresh, name, 7 if name == CONDITIONAL else None)


def test_letting_go_puts_the_point_into_the_address_bar(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    drag(page, slider(page).bounding_box(), (0.3, 0.5), (0.7, 0.5), moves=10)
    _, z, _ = shown(page)
    expect(page).to_have_url(re.compile("z=" + "(%2C|,)".join(re.escape(f"{value:g}") for value in z)))
    assert shown(page)[1] == z  # the rerun that this causes leaves the picture alone


def test_reset_goes_to_the_middle_of_the_prior_and_random_somewhere_else(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    before = shown(page)[1]
    page.get_by_role("button", name="Random", exact=True).click()
    assert shown(page)[1] != before
    press(page, RESET)
    assert shown(page)[1] == [0, 0]


def test_the_keyboard_moves_sliders_and_pad(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    press(page, RESET)
    slider(page).focus()
    dim = int(slider(page).get_attribute("data-dim"))
    positions = [shown(page)[1][dim]]
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowLeft", "Home"):
        page.keyboard.press(key)
        positions.append(shown(page)[1][dim])
    nudge, leap = positions[1] - positions[0], positions[2] - positions[1]
    assert nudge > 0 and leap == pytest.approx(5 * nudge, abs=0.005)
    assert positions[3] == pytest.approx(positions[2] - nudge, abs=0.005)
    assert positions[4] == 0
    page.get_by_test_id("latent-pad").focus()
    before = shown(page)[1]
    page.keyboard.press("ArrowUp")
    after = shown(page)[1]
    assert after[0] == before[0] and after[1] > before[1]
    assert_same_picture(page, MLP)


def test_choosing_a_class_changes_the_picture(page_at):
    page = page_at(f"/?checkpoint={CONDITIONAL}")
    for label in (3, 8):
        page.get_by_role("button", name=str(label), exact=True).click()
        assert_same_picture(page, CONDITIONAL, label)


def test_a_wrong_link_gets_a_sentence_and_a_working_page(visit):
    """More of them: tests/test_pages.py."""
    page = visit("/?checkpoint=%3Cscript%3Ealert(1)%3C/script%3E")
    expect(page.get_by_text("There is no model called “<script>alert(1)</script>”")).to_be_visible()
    assert shown(page)[2] >= 1


def test_choosing_another_model_drops_the_point_and_stays(visit):
    page = visit(f"/?checkpoint={MLP}&z=1,1")
    choose_model(page, "digits-vae-2d")
    expect(canvas(page)).to_have_attribute("width", "8")
    expect(page).to_have_url(re.compile("checkpoint=digits-vae-2d"))
    assert "z=" not in page.url
    assert_same_picture(page, "digits-vae-2d")


def test_a_link_finds_the_server_at_once_and_a_model_is_downloaded_once(open_page):
    requests: list[str] = []
    page = open_page(f"/latent_map?checkpoint={MLP}", on_request=requests.append, fresh=True)
    assert not [url for url in requests if "latent_map/_stcore" in url]
    models = [url for url in requests if "/assets/models/" in url]
    assert models and len(set(models)) == 1
    response = page.request.get(models[0])
    assert "immutable" in response.headers["cache-control"]
    assert response.status == 200 and len(response.body()) < 4_000_000
    assert page.request.get(re.sub(r"[0-9a-f]{16}", "0" * 16, models[0])).status == 404
    assert json.loads(page.request.get(f"{models[0].split('/assets')[0]}/healthz").body())["status"] == "ok"


def test_a_point_goes_from_explore_to_the_map_and_back_within_the_session(open_page):
    loads: list[str] = []
    page = open_page(f"/?checkpoint={MLP}&z=0.75,-1.25&example=7", on_request=loads.append)
    loads.clear()
    open_menu(page, "Send to")
    expect(page.get_by_role("link", name="See it in all classes")).to_have_count(0)  # it knows no classes
    page.get_by_role("link", name="Show on the map").click()
    expect(page.get_by_role("heading", name="Latent map", exact=True)).to_be_visible()
    expect(page.locator('.lm canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert shown(page)[1] == [0.75, -1.25]
    expect(page).to_have_url(re.compile(r"/latent_map\?.*example=7"))
    press(page, "Open in Explore", "link")
    expect(page.locator('.lx-explorer canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert shown(page)[1] == [0.75, -1.25]
    # The browser stayed on its page all the while, and so in its session.
    assert not [url for url in loads if re.search(r"/(latent_map)?\?", url)]


def test_a_class_goes_along(open_page, visit):
    page = visit(f"/?checkpoint={CONDITIONAL}&y=7&z=1,0,0,0,0,0,0,0")
    open_menu(page, "Send to")
    link = page.get_by_role("link", name="See it in all classes")
    fresh = open_page(link.get_attribute("href"))
    assert_same_picture(fresh, CONDITIONAL, 7)
    link.click()
    expect(page.get_by_role("heading", name="Classes", exact=True)).to_be_visible()
    expect(page.locator('.dg canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert_same_picture(page, CONDITIONAL, 7)
    assert shown(page)[1] == [1, 0, 0, 0, 0, 0, 0, 0]


def test_what_is_offered_shows_the_point(visit):
    z = [0.5, -0.25, 0.1, 0, 0, 0.3, 0, 0]
    page = visit(f"/?checkpoint={CONDITIONAL}&y=3&z={','.join(map(str, z))}")
    links = page.locator("a.lx-link")
    addresses = {link.get_attribute("data-to"): link.get_attribute("href") for link in links.all()}
    assert set(addresses) == {"map", "projection", "reconstruct", "digits", "a", "b"}
    page = visit(addresses["projection"])  # the other pages are tested above, and A with theirs
    assert shown(page)[1] == z
    assert_same_picture(page, CONDITIONAL, 3)
    page = visit(addresses["b"])
    assert json.loads(page.get_by_test_id("slot-B").get_attribute("data-z")) == z
    expect(page.get_by_test_id("slot-B")).to_contain_text("3")
    page = visit(addresses["reconstruct"])
    pixels = page.get_by_test_id("input-image").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    assert np.abs(np.array(pixels).reshape(28, 28, 4)[..., :3] - decoded(CONDITIONAL, z, 3)).max() <= 1
