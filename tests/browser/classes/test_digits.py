"""The Classes page in a real Chromium: style, classes, writing, mixtures, links."""

import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page

from tests.browser.pages import (
    CONDITIONAL,
    MLP,
    assert_accessible,
    button,
    canvas,
    drag,
    model,
    open_models,
    press,
    saved,
    shown,
    slider,
    type_number,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train

PATH = f"/digits?checkpoint={CONDITIONAL}"
Z = [0.5, -1.2, 0.3, 0.8, -0.4, 1.1, 0.2, -0.7]
STYLE = "&z=" + ",".join(map(str, Z))
PIXELS = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"


def decode(z: list[float], y: list[float]) -> np.ndarray:
    """What PyTorch decodes: [H, W] in 0..255, not rounded."""
    return 255 * model(CONDITIONAL).decode(torch.tensor([z]), torch.tensor([y], dtype=torch.float32))[0, 0].numpy()


def one_hot(label: int) -> list[float]:
    return [float(i == label) for i in range(10)]


def weights(page: Page) -> list[float]:
    return json.loads(canvas(page).get_attribute("data-y"))


def assert_large_picture(page: Page) -> None:
    pixels, z, _ = shown(page)
    assert np.abs(pixels[..., 0] - decode(z, weights(page))).max() <= 1


def row_frames(page: Page) -> int:
    return int(page.get_by_test_id("class-row").get_attribute("data-frames") or 0)


def wait_for_row(page: Page, z: list[float]) -> None:
    expect(page.get_by_test_id("class-row")).to_have_attribute("data-z", json.dumps(z, separators=(",", ":")))


def assert_row(page: Page) -> None:
    _, z, _ = shown(page)
    wait_for_row(page, z)
    pictures = page.get_by_test_id("class-row").locator("canvas").evaluate_all(f"all => all.map({PIXELS})")
    assert len(pictures) == 10
    for label, picture in enumerate(pictures):
        assert np.abs(np.array(picture).reshape(28, 28, 4)[..., 0] - decode(z, one_hot(label))).max() <= 1


def assert_written(page: Page, text: str) -> None:
    _, z, _ = shown(page)
    wait_for_row(page, z)
    strip = page.get_by_test_id("written")
    expect(strip).to_have_attribute("data-labels", json.dumps([int(c) for c in text], separators=(",", ":")))
    pixels = np.array(strip.evaluate(PIXELS)).reshape(28, 28 * len(text), 4)[..., 0]
    expected = np.hstack([decode(z, one_hot(int(c))) for c in text])
    assert np.abs(pixels - expected).max() <= 1


def test_dragging_the_pad_draws_every_move_and_the_row_follows(page_at):
    page = page_at(PATH)
    button(page, "Class 7").click()
    assert_large_picture(page)
    _, z_before, before = shown(page)
    rows = row_frames(page)
    drag(page, page.get_by_test_id("latent-pad").bounding_box(), (0.2, 0.3), (0.8, 0.9), moves=100)
    followed = row_frames(page) - rows
    _, z, after = shown(page)
    assert after - before >= 95
    assert sum(a != b for a, b in zip(z_before, z, strict=True)) == 2
    assert followed >= 3  # while dragging; on a busy machine the workers that draw the row skip most moves
    assert weights(page) == one_hot(7)
    assert_large_picture(page)
    assert_row(page)
    assert_written(page, "2026")
    drag(page, slider(page, 2).bounding_box(), (0.3, 0.5), (0.7, 0.5), moves=10)
    assert_large_picture(page)
    assert_row(page)


def test_a_class_in_the_row_becomes_the_large_one(page_at):
    page = page_at(PATH + STYLE)
    button(page, "Class 4").click()
    assert weights(page) == one_hot(4) and shown(page)[1] == Z
    expect(button(page, "Class 4")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert weights(page) == one_hot(5)
    assert_large_picture(page)
    expect(page).to_have_url(re.compile("y=5"))
    page.keyboard.press("Control+z")
    assert weights(page) == one_hot(4)


def test_a_text_is_written_in_the_style_and_saved(page_at):
    page = page_at(PATH + STYLE)
    assert_written(page, "2026")
    field = page.get_by_label("Write in this style")
    field.fill("31x4")
    expect(page.get_by_text("“x” cannot be drawn: this model knows 0, 1, 2")).to_be_visible()
    assert_written(page, "314")
    field.fill("99")
    assert_written(page, "99")
    image = np.array(Image.open(io.BytesIO(saved(page, "Save PNG"))).convert("L"))
    assert image.shape == (28 * 8, 2 * 28 * 8)
    assert np.abs(image[::8, ::8] - np.hstack([decode(Z, one_hot(9))] * 2)).max() <= 1
    field.fill("")
    expect(button(page, "Save PNG")).to_be_disabled()  # there is nothing but what stood there before


def test_half_way_between_two_classes_is_the_decode_of_the_mixed_condition(page_at):
    page = page_at(PATH + STYLE)
    button(page, "Between classes").click()
    expect(page.get_by_text("never trained on mixtures")).to_be_visible()
    page.get_by_label("From class").select_option("1")
    page.get_by_label("To class").select_option("8")
    place = page.get_by_label("Place on the mixture")
    place.fill("0.5")
    y = weights(page)
    assert y[1] == y[8] == 0.5 and sum(y) == 1 and shown(page)[1] == Z
    assert_large_picture(page)
    expect(page.get_by_test_id("honesty")).to_contain_text("Asked for 1 and 8 at once, it drew")
    before = shown(page)[2]
    drag(page, place.bounding_box(), (0.5, 0.5), (0.9, 0.5), moves=30)
    assert shown(page)[2] - before >= 10 and weights(page)[8] > 0.8
    assert_large_picture(page)
    button(page, "Play the mixture").click()
    expect(button(page, "Play the mixture")).to_have_attribute("aria-pressed", "true")
    button(page, "Play the mixture").click()
    film = Image.open(io.BytesIO(saved(page, "GIF")))
    assert film.n_frames >= 20
    film.seek(0)
    first = np.array(film.convert("L"), dtype=float)
    assert np.abs(first[5::10, 5::10] - decode(Z, one_hot(1))).max() <= 4  # a GIF's palette is coarser


def test_a_style_is_picked_from_the_grid(page_at):
    page = page_at(PATH)
    button(page, "Class 2").click()
    button(page, "Many styles").click()
    tile = button(page, "Style 12")
    expect(tile).to_have_attribute("data-z", re.compile(r"\["))
    tile_z = json.loads(tile.get_attribute("data-z"))
    pixels = np.array(tile.locator("canvas").evaluate(PIXELS)).reshape(28, 28, 4)[..., 0]
    assert np.abs(pixels - decode(tile_z, one_hot(2))).max() <= 1
    tile.click()
    assert shown(page)[1] == tile_z and weights(page) == one_hot(2)
    assert_large_picture(page)
    page.get_by_role("button", name=re.compile("^Along")).click()
    expect(tile).not_to_have_attribute("data-z", json.dumps(tile_z, separators=(",", ":")))
    expect(page.get_by_test_id("styles").get_by_role("button")).to_have_count(64)
    button(page, "Style").click()


def test_an_example_lends_its_style_and_the_class_stays(page_at):
    page = page_at(PATH)
    button(page, "Class 6").click()
    type_number(page, "Number of the held-out image", 12)
    latents = checkpoints.load(CONDITIONAL).load_latents()
    assert shown(page)[1] == pytest.approx(latents.posterior.mu[12].tolist(), abs=0.00051)
    assert weights(page) == one_hot(6)
    expect(page.get_by_text(f"The style of held-out image 12, which shows {latents.y[12].item()}")).to_be_visible()


def test_a_link_shows_the_same_style_mixture_and_text(open_page, visit):
    page = visit(f"{PATH}{STYLE}&y=3&to=5&mix=0.25&text=1977")
    y = weights(page)
    assert (y[3], y[5]) == (0.75, 0.25) and shown(page)[1] == Z
    assert_written(page, "1977")
    button(page, "Copy link").click()
    expect(button(page, "Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    fresh = open_page(link)
    assert weights(fresh) == y and (shown(fresh)[0] == shown(page)[0]).all()
    assert_written(fresh, "1977")
    press(fresh, "Open in Explore", "link")
    expect(fresh.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    expect(fresh.locator('canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert shown(fresh)[1] == Z


def test_2026_is_written_in_an_uploaded_style(visit):
    page = visit(PATH)
    ink = np.full((280, 280), 255, dtype=np.uint8)  # a dark seven on light paper
    source = decode([0.9, -0.5, 0.2, 0.4, 0.1, 0.6, -0.3, 0.8], one_hot(7))
    ink -= source.round().astype(np.uint8).repeat(10, 0).repeat(10, 1)
    file = io.BytesIO()
    Image.fromarray(ink).save(file, "PNG")
    before = shown(page)[1]
    button(page, "upload Use your own handwriting").or_(page.get_by_text("Use your own handwriting")).first.click()
    page.locator('input[type="file"]').set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.get_by_text("The style of your picture, as a 7.")).to_be_visible()
    pixels, z, _ = shown(page)
    assert z != before and weights(page) == one_hot(7)
    assert np.corrcoef(pixels[..., 0].ravel(), source.ravel())[0, 1] > 0.8
    assert_written(page, "2026")


def test_an_unconditional_model_gets_a_sentence_and_a_way_on(visit):
    page = visit(f"/digits?checkpoint={MLP}", wait_for="stAlert")
    expect(page.get_by_text("This model was not told which class an image has")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Handwritten digits by class, 8 numbers").click()
    expect(page.locator('canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    assert_large_picture(page)
    open_models(page)
    expect(page.get_by_role("option")).to_have_count(4)  # the others know no classes


def test_axe_finds_nothing_serious_in_any_tool(page_at):
    page = page_at(PATH)
    for tool in ("Style", "Many styles", "Between classes"):
        button(page, tool).click()
        assert_accessible(page)


def test_a_phone_keeps_the_picture_in_view_and_does_not_scroll_sideways(page_at):
    page = page_at(PATH)
    page.set_viewport_size({"width": 380, "height": 800})
    for tool in ("Many styles", "Between classes", "Style"):
        button(page, tool).click()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".dg").evaluate("node => node.scrollWidth <= node.clientWidth")
    slider(page, 1).scroll_into_view_if_needed()
    box = canvas(page).bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= 500 and box["width"] >= 250


CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat, long", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@pytest.fixture
def wardrobe(digits, app_runs) -> str:
    """The name of a conditional model whose classes have names of several characters, words, even a comma."""
    data = replace(digits, spec=replace(digits.spec, classes=CLOTHES))
    config = TrainConfig(network=mlp.Config(hidden=(16,)), latent_dim=3, epochs=1, conditional=True)
    records = list(train(config, data))
    history = [record.to_json() for record in records]
    checkpoints.save(app_runs / "wardrobe", records[-1].state.model.eval(), config, data, history)
    yield "wardrobe"
    shutil.rmtree(app_runs / "wardrobe")


def test_classes_with_long_names_are_lined_up_like_digits(open_page, wardrobe):
    page = open_page(f"/digits?checkpoint={wardrobe}&y=9")
    row = page.get_by_test_id("class-row")
    assert row.get_by_role("button").all_inner_texts() == list(CLOTHES)
    tops = row.locator("canvas").evaluate_all(
        "all => all.map(canvas => Math.round(canvas.getBoundingClientRect().top))"
    )
    assert len(set(tops)) == 1
    strip, field = page.get_by_test_id("written"), page.get_by_label("In a row, with commas between the classes")
    expect(strip).to_have_attribute("data-labels", "[0,1,2,3]")
    assert field.input_value() == "T-shirt/top, Trouser, Pullover, Dress"
    field.fill("ankle boot, Coat, long, SHIRT,t-shirt/top, Hat, Ankle, ")
    expect(strip).to_have_attribute("data-labels", "[9,4,6,0]")
    expect(page.get_by_text("“Hat”, “Ankle” cannot be drawn: this model knows T-shirt/top, Trouser")).to_be_visible()
    button(page, "Between classes").click()
    expect(page.get_by_text("The condition is 100% “Ankle boot” and 0% “Coat, long”.")).to_be_visible()
    page.get_by_text("Use your own picture").click()
    expect(page.get_by_text("A picture of one thing, drawn or photographed")).to_be_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert row.evaluate("all => [...all.children].every(node => node.scrollWidth <= node.clientWidth)")
    page.get_by_role("button", name="What is this?").click()  # nothing lies over it
    expect(page.get_by_text("variational autoencoder is told")).to_be_visible()
