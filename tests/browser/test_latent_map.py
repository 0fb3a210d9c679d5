"""The Latent map page in a real Chromium: what is under the pointer, grid, encoded images, posteriors, paths, links."""

import base64
import functools
import io
import json
import re
import tomllib

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT
from tests.browser.pages import (
    CONDITIONAL,
    CONV,
    MLP,
    MOVES,
    assert_same_picture,
    button,
    canvas,
    decoded,
    drag,
    open_menu,
    saved,
    shown,
)
from vae_core import checkpoints
from vae_core.latent import dimensions, principal_directions

DEEP, AUTOENCODER = "mnist-vae-16d", "mnist-ae-2d"
LINEAR = f"/latent_map?checkpoint={MLP}&spacing=linear"


def pad(page: Page) -> Locator:
    return page.get_by_test_id("latent-pad")


def plane_box(page: Page) -> dict:
    """Where the plane is, inside its border."""
    return page.get_by_test_id("map-grid").evaluate(
        """grid => { const { left, top } = grid.parentNode.getBoundingClientRect();
            const { clientLeft, clientTop, clientWidth, clientHeight } = grid.parentNode;
            return { x: left + clientLeft, y: top + clientTop, width: clientWidth, height: clientHeight }; }"""
    )


def window(page: Page) -> list[float]:
    """Left, right, bottom and top of what is seen."""
    return [float(value) for value in pad(page).get_attribute("data-window").split(",")]


def place_of(page: Page, point) -> tuple[float, float]:
    """Where a point of an evenly spaced map is on the screen."""
    left, right, bottom, top = window(page)
    box = plane_box(page)
    x, y = (point[0] - left) / (right - left), (top - point[1]) / (top - bottom)
    return box["x"] + float(x) * box["width"], box["y"] + float(y) * box["height"]


def point_at(page: Page, x: float, y: float) -> list[float]:
    """The point of an evenly spaced map at a place of the plane (parts from the left and the top)."""
    left, right, bottom, top = window(page)
    return [left + x * (right - left), top - y * (top - bottom)]


def wait_for_grid(page: Page) -> None:
    expect(page.get_by_test_id("map-grid")).to_have_attribute("data-complete", "true", timeout=20_000)


def wait_for_frames(page: Page, count: int) -> None:
    script = "count => Number(document.querySelector('canvas[data-testid=decoded-image]').dataset.frames) > count"
    page.wait_for_function(script, arg=count)


def tiles(page: Page, height: int = 28, width: int = 28) -> np.ndarray:
    """The grid's tiles, from the top: [rows, columns, H, W, 4]."""
    wait_for_grid(page)
    grid = page.get_by_test_id("map-grid")
    n, gap = int(grid.get_attribute("data-size")), 2 * -(-width // 32)
    url = grid.evaluate("c => c.toDataURL()")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA")).astype(int)
    cells = pixels.reshape(n, height + gap, n, width + gap, 4).swapaxes(1, 2)
    return cells[:, :, gap // 2 : gap // 2 + height, gap // 2 : gap // 2 + width]


@functools.cache
def latents(name: str):
    return checkpoints.load(name).load_latents()


def lonely(page: Page, label: int | None = None) -> int:
    """The number of the seen image, of a class if given, whose nearest neighbour is farthest."""
    left, right, bottom, top = window(page)
    mu, y = latents(MLP).posterior.mu, latents(MLP).y
    seen = (mu[:, 0] > left) & (mu[:, 0] < right) & (mu[:, 1] > bottom) & (mu[:, 1] < top)
    own = torch.nonzero(seen if label is None else seen & (y == label)).flatten()
    return int(own[torch.cdist(mu[own], mu).topk(2, largest=False).values[:, 1].argmax()])


def ellipse_size(page: Page, sigma: int) -> list[float]:
    """Half the width and height of an ellipse, in the units of an evenly spaced map."""
    box = page.locator(f'[data-testid="posterior-ellipse"][data-sigma="{sigma}"]').evaluate(
        "path => { const { width, height } = path.getBBox(); return [width, height]; }"
    )
    left, right, bottom, top = window(page)
    return [box[0] / 2000 * (right - left), box[1] / 2000 * (top - bottom)]


# What follows the pointer


@pytest.mark.parametrize("name", [MLP, CONV, CONDITIONAL])
def test_dragging_draws_a_frame_for_every_pointer_move(open_page, name):
    page = open_page(f"/latent_map?checkpoint={name}")
    _, z_before, before = shown(page)
    drag(page, pad(page).bounding_box(), (0.2, 0.2), (0.8, 0.9))
    _, z_after, after = shown(page)
    assert after - before >= 0.95 * MOVES
    axes = [int(axis) for axis in pad(page).get_attribute("data-axes").split(",")]
    assert [i for i, (a, b) in enumerate(zip(z_before, z_after, strict=True)) if a != b] == sorted(axes)
    assert_same_picture(page, name, 0 if name == CONDITIONAL else None)


def test_hovering_only_looks_and_letting_go_chooses_what_explore_opens(open_page):
    page = open_page(f"{LINEAR}&z=0.5,0.5")
    box = plane_box(page)
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    pixels, z, _ = shown(page)
    assert z == pytest.approx(point_at(page, 0.25, 0.75), abs=0.01)
    assert np.abs(pixels - decoded(MLP, z)).max() <= 1
    page.mouse.move(box["x"] + box["width"] + 200, box["y"])
    assert shown(page)[1] == [0.5, 0.5]
    assert_same_picture(page, MLP)
    assert "z=0.5%2C0.5" in page.url or "z=0.5,0.5" in page.url
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.3, 0.7), moves=5)
    pixels, z, _ = shown(page)
    page.mouse.move(5, 5)
    assert shown(page)[1] == z
    expect(page).to_have_url(re.compile("z=" + "(%2C|,)".join(re.escape(f"{value:g}") for value in z)))
    page.get_by_role("link", name="Open in Explore").click()
    page.get_by_test_id("latent-slider").first.wait_for()
    assert shown(page)[1] == z
    assert (shown(page)[0] == pixels).all()


