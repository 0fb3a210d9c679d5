"""Levels of tiles in a real Chromium: dragged, painted, hidden in part, uploaded and taken home."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.pages import (
    MOVES,
    RESET,
    assert_accessible,
    button,
    drag,
    dress,
    model,
    open_menu,
    press,
    saved,
    slider,
    type_number,
)
from tests.browser.waiting import expect
from vae_core.kinds import kind_of
from vae_core.kinds.tiles.corpus import as_text, read_text

NAME = "mario-vae"
SPEC = model(NAME).spec
ROWS, COLUMNS = SPEC.shape
EXPLORE, RECONSTRUCT = f"/?checkpoint={NAME}", f"/reconstruct?checkpoint={NAME}"
STATE = """canvas => [
    JSON.parse(canvas.dataset.tiles), JSON.parse(canvas.dataset.z ?? "null"), Number(canvas.dataset.frames)
]"""


@pytest.fixture
def explore(page_at) -> Page:
    return page_at(EXPLORE, wait_for="decoded-tiles")


@pytest.fixture
def reconstruct(page_at) -> Page:
    return page_at(RECONSTRUCT, wait_for="decoded-tiles")


def level(page: Page) -> Locator:
    return page.locator('canvas[data-testid="decoded-tiles"]')


def shown(page: Page) -> tuple[list[str], list[float], int]:
    """The rows of symbols on the screen, their latent vector, and how many frames were drawn, all of one moment."""
    return level(page).evaluate(STATE)


def painted(page: Page) -> list[str]:
    return page.locator('canvas[data-testid="draw-pad"]').evaluate(STATE)[0]


def rows(ids: torch.Tensor) -> list[str]:
    return as_text(ids, SPEC.symbols).split()


def ids(lines: list[str]) -> torch.Tensor:
    return read_text("\n".join(lines).encode(), SPEC.symbols)


def decoded(z: list[float]) -> torch.Tensor:
    """What PyTorch decodes: the most likely level whose pipes are whole."""
    with torch.inference_mode():
        return model(NAME).decode(torch.tensor([z]))[0]


def assert_same_level(page: Page) -> None:
    tiles, z, _ = shown(page)
    assert tiles == rows(decoded(z))


def source(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()


def test_dragging_a_slider_shows_pytorchs_level_at_every_stop(explore):
    page = explore
    press(page, RESET)
    assert [level(page).get_attribute(name) for name in ("width", "height")] == [str(COLUMNS), str(ROWS)]
    box = slider(page).bounding_box()
    seen = set()
    for start, stop in ((0.1, 0.4), (0.4, 0.65), (0.65, 0.9)):
        before = shown(page)[2]
        drag(page, box, (start, 0.5), (stop, 0.5))
        tiles, z, after = shown(page)
        assert after - before >= 0.95 * MOVES
        assert tiles == rows(decoded(z))
        seen.add("\n".join(tiles))
    assert len(seen) == 3, "the level changes along the way"


def test_dragging_over_the_map_draws_a_level_for_every_move(visit):
    page = visit(f"/latent_map?checkpoint={NAME}", wait_for="decoded-tiles")
    box = page.get_by_test_id("latent-pad").bounding_box()
    for start, stop in (((0.9, 0.1), (0.6, 0.4)), ((0.6, 0.4), (0.1, 0.06))):
        before = shown(page)[2]
        drag(page, box, start, stop)
        assert shown(page)[2] - before >= 0.95 * MOVES
        assert_same_level(page)


def test_what_is_there_is_said_once_it_rests_and_the_legend_names_the_tiles(explore):
    page = explore
    type_number(page, "Number of the held-out level", 3)
    counts = kind_of(SPEC).lines(decoded(shown(page)[1])[None], SPEC)[0]
    expect(level(page)).to_have_attribute(
        "aria-label", f"The level that {NAME} decodes from the latent point: {counts}"
    )
    names = page.get_by_role("list", name="What the tiles mean").get_by_role("listitem").all_inner_texts()
    assert names == list(SPEC.symbol_names)
    expect(page.get_by_test_id("honesty")).to_contain_text("Encoded again, the level lands")


def test_a_level_is_saved_as_text_and_as_art(explore):
    page = explore
    open_menu(page, "Export")
    text = saved(page, "Level as text").decode()
    assert text.split("\n") == [*shown(page)[0], ""]
    assert kind_of(SPEC).read(text.encode(), SPEC).x[0].equal(decoded(shown(page)[1]))
    art = np.array(Image.open(io.BytesIO(saved(page, "Picture (PNG)"))).convert("RGB"))
    expected = kind_of(SPEC).pictures(decoded(shown(page)[1])[None], SPEC)[0].numpy()
    scale = art.shape[0] // expected.shape[0]
    assert (art == expected.repeat(scale, 0).repeat(scale, 1)).all()
    page.keyboard.press("Escape")


def test_the_reconstruction_follows_a_stroke_before_the_pointer_lifts(reconstruct):
    page = reconstruct
    plain = painted(page)
    assert plain == ["-" * COLUMNS] * (ROWS - 1) + ["X" * COLUMNS]
    button(page, "bricks").click()
    box = page.get_by_test_id("tile-pad").bounding_box()

    def at(row: int, column: int) -> tuple[float, float]:
        parts = (column + 0.5) / COLUMNS, (row + 0.5) / ROWS
        return box["x"] + parts[0] * box["width"], box["y"] + parts[1] * box["height"]

    before = shown(page)
    page.mouse.move(*at(9, 4))
    page.mouse.down()
    first = shown(page)
    page.mouse.move(*at(9, 11), steps=14)
    during = shown(page)
    assert painted(page) == [*plain[:9], "----SSSSSSSS----", *plain[10:]]
    page.mouse.up()
    assert before[1] != first[1] != during[1] and during[2] - first[2] == 7, "a frame for every tile"
    assert_same_level(page)
    with torch.inference_mode():
        mu = model(NAME).encode(ids(painted(page))[None]).mu[0]
    np.testing.assert_allclose(during[1], mu.numpy(), atol=1e-3)
    differing = sum(a != b for a, b in zip("".join(painted(page)), "".join(during[0]), strict=True))
    expect(page.get_by_test_id("changed")).to_contain_text(f"{differing} of 224 tile")
    marked = page.get_by_test_id("changes").get_attribute("data-places")
    assert len([place for place in marked.split(",") if place]) == differing
    # The right button erases, and each stroke is taken back by itself.
    page.mouse.click(*at(9, 4), button="right")
    assert painted(page)[9] == "-----SSSSSSS----"
    button(page, "Undo").click()
    assert painted(page)[9] == "----SSSSSSSS----"
    button(page, "Undo").click()
    assert painted(page) == plain and shown(page)[1] == before[1]


def test_keys_paint_and_the_ground_comes_back(reconstruct):
    page = reconstruct
    button(page, "Clear").click()
    assert painted(page) == ["-" * COLUMNS] * ROWS
    expect(page.get_by_test_id("verdict")).to_contain_text("There is nothing in the level.")
    button(page, "coin").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(button(page, "enemy")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("tile-pad").focus()
    for _ in range(ROWS + COLUMNS):  # the edges hold the cursor
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("Row 1, column 2: enemy")).to_be_visible()
    assert painted(page)[0] == "EE" + "-" * (COLUMNS - 2)
    page.keyboard.press("Delete")
    assert painted(page)[0] == "E" + "-" * (COLUMNS - 1)
    button(page, "Ground").click()
    assert painted(page)[-1] == "X" * COLUMNS and painted(page)[0][0] == "E"
    button(page, "Clear").click()
    button(page, "Ground").click()


PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""


def thumbnail(levels: torch.Tensor) -> np.ndarray:
    """Levels as the page draws them small: four pixels a tile, each the mean of four."""
    large = kind_of(SPEC).pictures(levels, SPEC).numpy().astype(float)
    n, height, width, _ = large.shape
    return np.floor(large.reshape(n, height // 2, 2, width // 2, 2, 3).mean((2, 4)) + 0.5)


def test_completions_keep_the_visible_tiles(visit):
    page = visit(f"{RECONSTRUCT}&example=0", wait_for="decoded-tiles")
    expect(page.locator('.lx[data-mode="example"][data-example="0"]')).to_be_visible()
    x = ids(page.locator('canvas[data-testid="input-image"]').evaluate(STATE)[0])
    button(page, "Hide a part").click()
    expect(page.locator('.rc-completions[data-state="done"]')).to_be_visible()
    visible = (torch.arange(COLUMNS) < COLUMNS / 2).expand(ROWS, COLUMNS)
    seen = x.where(visible, torch.zeros_like(x))  # what is hidden is sky to the encoder
    with torch.inference_mode():
        mu = model(NAME).encode(seen[None]).mu[0]
    np.testing.assert_allclose(shown(page)[1], mu.numpy(), atol=1e-3)
    cards = page.locator('canvas[data-testid="completion"]')
    found = [(cards.nth(i).evaluate(PIXELS), json.loads(cards.nth(i).get_attribute("data-z"))) for i in range(5)]
    expected = [x.where(visible, decoded(z)) for _, z in found]
    drawn = np.array([pixels for pixels, _ in found]).reshape(5, 4 * ROWS, 4 * COLUMNS, 4)[..., :3]
    assert (drawn == thumbnail(torch.stack(expected))).all()
    assert len({"".join(rows(each)) for each in expected}) >= 4, "they differ"


def upload(page: Page, name: str, content: bytes) -> None:
    field = page.locator('input[type="file"]')
    expect(field).to_be_attached()
    field.set_input_files([{"name": name, "mimeType": "text/plain", "buffer": content}])


def test_a_text_file_is_read_and_a_ragged_one_gets_its_sentence(reconstruct):
    page = reconstruct
    source(page, "Upload")
    wide = [row + row[:4] for row in rows(decoded([0.0] * 16))]
    wide[5] = "oo" + "-" * 8 + "SS" + "-" * 7 + "E"
    upload(page, "ragged.txt", b"--X\n--\n")
    expect(
        page.get_by_text("rows of different lengths: row 2 has 2 tiles, the first 3.").filter(has_text="ragged.txt")
    ).to_be_visible()
    upload(page, "wide.txt", "\n".join(wide).encode())
    given = page.locator('canvas[data-testid="input-image"]')
    expect(given).to_have_attribute("data-tiles", json.dumps([row[:16] for row in wide], separators=(",", ":")))
    expect(page.get_by_text("14 rows of 20 tiles; the model takes columns 1 to 16")).to_be_visible()
    page.get_by_role("slider", name="First column").focus()
    page.keyboard.press("End")
    expect(given).to_have_attribute("data-tiles", json.dumps([row[4:] for row in wide], separators=(",", ":")))
    assert_same_level(page)
    source(page, "Paint")
    expect(page.get_by_test_id("tile-pad")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(explore, reconstruct, scheme):
    dress(explore, scheme)
    assert_accessible(explore)
    dress(reconstruct, scheme)
    for tool in ("As it is", "Hide a part"):
        button(reconstruct, tool).click()
        assert_accessible(reconstruct)
    button(reconstruct, "As it is").click()


def test_a_phone_does_not_scroll_sideways(reconstruct):
    page = reconstruct
    page.set_viewport_size({"width": 380, "height": 800})
    for tool in ("Hide a part", "As it is"):
        button(page, tool).click()
        assert page.locator(".lx-reconstruct").evaluate("node => node.scrollWidth <= node.clientWidth + 1"), tool
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
