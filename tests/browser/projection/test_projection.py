"""The Projection page in a real Chromium: selection, the way back, search by image, two maps, fits, links."""

import math
import re

import numpy as np
import pytest
import torch

from benchmarks.preparation import photo
from tests.browser.pages import assert_same_picture, button, shown
from tests.browser.projection.page import (
    DEEP,
    DIGITS,
    OnScreen,
    circle_of_fifty,
    fitted,
    latents,
    open_map,
    pad,
    pixels,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.latent.reconstruction import nearest
from vae_core.projections.faithfulness import inverse_error


def test_a_lasso_around_fifty_points_is_their_contact_sheet_mean_and_counts(visit, digits):
    page = open_map(visit, f"{DIGITS}&map=pca")
    centre, radius, expected = circle_of_fifty(fitted(DIGITS, "pca").flat)
    button(page, "Lasso").click()
    screen = OnScreen.of(page)
    around = [
        screen.at(centre + radius * torch.tensor([math.cos(a), math.sin(a)])) for a in np.linspace(0, 2 * math.pi, 90)
    ]
    page.mouse.move(*around[0])
    page.mouse.down()
    for at in around[1:]:
        page.mouse.move(*at)
    page.mouse.up()
    expect(page.get_by_test_id("selection-title")).to_have_text("50 images selected")
    sheet = page.get_by_test_id("contact-sheet")
    expect(sheet).to_have_attribute("data-count", "50")
    shown_digits = sheet.locator("canvas").evaluate_all(
        "all => all.filter(c => c.offsetParent)"
        ".map(c => [...c.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, i) => i % 4 === 0))"
    )
    assert np.array_equal(np.array(shown_digits).reshape(50, 8, 8), digits.test.x[expected, 0].numpy())
    mean = pixels(page.get_by_test_id("mean-image"))[..., 0]
    assert np.abs(mean - digits.test.x[expected, 0].float().mean(0).numpy()).max() <= 1
    counts = (
        page.get_by_test_id("class-counts")
        .locator("li")
        .evaluate_all("rows => rows.map(row => [Number(row.dataset.label), Number(row.dataset.count)])")
    )
    assert dict(counts) == {label: n for label, n in enumerate(digits.test.y[expected].bincount().tolist()) if n}
    assert "Originals" in page.locator(".pj-selection").inner_text()
    sheet.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("chosen")).to_contain_text(f"Image {expected[1]}")
    page.get_by_label("Name this group").fill("my fifty")
    button(page, "Keep").click()
    expect(page.get_by_text("Kept as “my fifty”, 50 images.")).to_be_visible()
    expect(page.get_by_test_id("selection-title")).to_have_text("50 images selected")  # nothing was lost by that
    button(page, "Keep").click()
    expect(page.get_by_text("There is already a group “my fifty”")).to_be_visible()


@pytest.mark.parametrize("method", ["umap", "pca"])
def test_a_click_on_empty_ground_is_taken_back_decoded_and_sent_on(page_at, method):
    page = open_map(page_at, f"{DEEP}&map={method}")
    screen = OnScreen.of(page)
    box = screen.box
    # Whole pixels where no point is near.
    steps = [part / 20 for part in range(1, 20)]
    grid = [
        (round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"]))
        for across in steps
        for down in steps
    ]
    places = torch.stack([screen.place(*at) for at in grid])
    lonely = int(torch.cdist(places, fitted(DEEP, method).flat).min(1).values.argmax())
    page.mouse.click(*grid[lonely])
    expect(page.get_by_test_id("chosen")).to_contain_text("A place on the map")
    error = "" if method == "pca" else f"with an error of {inverse_error(fitted(DEEP, method)):.0%}"
    expect(page.get_by_test_id("chosen")).to_contain_text(error or "exactly")
    z = shown(page)[1]
    expected = fitted(DEEP, method).inverse(places[lonely : lonely + 1])[0]
    assert z == pytest.approx(expected.tolist(), abs=0.01)
    assert_same_picture(page, DEEP)
    expect(page).to_have_url(re.compile(r"[?&]place="))
    link = page.get_by_role("link", name="Open in Explore").get_attribute("href")
    assert f"z={','.join(f'{value:g}' for value in z)}" in link
    page.reload()
    expect(page.get_by_test_id("chosen")).to_contain_text("A place on the map")
    assert shown(page)[1] == z
    near = ",".join(map(str, nearest(torch.tensor([z]), latents(DEEP), 10)[0].tolist()))
    expect(page.get_by_test_id("neighbours")).to_have_attribute("data-shown", near)


def test_an_uploaded_photo_lands_beside_its_like_and_a_bad_file_gets_a_sentence(page_at):
    page = open_map(page_at, f"{DEEP}&map=umap")
    index = (latents(DEEP).y == 0).nonzero()[3]
    image = checkpoints.load(DEEP).load_model().decode(latents(DEEP).posterior.mu[index])[0, 0]
    page.get_by_role("button", name="Your pictures").click()
    files = [("naught.jpg", photo(image, 4)), ("page.png", b"<!doctype html><p>no")]
    page.locator('input[type="file"]').set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in files]
    )
    refused = "page.png: That file is not a PNG, JPEG, WebP, BMP, GIF or AVIF picture (it looks like HTML)"
    expect(page.get_by_text(refused)).to_be_visible()
    expect(page.get_by_test_id("chosen")).to_contain_text("Your image naught.jpg")
    mine = page.get_by_test_id("own-picture")
    expect(mine).to_have_count(1)
    z = torch.tensor([shown(page)[1]])
    x, y = OnScreen.of(page).at(fitted(DEEP, "umap").transform(z)[0])
    at = mine.bounding_box()
    assert math.hypot(at["x"] + at["width"] / 2 - x, at["y"] + at["height"] / 2 - y) < 3
    near = nearest(z, latents(DEEP), 10)[0]
    expect(page.get_by_test_id("neighbours")).to_have_attribute("data-shown", ",".join(map(str, near.tolist())))
    assert (latents(DEEP).y[near] == 0).sum() >= 8
    assert_same_picture(page, DEEP)