# The grid


@pytest.mark.parametrize("spacing", ["normal", "linear"])
def test_tiles_are_what_pytorch_decodes_at_their_places(open_page, spacing):
    page = open_page(f"/latent_map?checkpoint={MLP}&grid=7&spacing={spacing}")
    faded = tiles(page)[..., 3]
    assert faded.min() < 200 and faded.max() == 255  # guesses fade, what the model knows does not
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    parts = (torch.arange(7, dtype=torch.float64) + 0.5) / 7
    if spacing == "normal":
        low, high = torch.special.ndtr(torch.tensor([-3.0, 3.0], dtype=torch.float64))
        across = up = torch.special.ndtri(low + parts * (high - low))
    else:
        found = {dimension.index: dimension for dimension in dimensions(latents(MLP).posterior)}
        ends = [(min(found[i].low, -2.5), max(found[i].high, 2.5)) for i in (0, 1)]
        across, up = (low + parts * (high - low) for low, high in ends)
        assert ends[0][1] - ends[0][0] != ends[1][1] - ends[1][0]  # so that mixing up the axes would be seen
    drawn = tiles(page)
    assert drawn[..., 3].min() == 255
    for row, column in ((0, 0), (0, 6), (2, 5), (3, 3), (6, 1)):
        expected = decoded(MLP, [across[column].item(), up[6 - row].item()])
        assert np.abs(drawn[row, column, ..., :3] - expected).max() <= 1.01


def test_the_grid_has_as_many_tiles_as_the_slider_says(open_page):
    page = open_page(f"/latent_map?checkpoint={MLP}")
    slider = page.get_by_test_id("grid-size")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('[data-testid=map-grid]').dataset.size === '31'")
    expect(page.get_by_text("31 × 31")).to_be_visible()
    assert tiles(page).shape[:2] == (31, 31)
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('[data-testid=map-grid]').dataset.size === '3'")
    assert tiles(page).shape[:2] == (3, 3)
    expect(page).to_have_url(re.compile("grid=3"))


def test_a_model_without_a_prior_is_spaced_evenly_over_its_data(open_page):
    page = open_page(f"/latent_map?checkpoint={AUTOENCODER}&spacing=normal")
    wait_for_grid(page)
    expect(button(page, "Quantiles")).to_be_disabled()
    expect(button(page, "Linear")).to_have_attribute("title", re.compile("no prior"))
    found = {dimension.index: dimension for dimension in dimensions(latents(AUTOENCODER).posterior)}
    left, right, bottom, top = window(page)
    assert left < found[0].low < found[0].high < right and bottom < found[1].low < found[1].high < top
    assert right - left < 1.2 * (found[0].high - found[0].low)


