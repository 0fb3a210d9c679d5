"""The Arithmetic page in a real Chromium: what lies between images, concepts, analogies, what is sent here."""

import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page

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
    open_menu,
    saved,
    shown,
    slider,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.latent.geometry import analogy, concept_vector, interpolate, slerp

DEEP = "mnist-vae-16d"
TWO = f"/arithmetic?checkpoint={DEEP}&points=e17~e4&at=0.3&way=spherical"
HAND_PICKED = f"/arithmetic?checkpoint={CONV}&mode=concept"


def stored(name: str, example: int) -> torch.Tensor:
    """A stored example's code, as precise as the page keeps it."""
    return (checkpoints.load(name).load_latents().posterior.mu[example] * 1000).round() / 1000


def slot_z(page: Page, letter: str) -> list[float]:
    return json.loads(page.get_by_test_id(f"slot-{letter}").get_attribute("data-z"))


def frames_of_strip(page: Page) -> np.ndarray:
    """The latent vectors of the filmstrip: [11, D]."""
    buttons = page.get_by_test_id("filmstrip").get_by_role("button")
    expect(buttons.last).to_have_attribute("data-z", re.compile("."))
    return np.array([json.loads(z) for z in buttons.evaluate_all("all => all.map(node => node.dataset.z)")])


def test_the_two_ways_are_those_of_the_core_and_a_link_shows_them_again(page_at, visit):
    page = page_at(TWO)
    a, b = stored(DEEP, 17), stored(DEEP, 4)
    assert frames_of_strip(page) == pytest.approx(slerp(a, b, 11).numpy(), abs=0.0011)
    assert shown(page)[1] == pytest.approx(slerp(a, b, 11)[3].tolist(), abs=0.0011)
    button(page, "Straight").click()
    expect(page.get_by_test_id("filmstrip").get_by_role("button").nth(5)).to_have_attribute(
        "data-z", re.compile(re.escape(f"[{interpolate(a, b, 11)[5][0]:.2f}"[:5]))
    )
    assert frames_of_strip(page) == pytest.approx(interpolate(a, b, 11).numpy(), abs=0.0011)
    button(page, "Add image").click()
    expect(page.get_by_test_id("slot-C")).to_be_visible()
    button(page, "Copy link").click()
    fresh = visit(page.evaluate("navigator.clipboard.readText()"))
    assert [slot_z(fresh, letter) for letter in "ABC"] == [slot_z(page, letter) for letter in "ABC"]
    assert (shown(fresh)[0] == shown(page)[0]).all()
    expect(page).to_have_url(re.compile("points=e17~e4~e"))
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("slot-C")).to_have_count(0)


def test_a_mean_is_that_of_the_codes_and_the_nearest_of_the_others_stands_beside_it(visit):
    page = visit(f"/arithmetic?checkpoint={DEEP}&mode=mean&points=e17~e4~e60")
    z = torch.stack([stored(DEEP, example) for example in (17, 4, 60)]).mean(0)
    assert shown(page)[1] == pytest.approx(z.tolist(), abs=0.0006)
    assert_same_picture(page, DEEP)
    away = (checkpoints.load(DEEP).load_latents().posterior.mu - torch.tensor(shown(page)[1])).norm(dim=1)
    away[[17, 4, 60]] = torch.inf
    expect(page.get_by_text(f"no. {int(away.argmin())}, ")).to_be_visible()
    expect(page.get_by_test_id("nearest")).to_have_attribute("data-frames", "1")


def test_a_palette_mixes_its_four_corners(page_at):
    page = page_at(f"/arithmetic?checkpoint={DEEP}&mode=palette&points=e17~e4~e9~e2&at=1")
    cells = page.get_by_test_id("palette").get_by_role("button")
    expect(cells.last).to_have_attribute("data-z", re.compile("."))
    found = np.array([json.loads(z) for z in cells.evaluate_all("all => all.map(node => node.dataset.z)")])
    a, b, c, d = (stored(DEEP, example) for example in (17, 4, 9, 2))
    left, right = slerp(a, c, 3), slerp(b, d, 3)
    expected = torch.stack([slerp(left[row], right[row], 3) for row in range(3)]).flatten(0, 1)
    assert found == pytest.approx(expected.numpy(), abs=0.0011)
    assert shown(page)[1] == pytest.approx(d.tolist(), abs=0.0011)  # as the link says
    cells.nth(4).click()
    assert_same_picture(page, DEEP)
    assert shown(page)[1] == pytest.approx(found[4].tolist())
    expect(page).to_have_url(re.compile("mode=palette.*at=0.5"))