def test_what_is_selected_on_one_map_stands_out_on_the_other(visit):
    page = open_map(visit, f"{DEEP}&beside=pca")
    other = pad(page, "b").locator("canvas")

    def strong() -> float:
        """The share of the other map's painted pixels that is not faint."""
        return other.evaluate(
            """canvas => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                const alpha = data.filter((_, i) => i % 4 === 3 && data[i] > 0);
                return alpha.filter((value) => value > 200).length / alpha.length;
            }"""
        )

    before = strong()
    button(page, "Box").click()
    screen = OnScreen.of(page)
    box = screen.box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.mouse.up()
    low = screen.place(box["x"] + 5, box["y"] + 0.5 * box["height"])
    high = screen.place(box["x"] + 0.5 * box["width"], box["y"] + 5)
    flat = fitted(DEEP, "umap").flat
    expected = int(((flat > low) & (flat < high)).all(1).sum())
    assert 0 < expected < len(flat)
    expect(page.get_by_test_id("selection-title")).to_have_text(f"{expected:,} images selected")
    page.wait_for_function("before => Number(document.querySelector('.pj').dataset.selected) > 0", arg=0)
    assert strong() < 0.8 * before
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("selection-title")).to_be_hidden()
    page.wait_for_function("() => document.querySelector('.pj').dataset.selected === '0'")


def test_a_map_is_fitted_cancelled_and_kept_for_the_next_visitor(open_page):
    page = open_map(open_page, f"{DIGITS}&map=tsne&fit=iterations:5000,perplexity:150")
    assert pad(page).get_attribute("data-map") == "pca"  # until there is another one
    button(page, "Fit t-SNE").click()
    button(page, "Cancel").click()
    expect(button(page, "Fit t-SNE")).to_be_visible()
    page = open_map(open_page, f"{DIGITS}&map=tsne&fit=iterations:250")
    button(page, "Fit t-SNE").click()
    expect(page.locator('[data-testid="projection-pad-a"][data-map="tsne"]')).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("believe")).to_contain_text(
        re.compile(r"trustworthiness 0\.\d+.*by the 8 nearest points")
    )
    page = open_map(open_page, f"{DIGITS}&map=tsne&fit=iterations:250")
    assert pad(page).get_attribute("data-map") == "tsne"
    expect(button(page, "Fit t-SNE")).to_have_count(0)


def test_a_link_carries_colours_window_and_settings(visit):
    page = open_map(visit, f"{DIGITS}&map=pca&color=typicality&window=-1,1,-1.5,0.5&example=7")
    assert pad(page).get_attribute("data-window") == "-1,1,-1.5,0.5"
    expect(page.get_by_test_id("color-by")).to_have_value("typicality")
    expect(page.get_by_test_id("color-scale")).to_contain_text("%")
    expect(page.get_by_test_id("chosen")).to_contain_text("Image 7")
    pad(page).focus()
    page.keyboard.press("+")
    page.keyboard.press("Enter")  # the nearest image: the one that is chosen
    expect(page.get_by_test_id("chosen")).to_contain_text("Image 7")
    page.get_by_test_id("color-by").select_option("kl")
    expect(page).to_have_url(re.compile("color=kl"))
    button(page, "Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    window = pad(page).get_attribute("data-window")
    assert "map=pca" in link and "color=kl" in link and f"window={window}" in link and "example=7" in link
    screen = OnScreen.of(page)
    box = screen.box
    page.mouse.move(*screen.at(fitted(DIGITS, "pca").flat[7]))
    expect(page.get_by_test_id("hover-picture")).to_contain_text("original")
    page.mouse.move(box["x"] + box["width"] + 60, box["y"])
    expect(page.get_by_test_id("hover-picture")).to_be_hidden()


def test_the_cloud_in_three_dimensions_tells_what_is_clicked(open_page):
    page = open_map(open_page, f"{DIGITS}&map=pca&dims=3")
    plot = page.locator(".js-plotly-plot[data-heard]")
    expect(plot).to_be_visible()
    plot.evaluate("plot => plot.emit('plotly_click', { points: [{ customdata: 12 }] })")
    expect(page.get_by_test_id("chosen")).to_contain_text("Image 12")
    assert_same_picture(page, DIGITS)
