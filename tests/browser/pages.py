"""What the tests of pages share: reading the decoded picture, dragging, and what PyTorch makes of the same point."""

import functools
import io
import json
import re

import numpy as np
import torch
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page

from vae_core import checkpoints
from vae_core.model import Model

MLP, CONV, CONDITIONAL = "mnist-vae-2d", "shapes-beta-vae", "mnist-cvae"
MOVES = 40
"""Pointer moves of a drag: each is a sixtieth of a second at least."""

SHOWN = """canvas => ({
    pixels: [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data],
    z: JSON.parse(canvas.dataset.z),
    frames: Number(canvas.dataset.frames),
})"""


def canvas(page: Page) -> Locator:
    return page.locator('canvas[data-testid="decoded-image"]')


def shown(page: Page) -> tuple[np.ndarray, list[float], int]:
    """The canvas's pixels [H, W, 3] in 0..255, its latent vector, and how many frames were drawn, all of one moment."""
    state = canvas(page).evaluate(SHOWN)
    size = [int(canvas(page).get_attribute(name)) for name in ("height", "width")]
    return np.array(state["pixels"]).reshape(*size, 4)[..., :3], state["z"], state["frames"]


@functools.cache
def model(name: str) -> Model:
    return checkpoints.load(name).load_model()


def decoded(name: str, z: list[float], label: int | None = None) -> np.ndarray:
    """What PyTorch decodes for z: [H, W, 3] in 0..255, not rounded."""
    y = None if label is None else torch.tensor([label])
    image = model(name).decode(torch.tensor([z]), y)[0]
    return 255 * image.expand(3, -1, -1).permute(1, 2, 0).numpy()


def assert_same_picture(page: Page, name: str, label: int | None = None) -> None:
    pixels, z, _ = shown(page)
    assert np.abs(pixels - decoded(name, z, label)).max() <= 1


def slider(page: Page, position: int = 0) -> Locator:
    return page.locator('input[type="range"][data-testid="latent-slider"]').nth(position)


def drag(page: Page, box: dict, start: tuple[float, float], stop: tuple[float, float], moves: int = MOVES) -> None:
    """Press at one place of a box, move to another in so many pointer moves, let go; places are parts of the box."""
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, stop)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=moves)
    page.mouse.up()


def dress(page: Page, scheme: str) -> None:
    """Show the page in the "light" or the "dark" theme, as the system says."""
    page.emulate_media(color_scheme=scheme)
    # Streamlit gives its components their colours after its own.
    page.wait_for_function(
        """dark => [...document.querySelectorAll('.stApp, .stMain .lx')].every(
            (node) => (getComputedStyle(node).color.match(/\\d+/)[0] > 127) === dark)""",
        arg=scheme == "dark",
    )


VIOLATIONS = """async (inside) => {
    const fading = () => document.querySelector('[data-stale="true"], [data-state="busy"]')
        || document.getAnimations().some((each) => each instanceof CSSTransition && each.playState !== "finished");
    const frame = () => new Promise(requestAnimationFrame);
    const end = performance.now() + 30_000;
    let paled;
    const watch = new MutationObserver(() => { paled = true; });
    watch.observe(document.body, { subtree: true, attributeFilter: ["data-stale", "data-state"] });
    for (let left = 5; ; left--) {
        while (fading() && performance.now() < end) await frame();
        paled = false;
        // What passes is not described: doing that for every element takes axe a third of its time.
        const { violations } = await axe.run(inside, { resultTypes: ["violations"] });
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        if (serious.length && paled && left) continue;
        watch.disconnect();
        return serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    }
}"""
"""What axe finds while nothing fades: a rerun makes Streamlit pale what it may replace, a panel at work is pale too;
both can begin at any moment."""


def assert_accessible(page: Page, inside: str = ".stMain") -> None:
    """axe finds nothing serious in what this CSS selects: all beside the sidebar (https://github.com/dequelabs/axe-core)."""
    if page.evaluate("() => !window.axe"):  # half a megabyte of script, once a page
        page.evaluate(AXE_SCRIPT)
    serious = page.evaluate(VIOLATIONS, inside)
    assert not serious, json.dumps(serious, indent=1)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def open_models(page: Page) -> None:
    """Open the model picker's list."""
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=re.compile("Model")).click()


def choose_model(page: Page, name: str) -> None:
    """Choose a model by the name of its folder."""
    open_models(page)
    page.locator(f'[role="option"][data-model="{name}"]').click()


def open_menu(page: Page, name: str) -> None:
    """Open a menu of a toolbar, and before it "More", where it stands in there."""
    summary = page.locator("summary", has_text=re.compile(f"^{name}$"))
    more = page.locator(".lx-menu:not([open]) > summary", has_text=re.compile("^More$"))
    if name != "More" and not summary.is_visible() and more.is_visible():
        more.click()
    summary.click()


def press(page: Page, name: str | re.Pattern, role: str = "button") -> None:
    """Press a button of a toolbar, or follow its link, which may stand under "More"."""
    exact = {} if isinstance(name, re.Pattern) else {"exact": True}
    found = page.get_by_role(role, name=name, **exact)
    if not found.is_visible():
        open_menu(page, "More")
    found.click()


def type_number(page: Page, label: str, number: int | str) -> None:
    """Type a number into a toolbar's field, such as a seed, which may stand under "More", and press Enter."""
    field = page.get_by_label(label)
    if not field.is_visible():
        open_menu(page, "More")
    field.fill(str(number))
    field.press("Enter")
    assert not page.locator(".lx-menu[open]").count(), "the menu closes when it has done what it is for"


RESET = re.compile("^Back to the ")


def saved(page: Page, name: str) -> bytes:
    """The file that the button of this name saves."""
    with page.expect_download() as download:
        button(page, name).click()
    return download.value.path().read_bytes()


def seven() -> bytes:
    picture = Image.new("L", (80, 80), 255)
    ImageDraw.Draw(picture).line([(20, 20), (60, 20), (35, 65)], fill=0, width=9)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
