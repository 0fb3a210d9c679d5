"""The Explore page's tools in a real Chromium: starting points, history, directions, play, and who reaches them how."""

import re

import numpy as np
import pytest
import torch

from tests.browser.engine.test_sampling import drawn
from tests.browser.pages import (
    CONDITIONAL,
    MLP,
    RESET,
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
    slider,
    type_number,
)
from tests.browser.waiting import expect
from tests.jobs.processes import until
from vae_core import checkpoints
from vae_core.latent.geometry import principal_directions
from vae_core.samplers import SAMPLERS, for_page

DEEP, AUTOENCODER = "mnist-vae-16d", "mnist-ae-2d"


def test_a_filmstrip_shows_what_lies_along_its_slider(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    button(page, "Random").click()
    expect(page.locator(".lx-strip").first).to_have_attribute("width", "210")
    strip = page.locator(".lx-strip").first
    expect(strip).to_have_attribute("width", "210")  # seven pictures of 28 pixels and a gap of 2 each
    low, high = (float(slider(page).get_attribute(name)) for name in ("min", "max"))
    dim = int(slider(page).get_attribute("data-dim"))

    def furthest_off():
        pixels = strip.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
        pixels = np.array(pixels).reshape(30, 210, 4)[1:29, :, 0]
        z = shown(page)[1]
        for i in (0, 3, 6):
            z[dim] = low + (i + 0.5) / 7 * (high - low)
            yield np.abs(pixels[:, 30 * i + 1 : 30 * i + 29] - decoded(MLP, z)[..., 0]).max()

    until(lambda: max(furthest_off()) <= 1.01)  # it is drawn anew after the large picture


def test_sliders_stand_in_the_order_of_their_kl_and_dead_ones_fold_away(page_at):
    page = page_at(f"/?checkpoint={DEEP}")
    kl = checkpoints.load(DEEP).load_latents().posterior.kl_per_dim().mean(0)
    order = kl.argsort(descending=True).tolist()
    dims = page.get_by_test_id("latent-slider").evaluate_all("all => all.map(s => Number(s.dataset.dim))")
    assert dims == order[: len(dims)] and len(dims) == 8
    dead = int((kl < 0.05).sum())
    assert dead > 0
    page.get_by_text(f"{dead} inactive dimensions").click()
    expect(page.get_by_test_id("latent-slider")).to_have_count(8 + dead)
    before = shown(page)[0]
    slider(page, 8).focus()
    page.keyboard.press("Shift+ArrowRight")
    assert np.abs(shown(page)[0] - before).max() < 40  # it carries nothing, so it changes next to nothing


def test_principal_directions_move_along_the_eigenvectors_of_the_encoded_data(page_at):
    page = page_at(f"/?checkpoint={DEEP}")
    open_menu(page, "View")
    frame, menu = (page.locator(css).first.bounding_box() for css in (".lx-explorer", ".lx-menu[open] > div"))
    assert menu["x"] >= frame["x"]  # the sidebar would hide what stands left of it
    button(page, "Principal directions").click()
    page.keyboard.press("Escape")
    z_before = np.array(shown(page)[1])
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.9, 0.5), moves=10)
    moved = np.array(shown(page)[1]) - z_before
    vector = principal_directions(checkpoints.load(DEEP).load_latents().posterior.mu)[0].vector.numpy()
    assert np.linalg.norm(moved) > 0.5
    assert abs(moved @ vector) / np.linalg.norm(moved) == pytest.approx(1, abs=1e-3)
    assert_same_picture(page, DEEP)
    open_menu(page, "View")
    button(page, "Dimensions").click()
    page.keyboard.press("Escape")