def test_a_class_redraws_the_grid_and_axe_finds_nothing_serious(open_page):
    page = open_page(f"/latent_map?checkpoint={CONDITIONAL}&y=3&grid=3&example=3")
    for label in (3, 8):
        button(page, str(label)).click()
        page.wait_for_timeout(100)
        z = shown(page)[1]
        across, up = (int(axis) for axis in pad(page).get_attribute("data-axes").split(","))
        z[across] = z[up] = 0
        assert np.abs(tiles(page)[1, 1, ..., :3] - decoded(CONDITIONAL, z, label)).max() <= 1.01
        assert_same_picture(page, CONDITIONAL, label)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        wait_for_grid(page)
        button(page, "Points").click()
        draw_path(page)
        results = Axe().run(page, context=".lm")
        serious = [found for found in results.response["violations"] if found["impact"] in ("serious", "critical")]
        assert not serious, json.dumps([(v["id"], [n["html"] for n in v["nodes"]]) for v in serious], indent=1)


# Zoom and pan


def test_the_wheel_zooms_around_the_pointer_and_the_grid_follows(open_page):
    page = open_page(f"{LINEAR}&grid=5")
    wait_for_grid(page)
    before = window(page)
    box = plane_box(page)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    kept = point_at(page, 0.3, 0.4)
    for _ in range(5):
        page.mouse.wheel(0, -200)
    page.wait_for_function("before => document.querySelector('.lm-pad').dataset.window !== before", arg=str(before))
    page.wait_for_timeout(300)
    left, right, bottom, top = window(page)
    assert right - left < 0.3 * (before[1] - before[0]) and top - bottom < 0.3 * (before[3] - before[2])
    assert point_at(page, 0.3, 0.4) == pytest.approx(kept, abs=0.01)
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    drawn = tiles(page)
    across, up = left + 0.5 * (right - left), bottom + 0.9 * (top - bottom)
    assert np.abs(drawn[0, 2, ..., :3] - decoded(MLP, [across, up])).max() <= 1.01
    expect(page).to_have_url(re.compile("window="))
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function("() => !location.search.includes('window=')")
    assert window(page) == before


def test_the_map_is_panned_by_hand_and_with_shift_and_pinched(open_page):
    page = open_page(f"{LINEAR}&z=0,0")
    wait_for_grid(page)
    box = pad(page).bounding_box()
    before = window(page)
    page.keyboard.down("Shift")
    drag(page, box, (0.5, 0.5), (0.75, 0.5), moves=5)
    page.keyboard.up("Shift")
    page.wait_for_timeout(100)
    after = window(page)
    assert after[0] == pytest.approx(before[0] - (before[1] - before[0]) / 4, abs=0.02) and after[2:] == before[2:]
    button(page, "Pan").click()
    drag(page, box, (0.75, 0.5), (0.5, 0.5), moves=5)
    page.wait_for_timeout(100)
    assert window(page) == pytest.approx(before, abs=0.02)
    page.mouse.move(5, 5)
    assert shown(page)[1] == [0, 0]
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def fingers(kind: str, apart: float | None) -> None:
        middle = box["x"] + box["width"] / 2
        points = [] if apart is None else [{"x": middle + side * apart / 2, "y": box["y"] + 200} for side in (-1, 1)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 100)
    for apart in range(110, 210, 10):
        fingers("touchMove", apart)
    fingers("touchEnd", None)
    page.wait_for_timeout(100)
    left, right, _, _ = window(page)
    assert right - left == pytest.approx((before[1] - before[0]) / 2, rel=0.05)
    assert (left + right) / 2 == pytest.approx((before[0] + before[1]) / 2, abs=0.05)
    assert shown(page)[1] == [0, 0]


# The encoded images


def test_points_have_their_class_colour_and_classes_can_be_hidden(open_page):
    page = open_page(f"{LINEAR}&layers=points")
    y, mu = latents(MLP).y, latents(MLP).posterior.mu
    colors = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]["chartCategoricalColors"]
    module = (ROOT / "components" / "js" / "palette.js").read_text()
    assert re.findall(r'"(#[0-9A-F]{6})"', module) == colors
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


