"""Compare with three shipped models in a real Chromium: one example, noise and seed in each, and their metrics."""

import json

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page

from tests.browser.draws import drawn
from tests.browser.pages import assert_accessible, button, dress, model
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.kinds.image import as_float
from vae_core.samplers import SAMPLERS, for_page

NAMES = ("mnist-vae-2d", "mnist-vae-16d", "mnist-denoising")
PATH = f"/compare?runs={','.join(NAMES)}&example=3"
PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""

AT = """([name, first]) => {
    const { z } = document.querySelector(`canvas[data-testid="decoded-image"][data-model="${name}"]`).dataset;
    return Math.abs(JSON.parse(z)[0] - first) < 1e-4;
}"""


@pytest.fixture
def page(page_at) -> Page:
    page = page_at(PATH)
    button(page, "Reconstruction").click()
    return page


def picture(page: Page, name: str) -> Locator:
    return page.locator(f'canvas[data-testid="decoded-image"][data-model="{name}"]')


def pixels(canvas: Locator) -> np.ndarray:
    return np.array(canvas.evaluate(PIXELS)).reshape(28, 28, 4)[..., 0]


def z_of(page: Page, name: str) -> torch.Tensor:
    return torch.tensor([json.loads(picture(page, name).get_attribute("data-z"))])


def frames(page: Page) -> list[int]:
    return [int(picture(page, name).get_attribute("data-frames")) for name in NAMES]


def seen(page: Page) -> dict:
    return json.loads(page.locator(".cp").get_attribute("data-seen"))


def go_to(page: Page, example: int) -> torch.Tensor:
    """Choose an example by its number; returns it [1, 1, 28, 28]."""
    field = page.get_by_label("Number of the held-out image")
    field.fill(str(example))
    field.press("Enter")
    expect(page.get_by_test_id("input-words")).to_contain_text(f"Held-out image {example}")
    return as_float(checkpoints.load(NAMES[0]).load_originals()[example : example + 1])


def test_each_model_reconstructs_the_same_example_as_pytorch_does(page):
    x = go_to(page, 5)
    assert np.abs(pixels(page.get_by_test_id("input-image")) - 255 * x[0, 0].numpy()).max() <= 1
    for name in NAMES:
        mu = model(name).encode(x).mu
        assert torch.allclose(z_of(page, name), mu, atol=1e-3)
        assert np.abs(pixels(picture(page, name)) - 255 * model(name).decode(mu)[0, 0].numpy()).max() <= 1
    again = {name: model(name).decode(model(name).encode(x).mu) for name in NAMES}
    for name, shown in again.items():
        psnr = -10 * (shown - x).square().mean().log10().item()
        column = page.locator(f'.cp-column[data-model="{name}"]')
        expect(column.get_by_test_id("column-words")).to_have_text(f"PSNR {psnr:.1f} dB")


def test_a_drag_on_the_noise_redraws_every_model_before_the_pointer_lifts(page):
    go_to(page, 3)
    button(page, "Noise").click()
    slider = page.get_by_test_id("strength-slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    at = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"], at)
    page.mouse.down()
    before, clean = frames(page), z_of(page, NAMES[2])
    for part in (0.3, 0.5, 0.7):
        page.mouse.move(box["x"] + part * box["width"], at, steps=3)
    page.wait_for_function(
        "strength => JSON.parse(document.querySelector('.cp').dataset.seen).strength > strength", arg=0.6
    )
    held = frames(page)
    assert all(after > first for first, after in zip(before, held, strict=True)), "the button is still down"
    assert not torch.allclose(z_of(page, NAMES[2]), clean, atol=1e-2)
    page.mouse.up()
    page.wait_for_url("**show=noise*strength=0.7*")

    # The model that was trained to clean comes nearest.
    words = [
        page.locator(f'.cp-column[data-model="{name}"]').get_by_test_id("column-words").inner_text() for name in NAMES
    ]
    levels = [float(each.removeprefix("PSNR ").removesuffix(" dB")) for each in words]
    assert max(levels) == levels[2]


