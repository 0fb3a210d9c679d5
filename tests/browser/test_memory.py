"""What outlasts a change of page or model: the point, a drawing, an upload, the model, and Back goes back."""

import json
import re

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.pages import (
    CONDITIONAL,
    MLP,
    assert_accessible,
    button,
    canvas,
    choose_model,
    drag,
    dress,
    open_models,
    seven,
    shown,
    slider,
)
from tests.browser.waiting import expect

DRAGS = 12
LEAVE_AT_ONCE = """() => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  [...document.querySelectorAll('[data-testid="stSidebarNav"] a')].find((a) => a.pathname === "/projection").click();
}"""
"""Before the point has rested long enough for the page to report it."""


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    at(page, name)


def at(page: Page, name: str) -> None:
    """Wait for a page with a new picture on it."""
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.locator('[data-stale="true"] .lx')).to_have_count(0)
    expect(page.locator('canvas[data-testid="decoded-image"][data-frames]').first).to_be_visible()


def z_is(page: Page, z: list[float]) -> None:
    expect(canvas(page).first).to_have_attribute("data-z", json.dumps(z, separators=(",", ":")))


class SlowLine:
    """A connection to Streamlit. Once `held` is a list, what the server says waits in it until `release`."""

    def __call__(self, socket: WebSocketRoute) -> None:
        self.held: list[bytes] | None = None
        self._browser, server = socket, socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda frame: socket.send(frame) if self.held is None else self.held.append(frame))

    def runs(self) -> int:
        """How many runs of the script have come to their end among what is held."""
        return sum(ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished" for frame in self.held or [])

    def release(self) -> None:
        held, self.held = self.held or [], None
        for frame in held:
            self._browser.send(frame)


def test_a_change_that_is_taken_back_at_once_is_taken_back_in_the_address_too(open_page):
    line = SlowLine()
    page = open_page(f"/?checkpoint={MLP}&z=0,0", on_socket=line)
    line.held = []
    for runs, key in enumerate(("ArrowRight", "ArrowLeft"), 1):
        slider(page).press(key)
        while line.runs() < runs:
            page.wait_for_timeout(20)
    assert shown(page)[1] == [0, 0]
    addresses = page.evaluate_handle("""() => {
        const [seen, replace] = [[], history.replaceState.bind(history)];
        history.replaceState = (...to) => (replace(...to), seen.push(location.search));
        return seen;
    }""")
    line.release()
    page.wait_for_function("(addresses) => addresses.length > 1", arg=addresses)
    expect(page).to_have_url(re.compile("z=0(,|%2C)0$"))


def test_back_and_forward_restore_page_model_and_point_after_many_drags(visit):
    page = visit("/")
    entries = page.evaluate("history.length")
    for i in range(DRAGS):
        drag(page, slider(page).bounding_box(), (0.1 + 0.01 * i, 0.5), (0.2 + 0.015 * i, 0.5), moves=2)
    explored = shown(page)[1]
    go(page, "Latent map")  # at once: the page need not have told Python of the last drag
    z_is(page, explored)
    box = page.get_by_test_id("latent-pad").bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    mapped = shown(page)[1]
    assert mapped != explored
    expect(page).to_have_url(re.compile(f"z={mapped[0]}(,|%2C){mapped[1]}"))
    go(page, "Projection")  # that model was touched: the page does not open another one
    z_is(page, mapped)
    go(page, "Classes")
    assert canvas(page).first.get_attribute("data-model") == CONDITIONAL
    style = shown(page)[1]
    go(page, "Explore")
    assert canvas(page).get_attribute("data-model") == MLP
    z_is(page, mapped)
    assert page.evaluate("history.length") == entries + 4
    for name, z in (("Classes", style), ("Projection", mapped), ("Latent map", mapped), ("Explore", explored)):
        page.go_back()
        at(page, name)
        z_is(page, z)
        assert canvas(page).first.get_attribute("data-model") == (CONDITIONAL if name == "Classes" else MLP)
    page.go_forward()
    at(page, "Latent map")
    z_is(page, mapped)
    page.go_back()
    page.go_forward()
    page.go_forward()  # faster than Python answers
    at(page, "Projection")
    z_is(page, mapped)
    expect(page).to_have_url(re.compile(r"/projection\?checkpoint=mnist-vae-2d&z="))


def test_a_point_goes_along_when_its_page_is_left_in_the_moment_it_is_chosen(visit):
    page = visit("/latent_map?checkpoint=mnist-vae-2d&z=0.5,-0.25")
    at(page, "Latent map")
    page.get_by_test_id("latent-pad").focus()
    page.evaluate(LEAVE_AT_ONCE)
    at(page, "Projection")
    moved = shown(page)[1]
    assert moved != [0.5, -0.25] and moved[1] == -0.25
    expect(page).to_have_url(re.compile(f"projection.*z={moved[0]}(,|%2C)-0.25"))


def test_back_goes_to_the_model_before_and_its_point(visit):
    page = visit("/?checkpoint=digits-vae-2d&z=0.5,-0.25")
    choose_model(page, MLP)
    expect(canvas(page)).to_have_attribute("data-model", MLP)
    button(page, "Random").click()
    random = shown(page)[1]
    page.go_back()
    expect(canvas(page)).to_have_attribute("data-model", "digits-vae-2d")
    z_is(page, [0.5, -0.25])
    page.go_forward()
    expect(canvas(page)).to_have_attribute("data-model", MLP)
    z_is(page, random)


def test_a_drawing_and_an_upload_outlast_changes_of_page_and_model(visit):
    page = visit("/reconstruct?checkpoint=mnist-vae-2d")
    page.get_by_role("button", name="Clear").click()
    drag(page, page.get_by_test_id("draw-pad").bounding_box(), (0.3, 0.2), (0.6, 0.8), moves=5)
    drawing = page.get_by_test_id("draw-pad").evaluate("canvas => canvas.toDataURL()")
    page.get_by_test_id("stMain").get_by_text("Upload", exact=True).click()
    name = {"name": "seven.png", "mimeType": "image/png", "buffer": seven()}
    page.locator('[data-testid="stMain"] input[type="file"]').set_input_files(name)
    expect(page.get_by_test_id("input-image")).to_be_visible()
    uploaded = page.get_by_test_id("input-image").evaluate("canvas => canvas.toDataURL()")
    go(page, "Explore")
    choose_model(page, "mnist-vae-16d")
    expect(canvas(page)).to_have_attribute("data-model", "mnist-vae-16d")
    go(page, "Reconstruct")
    expect(page.get_by_text("Still here: seven.png")).to_be_visible()
    expect(page.get_by_test_id("input-image")).to_be_visible()
    assert page.get_by_test_id("input-image").evaluate("canvas => canvas.toDataURL()") == uploaded
    button(page, "Remove").click()
    expect(page.get_by_test_id("input-image")).to_have_count(0)
    page.get_by_test_id("stMain").get_by_text("Draw", exact=True).click()
    expect(page.get_by_test_id("draw-pad")).to_be_visible()
    assert page.get_by_test_id("draw-pad").evaluate("canvas => canvas.toDataURL()") == drawing


def test_projector_mode_outlasts_a_reload(open_page):
    page = open_page("/", fresh=True)
    size = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    before = page.evaluate(size)
    page.get_by_text("Projector mode").click()
    page.wait_for_function(f"before => ({size})() > 1.2 * before", arg=before)
    page.wait_for_function("() => document.cookie.includes('projector=on')")  # which comes after the larger type
    page.reload()
    expect(page.get_by_role("switch", name="Projector mode")).to_be_checked()
    page.wait_for_function(f"before => ({size})() > 1.2 * before", arg=before)


def test_the_picker_shows_models_by_name_and_picture_and_obeys_the_keyboard(visit):
    page = visit("/?checkpoint=mnist-vae-16d")
    expect(page).to_have_title("Explore · Latent Space Explorer")
    open_models(page)
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_have_text(re.compile("^Handwritten digits, 16 numbers"))
    expect(page.get_by_role("group", name="Shipped").get_by_role("option", name="Super Mario levels")).to_be_visible()
    loaded = "pictures => pictures.every((picture) => picture.complete && picture.naturalWidth)"
    page.wait_for_function(f"() => ({loaded})([...document.querySelectorAll('.mp img')])")
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page, ".mp")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.type("sha")  # opens the list, and goes to the shapes
    page.keyboard.press("Enter")
    # The picture before stays, unseen, until the script has come to its end.
    expect(page.locator('canvas[data-testid="decoded-image"][data-model="shapes-beta-vae"]')).to_be_visible()
    expect(page.get_by_role("combobox", name="Model Shapes, 10 numbers")).to_be_focused()
    go(page, "Projection")
    expect(page).to_have_title("Projection · Latent Space Explorer")


def test_projection_opens_a_space_of_many_dimensions_where_nobody_has_chosen(open_page):
    page = open_page("/projection")
    assert canvas(page).first.get_attribute("data-model") == "mnist-vae-16d"
    go(page, "Explore")
    assert canvas(page).first.get_attribute("data-model") == MLP