def test_contours_enclose_the_share_of_their_class_that_they_say(open_page):
    page = open_page(f"{LINEAR}&layers=contours")
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


def test_clicking_near_a_point_chooses_that_image_whose_posterior_is_shown_and_drawn_from(open_page):
    page = open_page(f"{LINEAR}&layers=points")
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


def test_two_chosen_dimensions_or_principal_directions_of_many(open_page):
    page = open_page(f"/latent_map?checkpoint={DEEP}&example=3&grid=3&spacing=linear")
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


# A path


def draw_path(page: Page) -> None:
    button(page, "Path").click()
    box = pad(page).bounding_box()
    corners = [(0.2, 0.8), (0.5, 0.3), (0.8, 0.5)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=20)
    page.mouse.up()


def test_a_path_plays_is_scrubbed_and_saved(open_page):
    page = open_page(LINEAR)
    before = shown(page)[2]
    draw_path(page)
    frames = shown(page)[2]
    assert frames - before >= 0.95 * 40  # it is decoded while it is drawn
    expect(button(page, "Play the path")).to_have_attribute("aria-pressed", "true")
    wait_for_frames(page, frames + 10)
    button(page, "Play the path").click()
    scrubber = page.get_by_test_id("path-scrubber")
    drag(page, scrubber.bounding_box(), (0.1, 0.5), (0.9, 0.5), moves=30)
    assert_same_picture(page, MLP)
    scrubber.focus()
    places = []
    page.get_by_label("Frames of the film").fill("11")
    for key in ("Home", *["ArrowRight"] * 10):
        scrubber.press(key)
        places.append(shown(page)[1])
    start, end = point_at(page, 0.2, 0.8), point_at(page, 0.8, 0.5)
    assert places[0] == pytest.approx(start, abs=0.03) and places[-1] == pytest.approx(end, abs=0.03)
    steps = np.linalg.norm(np.diff(np.array(places), axis=0), axis=1)
    assert steps.max() < 1.1 * np.median(steps)  # equally far apart, but for the corner
    film = Image.open(io.BytesIO(saved(page, "GIF")))
    assert film.n_frames == 11 and film.size == (280, 280)
    for frame in (0, 5, 10):
        film.seek(frame)
        pixels = np.asarray(film.convert("RGB"))[5::10, 5::10]
        assert np.abs(pixels - decoded(MLP, places[frame])).max() <= 3
    assert Image.open(io.BytesIO(saved(page, "WebP"))).n_frames == 11
    page.emulate_media(reduced_motion="reduce")
    draw_path(page)
    frames = shown(page)[2]
    page.wait_for_timeout(300)
    assert shown(page)[2] == frames  # it waits to be asked, and takes still steps
    page.get_by_label("Frames of the film").fill("48")
    button(page, "Play the path").click()
    page.wait_for_timeout(1200)
    assert 1 <= shown(page)[2] - frames <= 7


# Links, keys, screen readers


def test_a_copied_link_shows_the_same_picture_and_view_in_a_fresh_browser(open_page):
    page = open_page(f"/latent_map?checkpoint={DEEP}&example=3")
    page.get_by_test_id("axis-0").select_option("4")
    button(page, "Linear").click()
    button(page, "Points").click()
    button(page, "Zoom in").click()
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.3, 0.7), moves=5)
    button(page, "3").click()
    open_menu(page, "View")
    button(page, "Show all").click()
    page.keyboard.press("Escape")
    page.emulate_media(reduced_motion="reduce")
    draw_path(page)
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    button(page, "Copy link").click()
    expect(button(page, "Link copied")).to_be_visible()
    fresh = open_page(page.evaluate("navigator.clipboard.readText()"), fresh=True)
    for each in (page, fresh):
        wait_for_grid(each)
        each.wait_for_timeout(200)
    assert shown(fresh)[1] == shown(page)[1]
    for name in ("decoded-image", "map-grid", "map-points"):
        pictures = [each.get_by_test_id(name).evaluate("c => c.toDataURL()") for each in (page, fresh)]
        assert pictures[0] == pictures[1], name
    expect(button(fresh, "3")).to_have_attribute("aria-pressed", "false")
    expect(button(fresh, "Play the path")).to_be_enabled()
    for name in ("data-window", "data-axes", "data-spacing"):
        assert pad(fresh).get_attribute(name) == pad(page).get_attribute(name)
    assert pad(fresh).get_attribute("data-axes").startswith("4,")
    assert_same_picture(fresh, DEEP)