@pytest.mark.parametrize("name", [DEEP, CONV])
def test_scrubbing_between_two_images_decodes_every_move(page_at, name):
    page = page_at(TWO if name == DEEP else HAND_PICKED)
    page.get_by_text("Between images", exact=True).click()
    expect(page.get_by_test_id("path-scrubber")).to_be_visible()
    assert_same_picture(page, name)
    before = shown(page)[2]
    drag(page, page.get_by_test_id("path-scrubber").bounding_box(), (0.1, 0.5), (0.8, 0.5))
    assert shown(page)[2] - before >= 0.95 * MOVES
    assert_same_picture(page, name)
    page.get_by_test_id("path-scrubber").press("End")
    assert shown(page)[1] == slot_z(page, "B")
    assert_same_picture(page, name)


def test_a_film_between_classes_is_saved_with_its_mixtures(visit):
    page = visit(f"/arithmetic?checkpoint={CONDITIONAL}&mode=between&points=e3y0~e8y6&at=0.5&way=linear")
    y = json.loads(canvas(page).get_attribute("data-y"))
    assert (y[0], y[6]) == (0.5, 0.5)
    expect(page.get_by_test_id("honesty")).to_contain_text("Asked for 0 and 6 at once, it drew")
    page.get_by_label("Frames of the film").fill("3")
    film = Image.open(io.BytesIO(saved(page, "GIF")))
    assert film.n_frames == 3
    ends = [(slot_z(page, "A"), 0), (slot_z(page, "B"), 6)]
    for frame, (z, label) in zip((0, 2), ends, strict=True):
        film.seek(frame)
        assert np.abs(np.asarray(film.convert("RGB"))[5::10, 5::10] - decoded(CONDITIONAL, z, label)).max() <= 3
    page.get_by_label("Class of the image").select_option("6")
    assert json.loads(canvas(page).get_attribute("data-y"))[6] == 1


def test_a_concept_of_two_classes_is_judged_and_moves_an_image(visit):
    page = visit(f"/arithmetic?checkpoint={DEEP}&mode=concept&points=e5&towards=c7&away=c1")
    latents = checkpoints.load(DEEP).load_latents()
    mu, y = latents.posterior.mu, latents.y
    vector = concept_vector(mu[y == 7], mu[y == 1])
    judged = page.get_by_test_id("reliability")
    expect(judged).to_contain_text(re.compile(r"AUC [01]\.\d\d"))
    first, second = mu[y == 7] @ vector, mu[y == 1] @ vector
    pairs = (first[:, None] > second[None]).double().mean().item()
    assert float(judged.get_attribute("data-auc")) == pytest.approx(pairs, abs=0.02)
    expect(page.get_by_test_id("side-effects")).to_contain_text(re.compile("% then look like 7.*Side effects"))
    before = shown(page)[2]
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.7, 0.5))
    _, z, after = shown(page)
    assert after - before >= 0.95 * MOVES
    moved, start = torch.tensor(z), stored(DEEP, 5)
    strength = ((moved - start) @ vector / vector.square().sum()).item()
    assert 0.5 < strength < 1.2
    torch.testing.assert_close(moved, start + strength * vector, atol=0.002, rtol=0)
    assert_same_picture(page, DEEP)
    page.get_by_label("Away from").select_option("c4")
    expect(page.get_by_test_id("side-effects")).to_contain_text("images of “4”")
    expect(page).to_have_url(re.compile("away=c4"))
    assert_same_picture(page, DEEP)


