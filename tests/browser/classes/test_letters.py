"""The Classes page with many classes: a word in the style of a letter that was drawn, and 62 classes to choose from."""

import json
import re
import shutil
from itertools import pairwise

import numpy as np
import pytest
import torch

from tests.browser.pages import assert_accessible, button, canvas, drag, shown
from tests.browser.waiting import expect
from tests.datasets.fonts import write_fonts
from vae_core import checkpoints
from vae_core.datasets import letters
from vae_core.datasets._sources.typefaces import CHARACTERS
from vae_core.model import Model
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train

PIXELS = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"


@pytest.fixture(scope="module")
def typefaces(app_runs, tmp_path_factory):
    """The name of a small conditional model of letters, and the model."""
    dataset = letters.Config(fonts=str(write_fonts(tmp_path_factory.mktemp("typefaces") / "fonts")))
    config = TrainConfig(dataset, mlp.Config(hidden=(32,)), latent_dim=3, epochs=10, lr=1e-2, conditional=True)
    data = letters.load(dataset)
    records = list(train(config, data))
    model = records[-1].state.model.eval().requires_grad_(False)
    checkpoints.save(app_runs / "typefaces", model, config, data, [record.to_json() for record in records])
    yield "typefaces", model
    shutil.rmtree(app_runs / "typefaces")


def labels_of(text: str) -> list[int]:
    return [CHARACTERS.index(character) for character in text]


def picture(locator) -> np.ndarray:
    """The grey pixels of a canvas, 0 to 255."""
    height, width = (int(locator.get_attribute(name)) for name in ("height", "width"))
    return np.array(locator.evaluate(PIXELS)).reshape(height, width, 4)[..., 0]


def assert_written(page, model: Model, text: str, z: list[float]) -> None:
    """The strip shows what PyTorch decodes at z for each character."""
    strip = page.get_by_test_id("written")
    expect(strip).to_have_attribute("data-labels", json.dumps(labels_of(text), separators=(",", ":")))
    expect(strip).to_have_attribute("data-z", json.dumps(z, separators=(",", ":")))
    decoded = model.decode(torch.tensor([z]).expand(len(text), -1), torch.tensor(labels_of(text)))[:, 0]
    assert np.abs(picture(strip) - 255 * np.hstack(list(decoded.numpy()))).max() <= 1


def test_hello_is_written_in_the_style_of_a_letter_that_was_drawn(visit, typefaces):
    name, model = typefaces
    page = visit(f"/digits?checkpoint={name}")
    assert_written(page, model, "HELLO", shown(page)[1])
    button(page, "Draw one").click()
    page.get_by_label("It shows").select_option("F (capital)")
    pad = page.get_by_test_id("draw-pad")
    pad.scroll_into_view_if_needed()
    before, written = shown(page), page.get_by_test_id("written").get_attribute("data-frames")
    drag(page, pad.bounding_box(), (0.35, 0.73), (0.35, 0.1), moves=20)
    drag(page, pad.bounding_box(), (0.35, 0.1), (0.65, 0.1), moves=20)
    drag(page, pad.bounding_box(), (0.35, 0.4), (0.6, 0.4), moves=20)
    _, z, frames = shown(page)
    assert z != before[1] and frames - before[2] >= 40  # a frame for each move of a stroke
    assert_written(page, model, "HELLO", z)
    assert int(page.get_by_test_id("written").get_attribute("data-frames")) > int(written)
    y = json.loads(canvas(page).get_attribute("data-y"))
    assert y.index(1) == CHARACTERS.index("F") and sum(y) == 1
    seen = torch.tensor(picture(page.get_by_test_id("seen-image")), dtype=torch.float32)[None, None] / 255
    assert 0.03 < seen.mean() < 0.5
    assert z == pytest.approx(model.encode(seen, torch.tensor([y.index(1)])).mu[0].tolist(), abs=0.02)

    field = page.get_by_label("Write in this style")
    field.fill("Oo0é")
    expect(page.get_by_text("“é” cannot be drawn: this model knows 0–9, A–Z, a–z.")).to_be_visible()
    assert_written(page, model, "Oo0", z)
    field.press("Enter")
    expect(page).to_have_url(re.compile("text=Oo0"))


def test_62_classes_are_chosen_by_key_and_by_name_and_none_lies_over_another(visit, typefaces):
    name, model = typefaces
    page = visit(f"/digits?checkpoint={name}")
    row = page.get_by_test_id("class-row")
    expect(row.get_by_role("button")).to_have_count(62)
    z = shown(page)[1]
    expect(row).to_have_attribute("data-z", json.dumps(z, separators=(",", ":")))
    drawn = np.stack([picture(each) for each in row.locator("canvas").all()[::9]])
    decoded = model.decode(torch.tensor([z]).expand(7, -1), torch.arange(0, 62, 9))[:, 0]
    assert np.abs(drawn - 255 * decoded.numpy()).max() <= 1
    button(page, "Class c (small)").click()
    for key, character in (("ArrowUp", "C"), ("ArrowRight", "D"), ("Home", "0"), ("End", "z")):
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(row.locator('[aria-pressed="true"]')).to_have_count(1)
        assert json.loads(canvas(page).get_attribute("data-y")).index(1) == CHARACTERS.index(character)
    assert_accessible(page)
    for width in (1280, 380):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        places = row.evaluate("node => [...node.children].map(each => each.getBoundingClientRect().toJSON())")
        assert min(place["width"] for place in places) >= 24
        assert len({(round(place["left"]), round(place["top"])) for place in places}) == 62
        for one, other in pairwise(places):
            assert other["left"] >= one["right"] or other["top"] >= one["bottom"]


def test_elsewhere_many_classes_are_a_list(visit, typefaces):
    name, model = typefaces
    page = visit(f"/?checkpoint={name}&y=12")
    chosen = page.get_by_label("Class", exact=True)
    expect(chosen).to_have_value("C (capital)")
    chosen.select_option("c (small)")
    pixels, z, _ = shown(page)
    assert (
        np.abs(pixels[..., 0] - 255 * model.decode(torch.tensor([z]), torch.tensor(labels_of("c")))[0, 0].numpy()).max()
        <= 1
    )
