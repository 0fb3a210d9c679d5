"""Sheets of paper in photos: found on a table, straightened, freed from shadows; nothing else is taken for one."""

import io
from itertools import cycle, islice

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageOps

from benchmarks import preparation, sheets
from benchmarks.sheets import Scene
from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.kinds.image import light, sheet
from vae_core.kinds.image.imaging import Look, Options, prepare
from vae_core.latent.reader import reader_of

GREY = DataSpec("mnist", "image", (1, 28, 28), tuple("0123456789"))
SMALL = 450, 600


@pytest.fixture(scope="module")
def digits():
    return preparation.digits(checkpoints.load("mnist-vae-16d"), None)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def steps(content: bytes, **options) -> list[str]:
    return [step.id for step in prepare(content, GREY, Options(**options)).steps]


def encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def large(digit: torch.Tensor) -> Image.Image:
    return Image.fromarray((255 * digit.numpy()).astype(np.uint8)).resize((280, 280), Image.Resampling.BICUBIC)


def test_corners_of_a_sheet_are_found_on_every_table(digits):
    kinds = zip(sheets.TABLES, islice(cycle(sheets.PAPERS), len(sheets.TABLES)), strict=True)
    scenes = [Scene(table, paper, shadow) for table, paper in kinds for shadow in (False, True)]
    for seed, scene in enumerate(scenes):
        made = sheets.photo(digits[0][seed], scene, seed, SMALL)
        found = sheet.find(opened(made.content))
        assert found is not None, scene
        assert np.abs(found - made.corners).max() < 0.03, scene


def test_digits_on_a_table_and_in_a_shadow_are_read(digits):
    kinds = [Scene(table, "squared", True) for table in (*sheets.TABLES, "")]
    kinds += [Scene(table, paper) for table, paper in (("wood", "plain"), ("light", "ruled"), ("tiles", "squared"))]
    made = [sheets.photo(digits[0][i], scene, i, SMALL) for i, scene in enumerate(kinds)]
    reader = reader_of(GREY)
    read = {}
    for name, options in (("before", sheets.BEFORE), ("now", Options())):
        x = torch.cat([prepare(each.content, GREY, options).x for each in made])
        read[name] = (reader.read(x)[:, :-1].argmax(1) == digits[1][: len(made)]).float().mean().item()
    assert read["before"] < 0.6
    assert read["now"] > 0.85


def test_pictures_without_a_table_come_out_as_before(digits):
    for i in range(3):
        ink = large(digits[0][i])
        alpha = Image.new("RGBA", ink.size, "white")
        alpha.putalpha(ink)
        page = Image.new("L", (620, 877), 250)
        page.paste(ImageOps.invert(ink), (150, 250))
        for image in (ink, ImageOps.invert(ink), ink.resize((28, 28)), alpha, page):
            assert torch.equal(prepare(encoded(image), GREY).x, prepare(encoded(image), GREY, sheets.BEFORE).x)
        assert not {"sheet", "light"} & {*steps(preparation.photo(digits[0][i], i))}


def test_photos_for_models_of_colour_pictures_stay_whole(digits):
    made = sheets.photo(digits[0][0], Scene(), 0, SMALL)
    whole = prepare(made.content, DataSpec("photos", "image", (3, 64, 64)), look=Look(drawing=False))
    assert whole.corners is None and [step.id for step in whole.steps] == ["upload", "resize"]


def test_a_bright_board_without_ink_is_no_sheet():
    image = Image.effect_noise((400, 400), 12).point(lambda value: value // 4)
    ImageDraw.Draw(image).polygon([(90, 80), (310, 90), (300, 320), (80, 300)], fill=230)
    assert sheet.find(image) is None
    ImageDraw.Draw(image).line([(150, 150), (240, 240)], fill=40, width=12)
    found = sheet.find(image)
    assert np.abs(400 * found - [(90, 80), (310, 90), (300, 320), (80, 300)]).max() < 8


def test_straightening_takes_corners_to_corners():
    image = Image.new("RGB", (400, 300))
    quad = [(60, 40), (330, 70), (300, 270), (90, 240)]
    ImageDraw.Draw(image).polygon(quad, fill="white")
    for x, y in quad:
        ImageDraw.Draw(image).ellipse((x - 12, y - 12, x + 12, y + 12), fill="red")
    flat = np.asarray(sheet.straighten(image, np.array(quad) / image.size, 768))
    assert flat.shape == (202, 242, 3)
    for y, x in ((2, 2), (2, -3), (-3, 2), (-3, -3)):
        assert flat[y, x, 0] > 200 > 60 > flat[y, x, 1]
    assert (flat[40:-40, 40:-40] == 255).all()
    assert sheet.straighten(image, np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), 100).size == (100, 75)


def test_a_part_chosen_by_hand_replaces_the_sheet(digits):
    made = sheets.photo(digits[0][0], Scene(), 0, SMALL)
    corners = ((0.1, 0.1), (0.6, 0.1), (0.6, 0.5), (0.1, 0.5))
    chosen = prepare(made.content, GREY, Options(corners=corners))
    assert chosen.corners == corners
    assert next(step for step in chosen.steps if step.id == "sheet").image.size == (225, 240)
    assert "sheet" not in steps(made.content, sheet=False)


def test_a_shadow_is_removed_and_even_paper_or_chalk_left_alone():
    y, x = np.mgrid[:300, :240] / 240
    shade = np.where(x + 0.3 * y > 0.7, 0.4, 1.0)
    ink = (np.abs(x - 0.5) < 0.03) & (np.abs(y - 0.6) < 0.3)
    paper = Image.fromarray((230 * shade * np.where(ink, 0.2, 1)).astype(np.uint8))
    evened = np.asarray(light.even(paper), dtype=float)
    away = np.abs(x + 0.3 * y - 0.7) > 0.04
    assert np.ptp(evened[away & ~ink]) < 12
    assert np.percentile(evened[away & ink], 90) < 0.3 * evened[away & ~ink].min()
    assert light.even(Image.fromarray((230 * np.where(ink, 0.2, 1)).astype(np.uint8))) is None
    board = np.where(ink, 0.9, 0.3 * shade) + 0.02 * np.sin(900 * x)
    assert light.even(Image.fromarray((255 * board).astype(np.uint8))) is None