def test_the_same_seed_and_the_same_place_in_each_model(page):
    button(page, "Samples").click()
    field = page.get_by_label("Seed of the samples")
    field.fill("7")
    field.press("Enter")
    flat, deep, other = (z_of(page, name)[0] for name in NAMES)
    assert torch.equal(flat, deep[:2]) and torch.equal(deep, other)

    button(page, "Traversal").click()
    button(page, "z = 0").click()
    page.get_by_test_id("dimension").select_option("1")
    slider = page.get_by_test_id("place-slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".cp-place output")).to_have_text("−3.00 σ")
    assert [z_of(page, name)[0, 1].item() for name in NAMES] == [-3.0] * 3
    page.get_by_test_id("dimension").select_option("5")
    expect(page.locator(f'.cp-column[data-model="{NAMES[0]}"] .lx-hint')).to_have_text("It has 2 dimensions.")
    button(page, "The example").click()


def test_each_model_draws_from_its_own_fit_of_the_sampler_that_is_chosen(page):
    button(page, "Samples").click()
    field = page.get_by_label("Seed of the samples")
    field.fill("7")
    field.press("Enter")
    page.wait_for_url("**seed=7*")
    assert "sampler=" not in page.url, "the prior is usual for all three"
    for sampler in ("aggregated_posterior", "prior"):
        page.get_by_test_id("sampler").locator("summary").click()
        page.locator(f'input[value="{sampler}"]').check()
        for name in NAMES:
            codes = checkpoints.load(name).load_latents().posterior
            expected = drawn(for_page(SAMPLERS[sampler].config(), codes), 7)
            page.wait_for_function(AT, arg=[name, expected[0]])
            np.testing.assert_allclose(z_of(page, name)[0], expected, rtol=1e-5, atol=1e-6)
        if sampler != "prior":
            page.wait_for_url(f"**sampler={sampler}*")
            page.reload()  # a session of its own, which has but the link
            expect(page.get_by_test_id("sampler")).to_have_attribute("data-sampler", sampler)
            page.wait_for_function(AT, arg=[NAMES[-1], expected[0]])
    page.wait_for_function("!location.search.includes('sampler=')")


def test_a_press_on_a_latent_plane_takes_the_example_there_in_every_model(page):
    go_to(page, 0)
    surface = page.locator('.cp-surface[data-model="mnist-vae-2d"]')
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.wait_for_function("JSON.parse(document.querySelector('.cp').dataset.seen).example !== 0")
    example = seen(page)["example"]
    mu = checkpoints.load(NAMES[1]).load_latents().posterior.mu[example]
    assert torch.allclose(z_of(page, NAMES[1])[0], mu, atol=0.05), "as the checkpoint has stored it"


def test_columns_are_accessible_in_both_schemes(page):
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)
    dress(page, "light")


def test_the_table_marks_the_best_of_the_three(page):
    button(page, "Metrics").or_(page.get_by_role("radio", name="Metrics")).first.click()
    table = page.locator("table").first
    expect(table).to_contain_text("NLL, nats/image")
    cells = table.evaluate("table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))")
    rows = {title: own[:3] for title, *own in cells}
    for title, key, pick in (("−ELBO, nats/image", "elbo", max), ("NLL, nats/image", "nll", min)):
        values = [checkpoints.load(name).metrics[key] for name in NAMES]
        assert ["★" in cell for cell in rows[title]] == [value == pick(values) for value in values]
    assert rows["KL, nats/image"] == [f"{checkpoints.load(name).metrics['kl']:.4g}" for name in NAMES]
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)
    button(page, "Side by side").or_(page.get_by_role("radio", name="Side by side")).first.click()
    expect(picture(page, NAMES[0])).to_be_visible()
