"""What the tests of the Latent map share: where things are on it, and what it shows."""

import base64
import functools
import io

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.pages import (
    MLP,
    button,
)
from tests.browser.waiting import expect
from vae_core import checkpoints

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
    expect(page.get_by_test_id("map-grid")).to_have_attribute("data-complete", "true")


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
