"""A kind of data that a plug-in brings, from two files to a slider that moves it: dials.py and dials.js."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import ROOT, serving_the_app
from tests.browser.pages import MOVES, drag, open_models, slider
from tests.browser.waiting import expect

FILES = [Path(__file__).with_name(name) for name in ("dials.py", "dials.js")]
NAME = "dials-vae"
DIALS_MODEL = ["--dataset", "dials", "--latent-dim", "2"]
BRIEFLY = ["--hidden", "16", "--epochs", "30", "--lr", "0.01", "--batch-size", "32"]
DECODE = """
import json, sys, torch
from vae_core import checkpoints, plugins
plugins.start()
model = checkpoints.load(sys.argv[1]).load_model()
print(json.dumps(model.decode(torch.tensor(json.loads(sys.argv[2]))).tolist()))
"""


def python(plugins: Path, *arguments: str) -> str:
    """Run Python with the plug-in in a process of its own: this one's registries stay as they are."""
    environment = os.environ | {"LATENT_PLUGINS": str(plugins), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """The folder that a user names."""
    folder = tmp_path_factory.mktemp("plugins")
    for file in FILES:
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="module")
def dials_model(plugins, app_runs):
    """A model of dials among those of the app that has no such plug-in."""
    folder = app_runs / NAME
    python(plugins, "-m", "vae_core", "train", *DIALS_MODEL, *BRIEFLY, "--out", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def dials_app(plugins, dials_model, app_runs, tmp_path_factory):
    """The address of an app that has it."""
    log = tmp_path_factory.mktemp("dials") / "log"
    with serving_the_app(log, LATENT_RUNS=str(app_runs), LATENT_PLUGINS=str(plugins)) as url:
        yield url


def dials(page):
    """What the view shows, its latent vector, and the number of frames, all of one moment."""
    data = page.get_by_test_id("decoded-dials").evaluate("({ dataset }) => ({ ...dataset })")
    return np.array(json.loads(data["values"])), json.loads(data["z"]), int(data["frames"])


def hands(page, selector: str):
    """Where a canvas is black, by column."""
    read = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    canvas = page.locator(selector).first
    width, height = canvas.evaluate("c => [c.width, c.height]")
    return np.array(canvas.evaluate(read)).reshape(height, width, 4)[..., 0] == 0


def test_a_kind_from_a_plug_in_follows_the_finger_and_equals_pytorch(plugins, dials_app, dials_model, open_page):
    page = open_page(f"{dials_app}/?checkpoint={NAME}", wait_for="decoded-dials", fresh=True)
    found = [dials(page)]
    for position in (0, 1):
        drag(page, slider(page, position).bounding_box(), (0.2, 0.5), (0.8, 0.5))
        found.append(dials(page))
    assert found[2][2] - found[0][2] >= 2 * 0.95 * MOVES
    z = [each[1] for each in found]
    decoded = json.loads(python(plugins, "-c", DECODE, str(dials_model), json.dumps(z)))
    np.testing.assert_allclose([each[0] for each in found], decoded, atol=1e-4)
    assert np.ptp([each[0] for each in found], axis=0).max() > 0.1
    expect(page.get_by_text("nats/row")).to_be_visible()


def test_its_thumbnails_are_painted_by_its_renderer_in_the_worker_too(dials_app, open_page):
    page = open_page(f"{dials_app}/?checkpoint={NAME}&z=0.5,-0.5", wait_for="decoded-dials", fresh=True)
    strip = ".lx-strip"
    page.wait_for_function("strip => document.querySelector(strip)?.height === 11", arg=strip)
    black = hands(page, strip)
    thumbnails = black[1:10].reshape(9, 7, 29)[:, :, 1:28].reshape(9, 7, 3, 9)  # a pixel of room around each
    assert thumbnails[4, :, :, 4].all()  # every hand begins in the middle of its dial
    drawn = thumbnails.sum((0, 3))
    assert (3 <= drawn).all() and (drawn <= 5).all() and not (thumbnails[:, 0] == thumbnails[:, -1]).all()


def test_its_renderer_is_cached_for_ever_beside_the_modules_that_it_imports(dials_app, open_page):
    requests: list[str] = []
    page = open_page(
        f"{dials_app}/?checkpoint={NAME}", wait_for="decoded-dials", on_request=requests.append, fresh=True
    )
    served = {match[2]: match for url in requests if (match := re.search(r"(/assets/js/\w{16})/(.*)", url))}
    own, theirs = served["plugins/dials.js"], served["shared/kit/dom.js"]
    assert own[1] == theirs[1]
    response = page.request.get(dials_app + own[0])
    assert "immutable" in response.headers["cache-control"] and response.body() == FILES[1].read_bytes()
    for path in ("plugins/dials.py", "plugins/other.js", "plugins/image.js", "plugins/dials"):
        assert page.request.get(f"{dials_app}{own[1]}/{path}").status == 404


def test_without_the_plug_in_its_models_are_passed_over_and_a_link_says_why(dials_model, visit):
    page = visit(f"/?checkpoint={NAME}")
    sentence = page.get_by_text(f"The model “{NAME}” cannot be opened, so you see another one:")
    expect(sentence).to_contain_text("There is no kind of data 'dials'")
    open_models(page)
    names = [each.get_attribute("data-model") for each in page.get_by_role("option").all()]
    assert "mnist-vae-2d" in names and NAME not in names