def test_the_range_can_be_three_sigma(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    open_menu(page, "View")
    button(page, "±3 σ").click()
    assert [slider(page).get_attribute(name) for name in ("min", "max")] == ["-3", "3"]
    button(page, "Data range").click()
    page.keyboard.press("Escape")


def test_undo_redo_and_two_remembered_points(visit):
    page = visit(f"/?checkpoint={MLP}&z=0,0")
    open_menu(page, "More")
    expect(button(page, "Undo")).to_be_disabled()
    points = [shown(page)[1]]
    for _ in range(2):
        button(page, "Random").click()
        points.append(shown(page)[1])
    press(page, "Undo")
    assert shown(page)[1] == points[1]
    page.keyboard.press("Control+z")
    assert shown(page)[1] == points[0]
    page.keyboard.press("Control+Shift+Z")
    assert shown(page)[1] == points[1]
    press(page, "Remember this point as A")
    press(page, "Redo")
    press(page, "Remember this point as B")
    button(page, "Go to the remembered point A").click()
    assert shown(page)[1] == points[1]
    button(page, "Go to the remembered point B").click()
    assert shown(page)[1] == points[2]


def test_a_seed_draws_the_same_point_again(page_at):
    page = page_at(f"/?checkpoint={DEEP}")
    button(page, "Random").click()
    seed = page.get_by_label("Seed of the random point").input_value()
    z = shown(page)[1]
    press(page, RESET)
    type_number(page, "Seed of the random point", seed)
    assert shown(page)[1] == z
    assert 2 < np.linalg.norm(z) < 7  # sixteen standard normals


def drawn_by_the_page(page, seeds):
    """The latent vectors that these seeds of Random give."""
    found = []
    for seed in seeds:
        before = canvas(page).get_attribute("data-z")
        type_number(page, "Seed of the random point", seed)
        expect(canvas(page)).not_to_have_attribute("data-z", before)
        found.append(shown(page)[1])
    return torch.tensor(found)


def drawn_here(name, seeds):
    sampled = for_page(SAMPLERS[name].config(), checkpoints.load(AUTOENCODER).load_latents().posterior)
    return torch.tensor(np.array([drawn(sampled, seed) for seed in seeds]), dtype=torch.float32)


def test_random_draws_where_the_codes_of_an_autoencoder_are_and_a_link_keeps_what_it_draws_from(visit):
    page, seeds = visit(f"/?checkpoint={AUTOENCODER}"), range(5)
    sampler = page.get_by_test_id("sampler")
    expect(sampler).to_have_attribute("data-sampler", "mixture")
    z = drawn_by_the_page(page, seeds)
    torch.testing.assert_close(z, drawn_here("mixture", seeds), rtol=0, atol=0.00051)
    assert_same_picture(page, AUTOENCODER)
    checkpoint = checkpoints.load(AUTOENCODER)
    typicality = checkpoint.load_latents().typicality(checkpoint.spec)
    assert typicality.percentile(z).median() > 25
    sampler.locator("summary").click()
    page.get_by_role("radio", name=re.compile("^Prior")).check()
    expect(sampler).to_contain_text("This model has no prior")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("sampler=prior"))
    other = drawn_by_the_page(page, seeds)
    torch.testing.assert_close(other, drawn_here("prior", seeds), rtol=0, atol=0.00051)
    assert typicality.log_density(other).mean() < typicality.log_density(z).mean() - 0.5
    button(page, "Copy link").click()
    link = page.evaluate("() => navigator.clipboard.readText()")
    visit(link)
    expect(sampler).to_have_attribute("data-sampler", "prior")
    assert shown(page)[1] == pytest.approx(other[-1].tolist())
    type_number(page, "Seed of the random point", seeds[0])
    assert shown(page)[1] == pytest.approx(other[0].tolist())


