"""The Reconstruct page in a real Chromium: drawn, disturbed, hidden and completed, and on a phone."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from components.shared.bring import examples
from tests.browser.pages import (
    CONDITIONAL,
    CONV,
    assert_accessible,
    assert_same_picture,
    button,
    canvas,
    decoded,
    drag,
    dress,
    model,
    shown,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.kinds.image import as_float
from vae_core.latent.reconstruction import score

NAME = "mnist-vae-16d"
PATH = f"/reconstruct?checkpoint={NAME}"


def test_the_reconstruction_changes_before_the_stroke_ends(page_at):
    page = page_at(PATH)
    box = page.get_by_test_id("draw-pad").bounding_box()
    before = shown(page)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=20)
    middle = shown(page)
    assert_same_picture(page, NAME)
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], steps=60)
    during = shown(page)
    page.mouse.up()
    assert before[1] != middle[1] != during[1]
    assert during[2] - before[2] >= 76  # a picture for every event, or nearly
    assert_same_picture(page, NAME)
    page.get_by_role("button", name="Undo", exact=True).click()
    assert shown(page)[1] != during[1]
    button(page, "Clear").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("There is nothing in the image.")


def picture(page: Page, test_id: str) -> np.ndarray:
    """The pixels [H, W] of a grey canvas, in 0..255."""
    read = "node => [node.height, ...node.getContext('2d').getImageData(0, 0, node.width, node.height).data]"
    height, *data = page.get_by_test_id(test_id).first.evaluate(read)
    return np.array(data).reshape(height, -1, 4)[..., 0]


def take_example(page: Page, number: int) -> None:
    page.get_by_label("Number of the held-out image").fill(str(number))
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.lx-reconstruct[data-example="{number}"]')  # an original has to come first


def test_a_test_image_is_the_original_where_its_data_is_here(page_at, digits):
    page = page_at("/reconstruct?checkpoint=digits-vae-2d&example=4")
    expect(page.get_by_text("Test image", exact=True)).to_be_visible()
    for number in (4, 17):
        take_example(page, number)
        expected = digits.test.x[number, 0].numpy()
        page.wait_for_function(
            "want => { const { data } = document.querySelector('canvas[data-testid=\"input-image\"]')"
            ".getContext('2d').getImageData(0, 0, 8, 8); return want.every((value, i) => data[4 * i] === value); }",
            arg=expected.flatten().tolist(),
        )
    assert_same_picture(page, "digits-vae-2d")
    with torch.inference_mode():
        mu = model("digits-vae-2d").encode(as_float(digits.test.x[17:18])).mu[0]
    assert np.abs(mu.numpy() - shown(page)[1]).max() < 1e-3


def test_noise_and_blur_change_the_reconstruction_at_once(page_at):
    page = page_at(f"{PATH}&example=4")
    clean = picture(page, "input-image")
    button(page, "Add noise or blur").click()
    for name in ("strength", "blur"):
        before = shown(page)[1]
        slider = page.get_by_test_id(f"{name}-slider")
        slider.focus()
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        assert shown(page)[1] != before
    assert_same_picture(page, NAME)
    expect(page.get_by_test_id("scored")).to_contain_text("with Gaussian noise 0.50 and blur of 1.0 px")
    # What the model sees is what is shown, and the same strength is the same noise: nothing flickers.
    seen = picture(page, "input-image")
    with torch.inference_mode():
        mu = model(NAME).encode(torch.tensor(seen / 255).float()[None, None]).mu[0]
    assert np.abs(mu.numpy() - shown(page)[1]).max() < 0.05
    # What should come out is the clean picture, so the verdict is on that.
    explained = 1 - np.mean((clean - shown(page)[0][..., 0]) ** 2) / np.var(clean)
    share = f"{100 * explained:.0f}%" if explained > 0 else "none"
    expect(page.get_by_test_id("verdict")).to_contain_text(f"Explains {share} of the image's variation")
    expect(page.get_by_test_id("verdict")).to_contain_text(re.compile("^Under the noise is (a|some)"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert (picture(page, "input-image") == seen).all()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    button(page, "Masking").click()
    masked = picture(page, "input-image")
    touched = masked != clean
    assert (masked[touched] == 0).all() and touched.any()
    button(page, "As it is").click()
    assert (picture(page, "input-image") == clean).all()


COMPLETIONS = """() => [...document.querySelectorAll('canvas[data-testid="completion"]')].map((canvas) => ({
    pixels: [...canvas.getContext("2d").getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0),
    z: JSON.parse(canvas.dataset.z),
    nll: Number(canvas.dataset.nll),
}))"""


def completed(page: Page) -> list[dict]:
    expect(page.locator('.rc-completions[data-state="done"]')).to_be_visible()
    return page.evaluate(COMPLETIONS)


def test_a_hidden_half_is_completed_in_five_ways(page_at):
    page = page_at(f"{PATH}&example=4")
    take_example(page, 10)  # a 0, whose lower half encode-decode does not find
    x = picture(page, "input-image")
    button(page, "Hide a part").click()
    found = completed(page)
    assert len(found) == 5
    pictures = np.array([each["pixels"] for each in found]).reshape(5, 28, 28)
    assert np.abs(pictures[:, :14] - x[:14]).max() <= 1, "what is visible is the input's"
    assert np.abs(pictures[:, None, 14:] - pictures[None, :, 14:]).max((2, 3))[np.triu_indices(5, 1)].min() > 20
    # The page's completions against PyTorch: the same pixels and the same plausibility for the same z.
    target = torch.tensor(x / 255).float()[None, None]
    for each, drawn in zip(found, pictures, strict=True):
        with torch.inference_mode():
            logits = model(NAME).decode_logits(torch.tensor([each["z"]]))
        assert np.abs(255 * logits.sigmoid()[0, 0, 14:].numpy() - drawn[14:]).max() <= 1
        nll = model(NAME).likelihood.nll_per_value(logits, target)[..., :14, :].sum()
        assert each["nll"] == pytest.approx(nll.item(), rel=0.01)
    plain = model(NAME).reconstruct(target * (torch.arange(28) < 14)[:, None])[0, 0].detach().numpy()
    errors = ((pictures / 255 - x / 255)[:, 14:] ** 2).sum((1, 2))
    assert errors.min() < 0.5 * ((plain - x / 255)[14:] ** 2).sum()

    button(page, "Again").click()
    expect(page.locator('.rc-completions[data-state="busy"]')).to_have_count(0)
    assert completed(page)[0]["z"] != found[0]["z"]
    # A completion's point can be taken along.
    page.locator(".rc-card").nth(1).click()
    z = [round(value, 3) for value in completed(page)[1]["z"]]
    assert f"z={','.join(f'{value:g}' for value in z)}" in page.get_by_role(
        "link", name="Open in Explore"
    ).get_attribute("href")


def test_a_brush_hides_what_it_paints_over(page_at):
    page = page_at(f"{PATH}&example=4")
    button(page, "As it is").click()
    take_example(page, 17)
    x = picture(page, "input-image")
    button(page, "Hide a part").click()
    completed(page)
    button(page, "Show all").click()
    expect(page.get_by_text("Paint over a part of the image")).to_be_visible()
    frames = shown(page)[2]
    box = page.get_by_test_id("mask-pad").bounding_box()
    drag(page, box, (0.1, 0.5), (0.9, 0.5), moves=30)
    assert shown(page)[2] - frames >= 25, "the reconstruction follows the brush"
    found = completed(page)
    pictures = np.array([each["pixels"] for each in found]).reshape(5, 28, 28)
    assert np.abs(pictures[:, :10] - x[:10]).max() <= 1 and np.abs(pictures[:, 18:] - x[18:]).max() <= 1
    assert np.abs(pictures[:, 12:16, 4:24] - x[12:16, 4:24]).max() > 20


def test_a_point_sent_here_is_the_input(visit):
    z = [0.5, *[0.0] * 14, -1.25]
    page = visit(f"{PATH}&z={','.join(map(str, z))}")
    assert np.abs(picture(page, "input-image") - decoded(NAME, z)[..., 0]).max() <= 1
    assert_same_picture(page, NAME)


@pytest.mark.parametrize(("name", "label"), [(CONDITIONAL, True), (CONV, False)])
def test_conditional_and_larger_models_reconstruct_their_examples(page_at, name, label):
    page = page_at(f"/reconstruct?checkpoint={name}")
    page.get_by_role("radio", name="Test example").or_(page.get_by_text("Test example", exact=True)).first.click()
    expect(page.locator('.lx[data-mode="example"][data-example="0"]')).to_be_visible()
    y = json.loads(canvas(page).get_attribute("data-y")).index(1) if label else None
    assert_same_picture(page, name, y)
    checkpoint = checkpoints.load(name)
    latents = checkpoint.load_latents()
    given = latents.y[:1] if label else None
    here = examples.originals(checkpoint)  # the shapes are made on the fly
    x = checkpoint.load_model().decode(latents.posterior.mu[:1], given) if here is None else as_float(here[:1])
    expected = score(checkpoint.load_model(), x, torch.tensor([y]) if label else None)
    for key, value in (("nll", expected.nll), ("kl", expected.kl), ("neg_elbo", expected.neg_elbo)):
        assert float(page.get_by_test_id(f"score-{key}").text_content()) == pytest.approx(value.item(), rel=2e-3)
    link = page.get_by_role("link", name="Open in Explore").get_attribute("href")
    assert f"z={','.join(f'{value:g}' for value in shown(page)[1])}" in link
    if label:  # of half a picture the class is a guess, too, and each completion says its own
        button(page, "Hide a part").click()
        for each, card in zip(completed(page), page.locator(".rc-card strong").all_inner_texts(), strict=True):
            drawn = np.array(each["pixels"]).reshape(28, 28)
            assert np.abs(decoded(name, each["z"], int(card.split(" as ")[1]))[14:, :, 0] - drawn[14:]).max() <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page_at, scheme):
    page = page_at(f"/reconstruct?checkpoint={CONDITIONAL}")
    dress(page, scheme)
    for tool in ("As it is", "Add noise or blur", "Hide a part"):
        button(page, tool).click()
        assert_accessible(page)


def test_a_phone_does_not_scroll_sideways(page_at):
    page = page_at(PATH)
    page.set_viewport_size({"width": 380, "height": 800})
    for tool in ("As it is", "Add noise or blur", "Hide a part"):
        button(page, tool).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert page.locator(".lx-reconstruct").evaluate("node => node.scrollWidth <= node.clientWidth + 1"), tool
