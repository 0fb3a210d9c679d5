"""What is brought to the Reconstruct page in a real Chromium: photos, files that are refused, and many at once."""

import io
import re
import zipfile

import pytest
import torch
from PIL import Image
from playwright.sync_api import Page

from benchmarks import sheets
from benchmarks.preparation import photo
from tests.browser.pages import assert_accessible, assert_same_picture, button, drag, shown
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.latent.reconstruction import vote

NAME = "mnist-vae-16d"
PATH = f"/reconstruct?checkpoint={NAME}"


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    page.get_by_role("radio", name="Upload").or_(page.get_by_role("button", name="Upload", exact=True)).first.click()
    field = page.locator('input[type="file"]')
    expect(field).to_be_attached()
    field.set_input_files([{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in files])


def digit(label: int, n: int = 0) -> torch.Tensor:
    """The nth stored example of a class, decoded: [H, W] in [0, 1]."""
    checkpoint = checkpoints.load(NAME)
    latents = checkpoint.load_latents()
    index = (latents.y == label).nonzero()[n]
    return checkpoint.load_model().decode(latents.posterior.mu[index])[0, 0]


def sideways(content: bytes) -> bytes:
    """The photo as a phone stores it that was held on its side: turned, with an EXIF mark that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.open(io.BytesIO(content)).rotate(90, expand=True).save(file, "JPEG", exif=exif, quality=92)
    return file.getvalue()


def test_a_sideways_photo_of_a_digit_reconstructs_to_the_same_digit(open_page):
    page = open_page(PATH)
    upload(page, ("photo.jpg", sideways(photo(digit(4, 3), 4))))
    expect(page.get_by_text(". Upright")).to_be_visible()
    expect(page.get_by_test_id("input-image")).to_be_visible()
    assert vote(torch.tensor([shown(page)[1]]), checkpoints.load(NAME).load_latents()).item() == 4
    assert_same_picture(page, NAME)


def test_a_sheet_on_a_table_is_found_and_another_part_is_dragged(open_page):
    page = open_page(PATH)
    made = sheets.photo(digit(4, 3), sheets.Scene("wood", "squared", True), 3, (600, 800))
    upload(page, ("table.jpg", made.content))
    for step in ("Sheet", "Shadow removed"):
        expect(page.get_by_text(re.compile(rf"\d\. {step}"))).to_be_visible()
    expect(page.get_by_test_id("verdict")).to_contain_text("Given a 4")
    page.get_by_text("Choose the part by hand").click()
    picture, handles = page.get_by_test_id("crop"), page.locator(".cr-handle")
    expect(handles).to_have_count(4)
    box = picture.bounding_box()
    for i, (x, y) in enumerate(made.corners):
        at = handles.nth(i).bounding_box()
        assert (at["x"] + at["width"] / 2 - box["x"]) / box["width"] == pytest.approx(x, abs=0.03)
        assert (at["y"] + at["height"] / 2 - box["y"]) / box["height"] == pytest.approx(y, abs=0.03)
    found = shown(page)[1]
    drag(page, handles.nth(0).bounding_box(), (0.5, 0.5), (2.5, 2.0), 5)
    expect(page.get_by_text(re.compile(r"\d\. Part"))).to_be_visible()
    button(page, "Use the whole picture").click()
    expect(page.get_by_text(re.compile(r"\d\. Part"))).not_to_be_attached()
    expect(page.get_by_text(re.compile(r"\d\. Sheet"))).not_to_be_attached()
    button(page, "Back to the sheet").click()
    expect(page.get_by_text(re.compile(r"\d\. Part"))).to_be_visible()
    page.wait_for_function(
        "want => { const z = JSON.parse(document.querySelector('canvas[data-testid=\"decoded-image\"]').dataset.z);"
        "return z.every((value, i) => Math.abs(value - want[i]) < 0.05); }",
        arg=found,
    )
    handles.nth(3).focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    differs = "JSON.parse(document.querySelector('canvas[data-testid=\"decoded-image\"]').dataset.z)[0] - was"
    page.wait_for_function(f"was => Math.abs({differs}) > 1e-3", arg=found[0])
    assert_accessible(page)


def test_without_a_camera_the_phone_takes_the_photo(open_page):
    page = open_page(PATH)
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")  # as over http:// on a network
    page.get_by_role("radio", name="Camera").or_(page.get_by_role("button", name="Camera", exact=True)).first.click()
    expect(page.get_by_text("The browser lends this page no camera")).to_be_visible()
    field = page.get_by_test_id("phone-camera")
    assert field.get_attribute("capture") == "environment"
    photographed = sheets.photo(digit(7, 1), sheets.Scene("dark"), 5, (600, 800)).content
    field.set_input_files([{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photographed}])
    expect(page.get_by_text(re.compile(r"\d\. Sheet"))).to_be_visible()
    expect(page.get_by_test_id("verdict")).to_contain_text("Given a 7")


def test_a_refused_file_gets_its_sentence_and_many_get_a_table(open_page):
    page = open_page(PATH)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("set/3.jpg", photo(digit(3), 1))
        archive.writestr("set/5.jpg", photo(digit(5), 2))
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    upload(page, ("page.png", b"<!doctype html><p>no"), ("phone.jpg", heic), ("set.zip", packed.getvalue()))
    expect(
        page.get_by_text("That file is not a PNG, JPEG, WebP, BMP, GIF or AVIF picture (it looks like HTML)")
    ).to_be_visible()
    expect(
        page.get_by_text("phone.jpg: That file is a HEIC photo, which is not read here: save it as JPEG.")
    ).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 and lines[0].endswith("z15")
    assert [line.split(",")[4] for line in lines[1:]] == ["3", "5"], "the nearest class"
