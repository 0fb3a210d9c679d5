"""Series in the app: a curve under the slider, and one brought as a file."""

import json
import shutil

import pytest
import torch

from tests.browser.pages import MOVES, assert_accessible, button, drag, dress, slider
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.cli import main

NAME = "toy-waves"
NETWORK = "--network conv1d --filters 8 8 --latent-dim 3"
TRAINING = "--n-train 400 --n-test 100 --window 24 --epochs 20 --lr 0.01 --json"


@pytest.fixture(scope="module")
def model(app_runs):
    """A model of waves among the app's."""
    folder = app_runs / NAME
    assert main(["train", "--dataset", "waves", *NETWORK.split(), *TRAINING.split(), "--out", str(folder)]) == 0
    yield checkpoints.load(str(folder)).load_model()
    shutil.rmtree(folder)


def shown(page):
    """The curve, its latent vector and the number of frames, all of one moment."""
    read = """node => ({ values: JSON.parse(node.dataset.values), z: JSON.parse(node.dataset.z),
                         frames: Number(node.dataset.frames) })"""
    return page.get_by_test_id("decoded-series").evaluate(read)


def test_the_curve_follows_the_finger_and_equals_pytorch(model, visit):
    page = visit(f"/?checkpoint={NAME}&z=0,0,0", wait_for="decoded-series")
    before = shown(page)
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.95, 0.5))
    after = shown(page)
    assert after["frames"] - before["frames"] >= 0.95 * MOVES
    for found in (before, after):
        expected = model.decode(torch.tensor([found["z"]]))[0]
        torch.testing.assert_close(torch.tensor(found["values"]), expected, atol=1e-4, rtol=0)
    assert (torch.tensor(after["values"]) - torch.tensor(before["values"])).abs().max() > 0.05
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)


def drawn(page, testid="curve-drawn"):
    return torch.tensor(json.loads(page.get_by_test_id(testid).get_attribute("data-values")))


@pytest.fixture(scope="module")
def sketch(model, page_at):
    return page_at(f"/reconstruct?checkpoint={NAME}", wait_for="curve-pad")


def test_a_sketched_curve_is_reconstructed_at_every_stroke(model, sketch):
    page = sketch
    before, frames = drawn(page), shown(page)["frames"]
    drag(page, page.get_by_test_id("curve-drawn").bounding_box(), (0.3, 0.3), (0.7, 0.1))
    assert shown(page)["frames"] - frames >= 0.95 * MOVES
    after = drawn(page)
    changed = (after != before).nonzero()[:, 1]
    assert changed.min() >= 5 and changed.max() <= 18 and len(changed) >= 6, "what was not drawn over stays"
    again = torch.tensor(shown(page)["values"])
    torch.testing.assert_close(again, model.reconstruct(after[None])[0], atol=2e-3, rtol=0)
    page.get_by_test_id("curve-pad").press("Control+z")
    assert torch.equal(drawn(page), before)
    page.get_by_test_id("curve-pad").press("ArrowUp")
    moved = (drawn(page) - before).flatten()
    assert moved.count_nonzero() == 1 and moved.max().item() == pytest.approx(0.1, abs=1e-4)
    for _ in range(2):
        button(page, "Spike").click()
    where = int((drawn(page) - before).argmax())
    expect(page.get_by_test_id("misfit")).to_contain_text(f"Fits least at step {where + 1} ")
    expect(page.get_by_test_id("verdict")).to_contain_text("does not fit")


def test_the_hidden_part_of_a_curve_is_completed(sketch):
    button(sketch, "Hide a part").click()
    cards = sketch.locator('.rc-completions[data-state="done"] [data-testid="completion"]')
    expect(cards).to_have_count(5)
    expect(sketch.get_by_test_id("verdict")).to_contain_text("What is visible of this window")
    for scheme in ("light", "dark"):
        dress(sketch, scheme)
        assert_accessible(sketch)
    button(sketch, "As it is").click()


def test_a_file_of_measurements_is_reconstructed(model, sketch):
    page = sketch
    page.get_by_test_id("stMain").get_by_text("Upload", exact=True).click()
    rows = [f"{0.1 * i:.1f}" for i in range(30)]
    file = {"name": "own.csv", "mimeType": "text/csv", "buffer": "\n".join(["value", *rows]).encode()}
    page.locator('[data-testid="stMain"] input[type="file"]').set_input_files(file)
    x = model.kind.read(file["buffer"], model.spec).x
    expected = json.dumps([round(value, 3) for value in model.reconstruct(x)[0, 0].tolist()])
    page.wait_for_function(
        """expected => {
            const node = document.querySelector('[data-testid="decoded-series"]');
            const found = JSON.parse(node?.dataset.values ?? "[[]]")[0];
            return found.length && found.every((value, i) => Math.abs(value - JSON.parse(expected)[i]) < 2e-3);
        }""",
        arg=expected,
    )
    file["buffer"] = b"value\n1\n2\n"
    file["name"] = "short.csv"
    page.locator('[data-testid="stMain"] input[type="file"]').set_input_files(file)
    expect(page.get_by_text("This file has 2 steps; a window of this model has 24.").first).to_be_visible()