def test_a_concept_of_a_hand_picked_group_is_kept_saved_and_loaded(page_at, visit):
    page = page_at(HAND_PICKED)
    page.get_by_text("Concept vector", exact=True).click()
    page.get_by_text("Pick a group by hand").click()
    sheet = page.get_by_role("group", name="Pick images for a group")
    expect(sheet.get_by_role("button", name="Example").first).to_have_attribute(
        "aria-label", re.compile(r"Example \d+, ")
    )
    for i in range(4):
        sheet.get_by_role("button").nth(i).click()
    expect(page.get_by_text("4 picked")).to_be_visible()
    page.get_by_label("Name of the group").fill("my *own*")
    button(page, "Name this group").click()
    expect(page.get_by_text("“my own” has 4 images")).to_be_visible()
    page.get_by_label("Towards").select_option("gmy own")
    expect(page.get_by_test_id("reliability")).to_contain_text("Too few images to be sure.")
    page.get_by_label("Name of the concept").fill("mine")
    button(page, "Keep").click()
    expect(page.get_by_text("Kept as “mine”.")).to_be_visible()
    page.get_by_label("Concept", exact=True).select_option("smine")
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    moved = shown(page)[1]
    file = saved(page, "Save as file")
    assert json.loads(file)["checkpoint"] == CONV

    fresh = visit(HAND_PICKED)

    def load(content: bytes) -> None:
        upload = {"name": "concept.json", "mimeType": "application/json", "buffer": content}
        fresh.locator('input[type="file"][accept*="json"]').set_input_files(upload)

    fresh.get_by_text("Load a concept").click()
    load(json.dumps(json.loads(file) | {"checkpoint": DEEP}).encode())
    expect(fresh.get_by_text(f"That concept belongs to the model {DEEP}")).to_be_visible()
    load(file)
    expect(fresh.get_by_text("“mine” is in the list of concepts.")).to_be_visible()
    fresh.keyboard.press("Escape")
    expect(fresh.get_by_label("Concept", exact=True)).to_have_value("smine")
    slider(fresh).focus()
    fresh.keyboard.press("ArrowRight")
    assert shown(fresh)[1] == moved
    assert_same_picture(fresh, CONV)


def test_an_analogy_is_the_sum_and_follows_its_images(visit):
    page = visit(f"/arithmetic?checkpoint={DEEP}&mode=analogy&points=e17~e4~e30")
    expected = analogy(*(stored(DEEP, example) for example in (17, 4, 30)))
    assert shown(page)[1] == pytest.approx(expected.tolist(), abs=0.0011)
    assert_same_picture(page, DEEP)
    mu = checkpoints.load(DEEP).load_latents().posterior.mu
    nearest = (mu - torch.tensor(shown(page)[1])).norm(dim=1).argmin().item()
    expect(page.get_by_test_id("nearest")).to_have_attribute("data-example", str(nearest))
    page.get_by_test_id("slot-C").click()
    open_menu(page, "Choose")
    page.get_by_label("Number of the held-out image").fill("8")
    page.keyboard.press("Enter")
    expected = analogy(*(stored(DEEP, example) for example in (17, 4, 8)))
    assert shown(page)[1] == pytest.approx(expected.tolist(), abs=0.0011)
    expect(page.get_by_test_id("honesty")).to_contain_text("of the held-out images")