@pytest.mark.parametrize(
    "query",
    [
        "axes=0,7&grid=4&spacing=odd&window=1,2,3&layers=x&z=1",
        "axes=0,pc1&window=2,1,0,1&hide=12&path=1,2,3",
        "axes=1,1&layers=&fade=1",
    ],
)
def test_a_wrong_link_gets_a_sentence_each_and_a_working_page(open_page, query):
    page = open_page(f"/latent_map?checkpoint={MLP}&{query}")
    for name in re.findall(r"(\w+)=", query):
        expect(page.get_by_text(re.compile(f"The link's (point )?{name} .* needed"))).to_be_visible()
    assert shown(page)[2] >= 1
    wait_for_grid(page)


def test_the_keyboard_does_everything(open_page):
    page = open_page(f"{LINEAR}&z=0.5,0.5&layers=grid,points")
    pad(page).focus()
    at = [shown(page)[1]]
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "Home"):
        page.keyboard.press(key)
        at.append(shown(page)[1])
    nudge, leap = at[1][0] - at[0][0], at[2][0] - at[1][0]
    assert nudge > 0 and leap == pytest.approx(5 * nudge, abs=0.005)
    assert at[3][0] == at[2][0] and at[3][1] > at[2][1] and at[4] == [0, 0]
    assert_same_picture(page, MLP)
    before = window(page)
    for key, holds in (("+", lambda a, b: a < b), ("-", lambda a, b: a == pytest.approx(b, abs=0.01))):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
        assert holds(window(page)[1] - window(page)[0], before[1] - before[0])
    for _ in range(6):
        page.keyboard.press("+")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_timeout(60)
    left, right, _, _ = window(page)
    assert left - 0.01 <= shown(page)[1][0] <= right < 0  # the map follows the point out of its frame
    page.keyboard.press("0")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")  # the image nearest to the point
    expect(page).to_have_url(re.compile("example="))
    button(page, "Path").focus()
    page.keyboard.press("Enter")
    pad(page).focus()
    for key in ("Enter", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    button(page, "Play the path").focus()
    frames = shown(page)[2]
    page.keyboard.press("Enter")
    wait_for_frames(page, frames + 5)
    page.keyboard.press("Enter")
    pad(page).focus()
    page.keyboard.press("Escape")
    expect(button(page, "Play the path")).to_be_hidden()
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()")
        )
    for name in (
        "Tiles along a side",
        "Linear",
        "View",
        "Random",
        "Example",
        "Resample",
        "Copy link",
        "Open in Explore",
    ):
        assert name in reached, reached


def test_the_map_is_the_largest_thing_above_the_fold_and_fits_a_phone(open_page):
    page = open_page(f"/latent_map?checkpoint={DEEP}&layers=grid,points")
    plane, picture = pad(page).bounding_box(), canvas(page).bounding_box()
    assert plane["width"] >= 500 and plane["y"] + plane["height"] <= 760
    assert 300 <= picture["width"] < plane["width"] and picture["y"] + picture["height"] <= 760
    page.set_viewport_size({"width": 380, "height": 844})
    page.reload()
    wait_for_grid(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    pad(page).scroll_into_view_if_needed()
    plane, picture = pad(page).bounding_box(), canvas(page).bounding_box()
    assert 0 <= picture["y"] and picture["y"] + picture["height"] <= plane["y"]
    assert plane["width"] >= 300 and plane["y"] + plane["height"] <= 845


def test_a_model_that_the_page_cannot_run_is_drawn_by_python(open_page):
    page = open_page(f"/latent_map?checkpoint={MLP}&grid=3")
    page.route(re.compile("/assets/models/"), lambda route: route.fulfill(status=501, body="unknown layer"))
    page.reload()
    expect(page.get_by_text("Python draws it")).to_be_visible()
    _, z_before, _ = shown(page)
    drag(page, pad(page).bounding_box(), (0.5, 0.5), (0.8, 0.3), moves=20)
    page.wait_for_timeout(600)
    assert shown(page)[1] != z_before
    assert_same_picture(page, MLP)
    assert tiles(page)[..., :3].max() > 200
