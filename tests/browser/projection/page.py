"""The Projection page in a browser: its maps, and where their places lie on the screen."""

import functools
import re
from dataclasses import dataclass

import numpy as np
import torch
from playwright.sync_api import Locator, Page

from tests.browser.waiting import expect
from vae_core import checkpoints, fits
from vae_core.projections import PROJECTIONS, Fitted

DIGITS, DEEP = "digits-vae-2d", "mnist-vae-16d"


@functools.cache
def latents(name: str) -> checkpoints.Latents:
    return checkpoints.load(name).load_latents()


@functools.cache
def fitted(name: str, method: str) -> Fitted:
    return fits.ready(checkpoints.load(name), latents(name), PROJECTIONS[method].config(), 2)


def pad(page: Page, slot: str = "a") -> Locator:
    return page.get_by_test_id(f"projection-pad-{slot}")


def open_map(open_page, path: str) -> Page:
    page = open_page(f"/projection?checkpoint={path}")
    expect(page.get_by_test_id("neighbours")).to_have_attribute("data-shown", re.compile(r"\d"))
    return page


def inside(page: Page, slot: str = "a") -> dict:
    """The map without its border, on the screen."""
    return pad(page, slot).evaluate(
        """node => { const { left, top } = node.getBoundingClientRect();
            const { clientLeft, clientTop, clientWidth: width, clientHeight: height } = node;
            return { x: left + clientLeft, y: top + clientTop, width, height }; }"""
    )


@dataclass(frozen=True)
class OnScreen:
    """Where a map's places lie on the screen now."""

    box: dict
    window: list[float]

    @classmethod
    def of(cls, page: Page, slot: str = "a") -> "OnScreen":
        expect(pad(page, slot)).to_have_attribute("data-window", re.compile(r"\d"))
        seen = None
        while seen != (now := (inside(page, slot), pad(page, slot).get_attribute("data-window"))):
            seen = now  # until nothing moves any more: a page that was just opened may
            page.wait_for_timeout(100)
        return cls(seen[0], list(map(float, seen[1].split(","))))

    def at(self, place) -> tuple[float, float]:
        """In pixels of the screen."""
        left, right, bottom, top = self.window
        x, y = (float(place[0]) - left) / (right - left), (top - float(place[1])) / (top - bottom)
        return self.box["x"] + x * self.box["width"], self.box["y"] + y * self.box["height"]

    def place(self, x: float, y: float) -> torch.Tensor:
        """What lies at a pixel, in the map's units, [2]."""
        left, right, bottom, top = self.window
        across, up = (x - self.box["x"]) / self.box["width"], 1 - (y - self.box["y"]) / self.box["height"]
        return torch.tensor([left + across * (right - left), bottom + up * (top - bottom)])


def pixels(locator: Locator) -> np.ndarray:
    """[H, W, 4]"""
    found = locator.evaluate(
        "c => [c.height, c.width, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    return np.array(found[2:]).reshape(found[0], found[1], 4)


def circle_of_fifty(flat: torch.Tensor) -> tuple[torch.Tensor, float, list[int]]:
    """A place and a radius that hold 50 points with the widest margin, and the points' numbers."""
    distance = torch.cdist(flat, flat)
    ranked = distance.sort(1)
    gap = (ranked.values[:, 50] - ranked.values[:, 49]) * (flat.norm(dim=1) < flat.norm(dim=1).median())
    centre = int(gap.argmax())
    radius = float(ranked.values[centre, 49:51].mean())
    return flat[centre], radius, sorted(ranked.indices[centre, :50].tolist())