def test_a_point_sent_from_explore_arrives_as_a_and_the_session_goes_along(open_page):
    page = open_page(f"/?checkpoint={CONDITIONAL}&y=4&z=1,0.5,0,0,0,0,0,0")
    open_menu(page, "Send to")
    page.get_by_role("link", name="Use as A").click()
    expect(page.get_by_role("heading", name="Arithmetic", exact=True)).to_be_visible()
    expect(page.locator('.ar canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert slot_z(page, "A") == [1, 0.5, 0, 0, 0, 0, 0, 0]
    expect(page.get_by_test_id("slot-A")).to_contain_text("4")
    b = slot_z(page, "B")
    expect(page).to_have_url(re.compile(r"points=1(,|%2C)0\.5.*y4(~|%7E)e"))
    page.get_by_text("Analogy", exact=True).click()
    expect(page.get_by_test_id("slot-C")).to_be_visible()
    assert slot_z(page, "A") == [1, 0.5, 0, 0, 0, 0, 0, 0]
    page.get_by_role("link", name="Open in Explore").click()
    expect(page.locator('.lx-explorer canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    open_menu(page, "Send to")
    page.get_by_role("link", name="Use as B").click()
    expect(page.locator('.ar canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert slot_z(page, "A") == [1, 0.5, 0, 0, 0, 0, 0, 0] and slot_z(page, "B") != b


def test_a_wrong_link_gets_a_sentence_and_a_working_page(visit):
    """More of them: tests/test_pages.py."""
    page = visit(f"/arithmetic?checkpoint={MLP}&points=1,2,3~0,0&way=up&at=x")
    for sentence in ("Not all of the link's points fit", "spherical or linear", "link's at"):
        expect(page.get_by_text(sentence)).to_be_visible()
    assert_same_picture(page, MLP)
    page.get_by_text("Concept vector", exact=True).click()
    page.get_by_label("Towards").select_option("c1")
    page.get_by_label("Away from").select_option("c1")
    expect(page.get_by_text("Those are the same group")).to_be_visible()


def test_axe_finds_nothing_serious_and_a_phone_does_not_scroll_sideways(visit):
    page = visit(f"/arithmetic?checkpoint={MLP}&mode=concept")
    for name in ("Concept vector", "Analogy", "Between images"):
        page.get_by_text(name, exact=True).click()
        expect(page.locator(f'.ar[data-mode="{name.split()[0].lower()}"] canvas[data-frames]')).to_be_visible()
        assert_accessible(page)
        page.set_viewport_size({"width": 380, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".ar").evaluate("node => node.scrollWidth <= node.clientWidth")
        page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="What is this?").click()  # nothing lies over it
    expect(page.get_by_text("concept vector: what makes one kind")).to_be_visible()


def test_an_uploaded_picture_takes_a_place_and_leaves_it_to_the_next(page_at):
    page = page_at(TWO)
    page.get_by_test_id("slot-A").click()
    ink = 255 - decoded(DEEP, stored(DEEP, 30).tolist()).round().astype(np.uint8)  # dark on light, as on paper
    file = io.BytesIO()
    Image.fromarray(ink.repeat(10, 0).repeat(10, 1)).save(file, "PNG")
    page.get_by_text("Use your own picture").click()
    upload = {"name": "own.png", "mimeType": "image/png", "buffer": file.getvalue()}
    page.locator('input[type="file"]').set_input_files(upload)
    expect(page.get_by_test_id("slot-A")).to_contain_text("your image")
    page.keyboard.press("Escape")
    own = slot_z(page, "A")
    again = decoded(DEEP, own)
    assert np.corrcoef(again.ravel(), 255.0 - ink.ravel())[0, 1] > 0.8
    open_menu(page, "Choose")
    page.get_by_label("Number of the held-out image").fill("8")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("points=e8(~|%7E)e4"))
    page.get_by_text("Analogy", exact=True).click()
    expect(page.get_by_test_id("slot-A")).to_contain_text("your image")
    page.get_by_text("Between images", exact=True).click()
    expect(page.get_by_test_id("slot-C")).to_have_count(0)
    expect(page.get_by_test_id("slot-A")).to_contain_text("no. 8")


def test_a_group_named_on_the_projection_makes_a_concept_here(visit):
    page = visit(f"/projection?checkpoint={DEEP}&example=0")
    button(page, "Select").click()
    page.get_by_label("Name this group").fill("like the first")
    button(page, "Keep").click()
    expect(page.get_by_text("Kept as “like the first”")).to_be_visible()
    page.get_by_role("link", name="Arithmetic").click()
    page.get_by_text("Concept vector", exact=True).click()
    page.get_by_label("Towards").select_option("glike the first")
    expect(page.get_by_test_id("side-effects")).to_contain_text("then look like 7")  # the first example is a 7
    assert float(page.get_by_test_id("reliability").get_attribute("data-auc")) > 0.95
