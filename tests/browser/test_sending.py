"""Points that go from one page to another in a real Chromium: with a click the session stays, with a link the point."""

import json
import re

import numpy as np

from tests.browser.pages import CONDITIONAL, MLP, assert_same_picture, decoded, open_menu, shown
from tests.browser.waiting import expect


def test_a_point_goes_from_explore_to_the_map_and_back_within_the_session(open_page):
    loads: list[str] = []
    page = open_page(f"/?checkpoint={MLP}&z=0.75,-1.25&example=7", on_request=loads.append)
    loads.clear()
    open_menu(page, "Send to")
    expect(page.get_by_role("link", name="Take its style to Digits")).to_have_count(0)  # it knows no classes
    page.get_by_role("link", name="Show on the map").click()
    expect(page.get_by_role("heading", name="Latent map", exact=True)).to_be_visible()
    expect(page.locator('.lm canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert shown(page)[1] == [0.75, -1.25]
    expect(page).to_have_url(re.compile(r"/latent_map\?.*example=7"))
    page.get_by_role("link", name="Open in Explore").click()
    expect(page.locator('.lx-explorer canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert shown(page)[1] == [0.75, -1.25]
    # The browser stayed on its page all the while, and so in its session.
    assert not [url for url in loads if re.search(r"/(latent_map)?\?", url)]


def test_a_class_goes_along(open_page):
    page = open_page(f"/?checkpoint={CONDITIONAL}&y=7&z=1,0,0,0,0,0,0,0")
    open_menu(page, "Send to")
    link = page.get_by_role("link", name="Take its style to Digits")
    fresh = open_page(link.get_attribute("href"))
    assert_same_picture(fresh, CONDITIONAL, 7)
    link.click()
    expect(page.get_by_role("heading", name="Digits", exact=True)).to_be_visible()
    expect(page.locator('.dg canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert_same_picture(page, CONDITIONAL, 7)
    assert shown(page)[1] == [1, 0, 0, 0, 0, 0, 0, 0]


def test_what_is_offered_shows_the_point(open_page):
    z = [0.5, -0.25, 0.1, 0, 0, 0.3, 0, 0]
    page = open_page(f"/?checkpoint={CONDITIONAL}&y=3&z={','.join(map(str, z))}")
    links = page.locator("a.lx-link")
    addresses = {link.get_attribute("data-to"): link.get_attribute("href") for link in links.all()}
    assert set(addresses) == {"map", "projection", "reconstruct", "digits", "a", "b"}
    fresh = open_page(addresses["projection"])  # the other pages are tested above, and A with theirs
    assert shown(fresh)[1] == z
    assert_same_picture(fresh, CONDITIONAL, 3)
    fresh.close()
    fresh = open_page(addresses["b"])
    assert json.loads(fresh.get_by_test_id("slot-B").get_attribute("data-z")) == z
    expect(fresh.get_by_test_id("slot-B")).to_contain_text("3")
    fresh.close()
    fresh = open_page(addresses["reconstruct"])
    pixels = fresh.get_by_test_id("input-image").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    assert np.abs(np.array(pixels).reshape(28, 28, 4)[..., :3] - decoded(CONDITIONAL, z, 3)).max() <= 1
