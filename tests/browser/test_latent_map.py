"""The Latent map page in a real Chromium: what is under the pointer, the grid, zoom and pan."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from tests.browser.maps import (
    AUTOENCODER,
    LINEAR,
    draw_path,
    latents,
    pad,
    plane_box,
    point_at,
    tiles,
    wait_for_grid,
    window,
)
from tests.browser.pages import (
    CONDITIONAL,
    CONV,
    MLP,
    MOVES,
    assert_accessible,
    assert_same_picture,
    button,
    canvas,
    decoded,
    drag,
    dress,
    open_menu,
    press,
    shown,
)
from tests.browser.waiting import expect
from vae_core.latent.geometry import dimensions

# What follows the pointer


@pytest.mark.parametrize("name", [MLP, CONV, CONDITIONAL])
def test_dragging_draws_a_frame_for_every_pointer_move(page_at, name):
    page = page_at(f"/latent_map?checkpoint={name}")
    _, z_before, before = shown(page)
    drag(page, pad(page).bounding_box(), (0.2, 0.2), (0.8, 0.9))
    _, z_after, after = shown(page)
    assert after - before >= 0.95 * MOVES
    axes = [int(axis) for axis in pad(page).get_attribute("data-axes").split(",")]
    assert [i for i, (a, b) in enumerate(zip(z_before, z_after, strict=True)) if a != b] == sorted(axes)
    label = json.loads(canvas(page).get_attribute("data-y")).index(1) if name == CONDITIONAL else None
    assert_same_picture(page, name, label)


def test_hovering_only_looks_and_letting_go_chooses_what_explore_opens(visit):
    page = visit(f"{LINEAR}&z=0.5,0.5")
    box = plane_box(page)
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    pixels, z, _ = shown(page)
    assert z == pytest.approx(point_at(page, 0.25, 0.75), abs=0.01)
    assert np.abs(pixels - decoded(MLP, z)).max() <= 1
    page.mouse.move(box["x"] + box["width"] + 200, box["y"])
    assert shown(page)[1] == [0.5, 0.5]
    assert_same_picture(page, MLP)
    assert "z=0.5%2C0.5" in page.url or "z=0.5,0.5" in page.url
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.3, 0.7), moves=5)
    pixels, z, _ = shown(page)
    page.mouse.move(5, 5)
    assert shown(page)[1] == z
    expect(page).to_have_url(re.compile("z=" + "(%2C|,)".join(re.escape(f"{value:g}") for value in z)))
    press(page, "Open in Explore", "link")
    expect(page.get_by_test_id("latent-slider").first).to_be_visible()
    assert shown(page)[1] == z
    assert (shown(page)[0] == pixels).all()


# The grid


def test_tiles_are_what_pytorch_decodes_at_their_places(visit):
    page = visit(f"/latent_map?checkpoint={MLP}&grid=7")
    faded = tiles(page)[..., 3]
    assert faded.min() < 200 and faded.max() == 255  # guesses fade, what the model knows does not
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    parts = (torch.arange(7, dtype=torch.float64) + 0.5) / 7
    low, high = torch.special.ndtr(torch.tensor([-3.0, 3.0], dtype=torch.float64))
    quantiles = torch.special.ndtri(low + parts * (high - low))
    assert_tiles(page, quantiles, quantiles)
    button(page, "Linear").click()
    expect(pad(page)).to_have_attribute("data-spacing", "linear")
    found = {dimension.index: dimension for dimension in dimensions(latents(MLP).posterior)}
    ends = [(min(found[i].low, -2.5), max(found[i].high, 2.5)) for i in (0, 1)]
    assert ends[0][1] - ends[0][0] != ends[1][1] - ends[1][0]  # so that mixing up the axes would be seen
    assert_tiles(page, *(low + parts * (high - low) for low, high in ends))


def assert_tiles(page: Page, across: torch.Tensor, up: torch.Tensor) -> None:
    """Seven by seven tiles are the decodes of these coordinates, [7] each."""
    drawn = tiles(page)
    assert drawn[..., 3].min() == 255
    for row, column in ((0, 0), (0, 6), (2, 5), (3, 3), (6, 1)):
        expected = decoded(MLP, [across[column].item(), up[6 - row].item()])
        assert np.abs(drawn[row, column, ..., :3] - expected).max() <= 1.01


def test_the_grid_has_as_many_tiles_as_the_slider_says(page_at):
    page = page_at(f"/latent_map?checkpoint={MLP}")
    slider = page.get_by_test_id("grid-size")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('[data-testid=map-grid]').dataset.size === '31'")
    expect(page.get_by_text("31 × 31")).to_be_visible()
    assert tiles(page).shape[:2] == (31, 31)
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('[data-testid=map-grid]').dataset.size === '3'")
    assert tiles(page).shape[:2] == (3, 3)
    expect(page).to_have_url(re.compile("grid=3"))


def test_a_model_without_a_prior_is_spaced_evenly_over_its_data(visit):
    page = visit(f"/latent_map?checkpoint={AUTOENCODER}&spacing=normal")
    wait_for_grid(page)
    expect(button(page, "Quantiles")).to_be_disabled()
    expect(button(page, "Linear")).to_have_attribute("title", re.compile("no prior"))
    found = {dimension.index: dimension for dimension in dimensions(latents(AUTOENCODER).posterior)}
    left, right, bottom, top = window(page)
    assert left < found[0].low < found[0].high < right and bottom < found[1].low < found[1].high < top
    assert right - left < 1.2 * (found[0].high - found[0].low)


def test_a_class_redraws_the_grid_and_axe_finds_nothing_serious(visit):
    page = visit(f"/latent_map?checkpoint={CONDITIONAL}&y=3&grid=3&example=3")
    for label in (3, 8):
        button(page, str(label)).click()
        page.wait_for_timeout(100)
        z = shown(page)[1]
        across, up = (int(axis) for axis in pad(page).get_attribute("data-axes").split(","))
        z[across] = z[up] = 0
        assert np.abs(tiles(page)[1, 1, ..., :3] - decoded(CONDITIONAL, z, label)).max() <= 1.01
        assert_same_picture(page, CONDITIONAL, label)
    button(page, "Points").click()
    draw_path(page)
    for scheme in ("light", "dark"):
        dress(page, scheme)
        wait_for_grid(page)
        assert_accessible(page)


# Zoom and pan


def test_the_wheel_zooms_around_the_pointer_and_the_grid_follows(page_at):
    page = page_at(f"{LINEAR}&grid=5")
    wait_for_grid(page)
    before = window(page)
    box = plane_box(page)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    kept = point_at(page, 0.3, 0.4)
    for _ in range(5):
        page.mouse.wheel(0, -200)
    page.wait_for_function("before => document.querySelector('.lm-pad').dataset.window !== before", arg=str(before))
    page.wait_for_timeout(300)
    left, right, bottom, top = window(page)
    assert right - left < 0.3 * (before[1] - before[0]) and top - bottom < 0.3 * (before[3] - before[2])
    assert point_at(page, 0.3, 0.4) == pytest.approx(kept, abs=0.01)
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    drawn = tiles(page)
    across, up = left + 0.5 * (right - left), bottom + 0.9 * (top - bottom)
    assert np.abs(drawn[0, 2, ..., :3] - decoded(MLP, [across, up])).max() <= 1.01
    expect(page).to_have_url(re.compile("window="))
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function("() => !location.search.includes('window=')")
    assert window(page) == before


def test_the_map_is_panned_by_hand_and_with_shift_and_pinched(page_at):
    page = page_at(f"{LINEAR}&grid=5")
    wait_for_grid(page)
    page.mouse.move(5, 5)
    chosen = shown(page)[1]
    box = pad(page).bounding_box()
    before = window(page)
    page.keyboard.down("Shift")
    drag(page, box, (0.5, 0.5), (0.75, 0.5), moves=5)
    page.keyboard.up("Shift")
    page.wait_for_timeout(100)
    after = window(page)
    assert after[0] == pytest.approx(before[0] - (before[1] - before[0]) / 4, abs=0.02) and after[2:] == before[2:]
    button(page, "Pan").click()
    drag(page, box, (0.75, 0.5), (0.5, 0.5), moves=5)
    page.wait_for_timeout(100)
    assert window(page) == pytest.approx(before, abs=0.02)
    page.mouse.move(5, 5)
    assert shown(page)[1] == chosen
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def fingers(kind: str, apart: float | None) -> None:
        middle = box["x"] + box["width"] / 2
        points = [] if apart is None else [{"x": middle + side * apart / 2, "y": box["y"] + 200} for side in (-1, 1)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 100)
    for apart in range(110, 210, 10):
        fingers("touchMove", apart)
    fingers("touchEnd", None)
    page.wait_for_timeout(100)
    left, right, _, _ = window(page)
    assert right - left == pytest.approx((before[1] - before[0]) / 2, rel=0.05)
    assert (left + right) / 2 == pytest.approx((before[0] + before[1]) / 2, abs=0.05)
    assert shown(page)[1] == chosen
