"""The encoded images on the Latent map: points, contours, posteriors; and the planes of larger latent spaces."""

import re
import tomllib

import numpy as np
import pytest

from tests.browser.conftest import ROOT
from tests.browser.maps import DEEP, LINEAR, ellipse_size, latents, lonely, pad, place_of, tiles, window
from tests.browser.pages import (
    MLP,
    assert_same_picture,
    button,
    decoded,
    drag,
    open_menu,
    shown,
)
from tests.browser.waiting import expect
from vae_core.latent.geometry import principal_directions

# The encoded images


def test_points_have_their_class_colour_and_classes_can_be_hidden(page_at):
    page = page_at(f"{LINEAR}&layers=points")
    y, mu = latents(MLP).y, latents(MLP).posterior.mu
    colors = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]["chartCategoricalColors"]
    left, right, bottom, top = window(page)

    def color_at(point) -> list[int]:
        x, y = (point[0] - left) / (right - left), (top - point[1]) / (top - bottom)
        script = """(c, [x, y]) => [...c.getContext("2d").getImageData(
            Math.round(x * c.width), Math.round(y * c.height), 1, 1).data]"""
        return page.get_by_test_id("map-points").evaluate(script, [float(x), float(y)])

    for label in (1, 4):
        own = lonely(page, label)
        assert color_at(mu[own].tolist()) == [*bytes.fromhex(colors[y[own]][1:]), 255]
        button(page, str(label)).click()
        page.wait_for_timeout(100)
        assert color_at(mu[own].tolist())[3] == 0
        expect(page.locator(f'.lm-names [data-label="{label}"]')).to_have_count(0)
    expect(page.locator(".lm-names span")).to_have_count(8)
    button(page, "1").click()
    button(page, "4").click()
    expect(page.locator(".lm-names span")).to_have_count(10)


def test_contours_enclose_the_share_of_their_class_that_they_say(page_at):
    page = page_at(f"{LINEAR}&layers=points")
    for name in ("Points", "Contours"):
        button(page, name).click()
    module = page.evaluate(
        "() => performance.getEntriesByType('resource').find(r => /contours[.]js/.test(r.name)).name"
    )
    mu, y = latents(MLP).posterior.mu, latents(MLP).y
    own = mu[y == 0]
    script = """async ([module, x, y]) => {
        const { classContours } = await import(module);
        return classContours({ x, y, labels: x.map(() => 0), classes: 1 })[0].map(line => [...line]); }"""
    lines = page.evaluate(script, [module, own[:, 0].tolist(), own[:, 1].tolist()])
    for pieces, share in zip(lines, (0.9, 0.5), strict=True):
        x0, y0, x1, y1 = np.array(pieces).reshape(-1, 4).T
        # Even-odd rule: a ray to the right of a point inside crosses the lines an odd number of times.
        px, py = own[:, :1].numpy(), own[:, 1:].numpy()
        crosses = ((y0 > py) != (y1 > py)) & (px < x0 + (py - y0) / np.where(y1 == y0, 1, y1 - y0) * (x1 - x0))
        assert (crosses.sum(1) % 2).mean() == pytest.approx(share, abs=0.05)
    expect(page.locator(".lm-names span")).to_have_count(10)
    for name in ("Points", "Contours"):
        button(page, name).click()


def test_clicking_near_a_point_chooses_that_image_whose_posterior_is_shown_and_drawn_from(page_at):
    page = page_at(f"{LINEAR}&layers=points")
    posterior, index = latents(MLP).posterior, lonely(page)
    mean, sigma = posterior.mu[index].numpy(), (posterior.logvar[index] / 2).exp().numpy()
    x, y = place_of(page, mean)
    page.mouse.click(x + 4, y + 3)
    expect(page).to_have_url(re.compile(f"example={index}"))
    assert shown(page)[1] == pytest.approx(mean.tolist(), abs=0.00051)
    assert_same_picture(page, MLP)
    expect(page.get_by_role("status").filter(has_text=f"Held-out image {index}")).to_be_visible()
    for times in (1, 2):
        assert ellipse_size(page, times) == pytest.approx((times * sigma).tolist(), rel=0.01)
    page.get_by_label("Seed of the draw").fill("7")
    page.keyboard.press("Enter")
    first = shown(page)[1]
    assert first != pytest.approx(mean.tolist(), abs=0.00051)
    assert_same_picture(page, MLP)
    draws = []
    for _ in range(25):
        button(page, "Resample").click()
        draws.append(shown(page)[1])
    scaled = (np.array(draws) - mean) / sigma
    assert np.abs(scaled.mean(0)).max() < 0.9 and 0.5 < scaled.std(0).min() < scaled.std(0).max() < 1.6
    expect(page.locator('[data-testid="posterior-draws"] circle')).to_have_count(26)
    page.get_by_label("Seed of the draw").fill("7")
    page.keyboard.press("Enter")
    assert shown(page)[1] == first


# Larger latent spaces


def test_two_chosen_dimensions_or_principal_directions_of_many(visit):
    page = visit(f"/latent_map?checkpoint={DEEP}&example=3&grid=3&spacing=linear")
    page.get_by_test_id("axis-0").select_option("2")
    page.get_by_test_id("axis-1").select_option("5")
    expect(pad(page)).to_have_attribute("data-axes", "2,5")
    z_before = shown(page)[1]
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.7, 0.4), moves=10)
    _, z, _ = shown(page)
    assert [i for i in range(16) if z[i] != z_before[i]] == [2, 5]
    left, right, bottom, top = window(page)
    z[2], z[5] = left + (right - left) / 6, bottom + (top - bottom) / 2
    open_menu(page, "View")
    button(page, "Show all").click()
    assert np.abs(tiles(page)[1, 0, ..., :3] - decoded(DEEP, z)).max() <= 1.01
    sigma = (latents(DEEP).posterior.logvar[3] / 2).exp()
    assert ellipse_size(page, 2) == pytest.approx([2 * sigma[2].item(), 2 * sigma[5].item()], rel=0.02)
    page.keyboard.press("Escape")
    page.get_by_test_id("axis-0").select_option("pc2")  # the other axis follows: a dimension would be no right angle
    expect(pad(page)).to_have_attribute("data-axes", "pc2,pc1")
    z_before = np.array(shown(page)[1])
    drag(page, pad(page).bounding_box(), (0.3, 0.4), (0.7, 0.8), moves=10)
    moved = np.array(shown(page)[1]) - z_before
    posterior = latents(DEEP).posterior
    vectors = np.stack([principal_directions(posterior.mu)[i].vector.numpy() for i in (1, 0)])
    inside = vectors.T @ (vectors @ moved)
    assert np.linalg.norm(moved) > 0.5 and np.abs(moved - inside).max() < 0.003
    assert_same_picture(page, DEEP)
    covariance = vectors @ np.diag(posterior.logvar[3].exp().numpy()) @ vectors.T
    assert ellipse_size(page, 2) == pytest.approx((2 * np.sqrt(np.diag(covariance))).tolist(), rel=0.02)
