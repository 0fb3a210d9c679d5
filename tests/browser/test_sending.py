"""Points that go from one page to another in a real Chromium: with a click the session stays, with a link the point."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import CONDITIONAL, MLP, assert_same_picture, open_menu, shown


def test_a_point_goes_from_explore_to_the_map_and_back_within_the_session(open_page):
    loads: list[str] = []
    page = open_page(f"/?checkpoint={MLP}&z=0.75,-1.25&example=7", on_request=loads.append)
    loads.clear()
    open_menu(page, "Send to")
    page.get_by_role("link", name="Show on the map").click()
    expect(page.get_by_role("heading", name="Latent map", exact=True)).to_be_visible()
    page.locator('.lm canvas[data-testid="decoded-image"][data-frames]').wait_for()
    assert shown(page)[1] == [0.75, -1.25]
    expect(page).to_have_url(re.compile(r"/latent_map\?.*example=7"))
    page.get_by_role("link", name="Open in Explore").click()
    page.locator('.lx-explorer canvas[data-testid="decoded-image"][data-frames]').wait_for()
    assert shown(page)[1] == [0.75, -1.25]
    # The browser stayed on its page all the while, and so in its session.
    assert not [url for url in loads if re.search(r"/(latent_map)?\?", url)]


@pytest.mark.parametrize("name", [MLP, CONDITIONAL])
def test_only_what_fits_the_model_is_offered(open_page, name):
    page = open_page(f"/?checkpoint={name}")
    open_menu(page, "Send to")
    expect(page.get_by_role("link", name="Show on the map")).to_be_visible()
    expect(page.get_by_role("link", name="Take its style to Digits")).to_have_count(int(name == CONDITIONAL))


def test_a_class_goes_along(open_page):
    page = open_page(f"/?checkpoint={CONDITIONAL}&y=7&z=1,0,0,0,0,0,0,0")
    open_menu(page, "Send to")
    link = page.get_by_role("link", name="Take its style to Digits")
    fresh = open_page(link.get_attribute("href"))
    assert_same_picture(fresh, CONDITIONAL, 7)
    link.click()
    expect(page.get_by_role("heading", name="Digits", exact=True)).to_be_visible()
    page.locator('.dg canvas[data-testid="decoded-image"][data-frames]').wait_for()
    assert_same_picture(page, CONDITIONAL, 7)
    assert shown(page)[1] == [1, 0, 0, 0, 0, 0, 0, 0]