def test_an_example_starts_at_its_posterior_mean_and_is_marked(page_at):
    page = page_at(f"/?checkpoint={CONDITIONAL}")
    image = page.get_by_test_id("decoded-image")
    before = image.get_attribute("data-z")
    type_number(page, "Number of the held-out image", 12)
    expect(image).not_to_have_attribute("data-z", before)  # the examples come after the first picture
    latents = checkpoints.load(CONDITIONAL).load_latents()
    assert shown(page)[1] == pytest.approx(latents.posterior.mu[12].tolist(), abs=0.00051)
    expect(button(page, str(latents.y[12].item()))).to_have_attribute("aria-pressed", "true")
    mark, thumb = page.locator(".lx-mark").first.bounding_box(), slider(page).bounding_box()
    part = (mark["x"] + mark["width"] / 2 - thumb["x"]) / thumb["width"]
    low, high = (float(slider(page).get_attribute(name)) for name in ("min", "max"))
    dim = int(slider(page).get_attribute("data-dim"))
    assert part == pytest.approx((latents.posterior.mu[12, dim].item() - low) / (high - low), abs=0.05)


def test_play_sweeps_an_axis_and_stops(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    dim = int(slider(page).get_attribute("data-dim"))
    play = page.get_by_role("button", name=re.compile("^Play")).first
    begun = shown(page)[2]
    play.click()
    page.wait_for_function(
        "begun => document.querySelector('canvas[data-testid=decoded-image]').dataset.frames > begun + 20", arg=begun
    )
    expect(play).to_have_attribute("aria-pressed", "true")
    play.click()
    _, z, frames = shown(page)
    assert z[dim] != 0
    page.wait_for_timeout(300)
    assert shown(page)[2] == frames
    assert_same_picture(page, MLP)


def test_play_takes_still_steps_for_who_prefers_less_motion(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    page.emulate_media(reduced_motion="reduce")
    before = shown(page)[2]
    play = page.get_by_role("button", name=re.compile("^Play")).first
    play.click()
    page.wait_for_timeout(1200)
    assert 1 <= shown(page)[2] - before <= 4
    play.click()
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page_at, scheme):
    page = page_at(f"/?checkpoint={CONDITIONAL}")
    dress(page, scheme)
    assert_accessible(page)


def test_a_phone_keeps_the_picture_in_view_and_does_not_scroll_sideways(page_at):
    page = page_at(f"/?checkpoint={DEEP}")
    press(page, RESET)
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    slider(page, 6).scroll_into_view_if_needed()
    box = canvas(page).bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= 800 and box["width"] >= 250
    slider(page, 6).click(position={"x": 40, "y": 10})
    assert shown(page)[1] != [0] * 16


def test_projector_mode_enlarges_the_type(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    size = "() => parseFloat(getComputedStyle(document.querySelector('.lx-value')).fontSize)"
    before = page.evaluate(size)
    page.get_by_text("Projector mode").click()
    page.wait_for_function(f"before => ({size})() > 1.2 * before", arg=before)
    page.get_by_text("Projector mode").click()
    page.wait_for_function(f"before => ({size})() === before", arg=before)


def test_everything_can_be_reached_from_the_keyboard(page_at):
    page = page_at(f"/?checkpoint={CONDITIONAL}")
    page.get_by_role("combobox", name=re.compile("^Model")).focus()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
            )
        )
    for name in ("Random", "Example", "Copy link", "More", "3"):
        assert name in reached, sorted(str(each) for each in reached)
    page.locator("summary", has_text=re.compile("^More$")).focus()
    page.keyboard.press("Escape")  # if a test before has left it open
    page.keyboard.press("Enter")
    expect(page.get_by_label("Seed of the random point")).to_be_visible()
    at = ""
    while at != "View":
        page.keyboard.press("Tab")
        at = page.evaluate("() => document.activeElement.textContent")
        assert page.evaluate("() => Boolean(document.activeElement.closest('.lx-menu'))"), "in the menu"
    page.keyboard.press("Enter")
    expect(button(page, "Show timing")).to_be_visible()
    button(page, "Show timing").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("readout")).to_contain_text("ms each")
    page.keyboard.press("Escape")
    expect(button(page, "Show timing")).to_be_hidden()
