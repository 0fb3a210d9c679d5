"""The Levels page in a real Chromium: a walk that follows the finger, its level played through and repaired."""

import json
import re
from urllib.parse import parse_qs, urlparse

import pytest
import torch
from playwright.sync_api import Locator, Page

from tests.browser.pages import (
    MOVES,
    assert_accessible,
    button,
    drag,
    dress,
    model,
    open_menu,
    press,
    saved,
    type_number,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.kinds.tiles.corpus import as_text
from vae_core.kinds.tiles.playability import farthest, path
from vae_core.latent.geometry import slerp
from vae_core.latent.long_levels import LongLevels

NAME = "mario-vae"
PATH = f"/levels?checkpoint={NAME}"
STUCK = f"{PATH}&seed=11&windows=12&step=0.8"
"""A walk of twelve windows that nobody gets through."""
LEVEL = "long-level"


def level_canvas(page: Page) -> Locator:
    return page.get_by_test_id(LEVEL)


def codes(page: Page) -> torch.Tensor:
    return torch.tensor(json.loads(level_canvas(page).get_attribute("data-codes")))


def rows(page: Page) -> list[str]:
    return json.loads(level_canvas(page).get_attribute("data-tiles"))


def frames(page: Page) -> int:
    return int(level_canvas(page).get_attribute("data-frames"))


def verdict(page: Page) -> Locator:
    return page.get_by_test_id("verdict")


def made(codes: torch.Tensor) -> torch.Tensor:
    """What PyTorch makes of codes: the level's tiles."""
    return LongLevels(model(NAME)).level(codes)


def assert_same_level(page: Page) -> None:
    assert "\n".join([*rows(page), ""]) == as_text(made(codes(page)), model(NAME).spec.symbols)


def setting(page: Page, testid: str, position: int = 0) -> Locator:
    return page.get_by_test_id(testid).nth(position)


def opened(open_page, path: str, **options) -> Page:
    return open_page(path, wait_for=LEVEL, **options)


@pytest.fixture
def page(page_at) -> Page:
    """The page of a walk, as the test before has left it."""
    return page_at(PATH, wait_for=LEVEL)


def test_a_level_is_that_of_the_core_and_can_be_played_after_a_repair(open_page):
    page = opened(open_page, STUCK)
    spec = model(NAME).spec
    assert codes(page).shape == (12, 16)
    assert_same_level(page)
    expect(verdict(page)).to_have_text(f"Nobody gets beyond column {farthest(made(codes(page)), spec) + 1}")
    before, first = codes(page), frames(page)
    button(page, "Make it playable").click()
    expect(verdict(page)).to_have_text("Playable from end to end")
    assert frames(page) - first >= 2  # a film, whose last picture is what was asked for
    assert_same_level(page)
    assert path(made(codes(page)), spec) is not None
    moved = (codes(page) != before).any(1)
    distances = (codes(page) - before).norm(dim=1)[moved].tolist()
    expect(page.get_by_test_id("moved")).to_have_text(
        f"{len(distances)} of 12 windows moved, by {' and '.join(f'{each:.2f}' for each in distances)}"
    )
    marked = page.locator(".lv-windows button", has_text="moved")
    assert [int(text.split()[0]) - 1 for text in marked.all_inner_texts()] == moved.nonzero().flatten().tolist()
    # A link shows the repaired level, and undo takes the repair back.
    button(page, "Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    fresh = opened(open_page, link)
    assert torch.equal(codes(fresh), codes(page)) and rows(fresh) == rows(page)
    expect(verdict(fresh)).to_have_text("Playable from end to end")
    press(page, "Undo")
    assert torch.equal(codes(page), before)
    page.emulate_media(reduced_motion="reduce")
    first = frames(page)
    button(page, "Make it playable").click()
    expect(verdict(page)).to_have_text("Playable from end to end")
    assert frames(page) - first == 1 and torch.equal(codes(page), codes(fresh))


def test_each_slider_redraws_the_level_at_every_event(page):
    for testid, position in (("step-slider", 0), ("shift-slider", 3)):
        before, tiles = frames(page), rows(page)
        drag(page, setting(page, testid, position).bounding_box(), (0.2, 0.5), (0.75, 0.5))
        assert frames(page) - before >= 0.95 * MOVES
        assert rows(page) != tiles
        assert_same_level(page)
    page.keyboard.press("Control+z")  # the shift
    expect(setting(page, "shift-slider", 3)).to_have_attribute("aria-valuetext", "0.0 σ")


def test_a_step_turns_each_code_into_the_next(page):
    step = setting(page, "step-slider")
    step.press("Home")
    still = codes(page)
    assert (still == still[0]).all()
    step.press("End")
    independent = codes(page)
    assert torch.equal(independent[0], still[0]) and (independent[1] - still[1]).norm() > 1
    step.press("ArrowLeft")
    angle = float(step.get_attribute("aria-valuetext").split()[0])
    turned = codes(page)
    expected = still[0] * torch.tensor(angle).cos() + independent[1] * torch.tensor(angle).sin()
    torch.testing.assert_close(turned[1], expected, atol=0.02, rtol=0)


def test_more_windows_go_on_from_where_the_walk_was(page):
    before = codes(page)
    setting(page, "windows-slider").press("End")
    assert codes(page).shape == (20, 16) and torch.equal(codes(page)[: len(before)], before)
    assert len(rows(page)) == 14 and len(rows(page)[0]) == 20 * 12 + 4
    assert_same_level(page)
    page.keyboard.press("Control+z")
    assert torch.equal(codes(page), before)


def test_between_two_levels_the_walk_is_the_great_circle(visit):
    page = opened(visit, f"{PATH}&between=e17~e4&windows=5&shifts=0,0,0,1")
    button(page, "Reset").click()
    mu = checkpoints.load(NAME).load_latents().posterior.mu
    torch.testing.assert_close(codes(page), slerp(mu[17], mu[4], 5), atol=0.0011, rtol=0)
    page.get_by_label("To: number of the held-out level").fill("30")
    page.get_by_label("To: number of the held-out level").press("Enter")
    torch.testing.assert_close(codes(page)[-1], mu[30], atol=0.0011, rtol=0)
    expect(page).to_have_url(re.compile("between=e17~e30"))
    expect(setting(page, "step-slider")).to_be_hidden()


def test_what_is_sent_here_begins_the_walk_and_a_window_goes_to_explore(visit):
    z = [0.5, -0.25, *[0.125] * 14]
    page = visit(f"/?checkpoint={NAME}&z={','.join(map(str, z))}", wait_for="decoded-tiles")
    open_menu(page, "Send to")
    page.get_by_role("link", name="Walk from here").click()
    expect(level_canvas(page)).to_be_visible()
    assert codes(page)[0].tolist() == z
    page.get_by_role("button", name="3", exact=True).click()
    link = page.get_by_role("link", name="Open in Explore")
    sent = parse_qs(urlparse(link.get_attribute("href")).query)["z"][0]
    assert torch.equal(torch.tensor([float(number) for number in sent.split(",")]), codes(page)[2])
    link.click()
    expect(page.get_by_test_id("decoded-tiles")).to_have_attribute("data-z", f"[{sent}]")


def test_the_export_is_the_level_that_is_shown(page):
    open_menu(page, "Export")
    assert saved(page, "Text").decode() == "\n".join([*rows(page), ""])
    picture = saved(page, "Picture (PNG)")
    size = [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)]
    assert size == [16 * len(rows(page)[0]), 16 * 14]
    open_menu(page, "Export")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(page, scheme):
    dress(page, scheme)
    expect(page.locator('[data-testid="verdict"][data-state]')).to_be_visible()
    assert_accessible(page)


def test_a_walk_among_codes_goes_where_levels_are_and_a_link_keeps_it(page):
    type_number(page, "Seed of the walk", 7)
    of_the_prior = codes(page)
    page.get_by_test_id("sampler").locator("summary").click()
    page.get_by_role("radio", name=re.compile("^Aggregated posterior")).check()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("sampler=aggregated_posterior"))
    found = codes(page)
    assert len(found) == len(of_the_prior)
    typicality = checkpoints.load(NAME).load_latents().typicality(model(NAME).spec)
    assert typicality.log_density(found).mean() > typicality.log_density(of_the_prior).mean() + 5
    press(page, "Undo")
    assert torch.equal(codes(page), of_the_prior)
    expect(page.get_by_test_id("sampler")).to_have_attribute("data-sampler", "prior")
    press(page, "Redo")
    assert torch.equal(codes(page), found)
    expect(page).to_have_url(re.compile("sampler=aggregated_posterior"))
    link = parse_qs(urlparse(page.url).query)
    assert (link["seed"], link["sampler"]) == (["7"], ["aggregated_posterior"])
    page.reload(wait_until="commit")
    expect(page.get_by_test_id("sampler")).to_have_attribute("data-sampler", "aggregated_posterior")
    assert torch.equal(codes(page), found)
