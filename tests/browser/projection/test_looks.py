"""How Projection looks: many classes, both themes, a phone."""

import pytest

from tests.browser.pages import assert_accessible, canvas, dress
from tests.browser.projection.page import DIGITS, open_map
from tests.browser.waiting import expect


def test_one_of_many_classes_stands_out_from_a_grey_ground(page_at):
    page = open_map(page_at, "letters-cvae&map=pca")
    chips = page.locator(".lm-legend button")
    expect(chips).to_have_count(62)
    drawn = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let [grey, green, other] = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4) {
            const [r, g, b, a] = data.subarray(i, i + 4);
            if (a < 40) continue;
            if (Math.max(r, g, b) - Math.min(r, g, b) < 12) grey++;
            else if (g > r && g > b) green++;
            else other++;
        }
        return [grey, green, other];
    }"""
    points = page.get_by_test_id("map-points")
    assert points.evaluate(drawn)[2] > 1000, "all colours"
    chips.nth(10).click()
    expect(page.locator(".lm-names span")).to_have_text(["A"])
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()].index("true") == 10
    grey, green, other = points.evaluate(drawn)
    assert grey > 1000 and green > 100 and other == 0
    assert_accessible(page, ".lm-legend")
    chips.nth(10).click()
    expect(chips.nth(10)).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("document.querySelectorAll('.lm-names span').length > 5")
    assert points.evaluate(drawn)[2] > 1000, "as before"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page_at, scheme):
    page = open_map(page_at, f"{DIGITS}&map=pca&beside=pca")
    dress(page, scheme)
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_test_id("selection-title")).to_have_text("50 images selected")
    assert_accessible(page)


def test_a_phone_does_not_scroll_sideways(page_at):
    page = open_map(page_at, f"{DIGITS}&map=pca&beside=pca")
    page.set_viewport_size({"width": 380, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 380")
    assert page.locator(".pj").evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    expect(canvas(page)).to_be_visible()
