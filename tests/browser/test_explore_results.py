"""What Explore says of a point and gives away in a real Chromium: models beside it, files, code, the verdict."""

import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as to_safetensors

from tests.browser.pages import (
    CONDITIONAL,
    MLP,
    RESET,
    assert_same_picture,
    button,
    canvas,
    decoded,
    drag,
    open_menu,
    press,
    saved,
    shown,
    slider,
)
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.latent.reader import reader_of, tolerance
from vae_core.latent.typicality import Typicality, reencoding_distance

DEEP, AUTOENCODER = "mnist-vae-16d", "mnist-ae-2d"


def test_three_models_at_the_same_point(visit):
    names = [MLP, AUTOENCODER, "digits-vae-2d"]
    page = visit(f"/?checkpoint={MLP}&compare={','.join(names[1:])}&z=1,0.5")
    expect(canvas(page)).to_have_count(3)
    expect(canvas(page).nth(2)).to_have_attribute("data-frames", re.compile(r"\d+"))
    drag(page, page.get_by_test_id("latent-pad").bounding_box(), (0.3, 0.3), (0.6, 0.7), moves=20)
    z = json.loads(canvas(page).nth(0).get_attribute("data-z"))
    for position, name in enumerate(names):
        one = canvas(page).nth(position)
        assert json.loads(one.get_attribute("data-z")) == z
        pixels = one.evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
        side = int(one.get_attribute("width"))
        assert np.abs(np.array(pixels).reshape(side, side, 4)[..., :3] - decoded(name, z)).max() <= 1


def test_back_shows_what_was_compared_there(visit):
    page = visit(f"/?checkpoint={MLP}&compare={DEEP}&z=0,0")
    expect(canvas(page)).to_have_count(2)
    visit(f"/?checkpoint={CONDITIONAL}")
    visit(f"/?checkpoint={MLP}&z=0,0")
    expect(canvas(page)).to_have_count(1)
    page.go_back()
    expect(canvas(page)).to_have_attribute("data-model", CONDITIONAL)
    page.go_back()
    expect(canvas(page)).to_have_count(2)


def test_models_of_other_sizes_are_compared_at_the_same_image_and_linked(open_page, visit):
    page = visit(f"/?checkpoint={MLP}&compare={DEEP}&example=5&match=input")
    expect(canvas(page).nth(1)).to_have_attribute("data-frames", re.compile(r"\d+"))
    mu = checkpoints.load(DEEP).load_latents().posterior.mu[5]
    assert json.loads(canvas(page).nth(1).get_attribute("data-z")) == pytest.approx(mu.tolist(), abs=1e-5)
    button(page, "Copy link").click()
    expect(button(page, "Link copied")).to_be_visible()
    fresh = open_page(page.evaluate("navigator.clipboard.readText()"))
    expect(canvas(fresh).nth(1)).to_have_attribute("data-frames", re.compile(r"\d+"))
    for position in (0, 1):
        pictures = [canvas(each).nth(position).evaluate("c => c.toDataURL()") for each in (page, fresh)]
        assert pictures[0] == pictures[1]


def test_pictures_and_animations_can_be_saved(page_at):
    page = page_at(f"/?checkpoint={MLP}")
    open_menu(page, "Export")
    picture = Image.open(io.BytesIO(saved(page, "Picture (PNG)")))
    assert picture.size == (560, 560)
    assert np.abs(np.asarray(picture)[10::20, 10::20, 0] - decoded(MLP, shown(page)[1])[..., 0]).max() <= 1
    for name in ("Animation (GIF)", "Animation (WebP)"):
        animation = Image.open(io.BytesIO(saved(page, name)))
        assert animation.n_frames >= 40 and animation.size == (560, 560)
    sheet = Image.open(io.BytesIO(saved(page, "Traversals (PNG)")))
    assert sheet.width / sheet.height == pytest.approx(9 / 2)  # nine pictures along each of two axes
    page.keyboard.press("Escape")


def test_the_reproduce_card_gives_the_identical_picture(page_at):
    page = page_at(f"/?checkpoint={CONDITIONAL}")
    button(page, "6").click()
    button(page, "Random").click()
    open_menu(page, "Export")
    open_menu(page, "Reproduce")
    code = page.locator(".lx-code").inner_text()
    assert code.startswith(f"# {page.url.split('?')[0]}?checkpoint={CONDITIONAL}&y=6&z=")
    names: dict = {}
    exec(compile(code, "card", "exec"), names)  # our own card, run as a reader would
    image = 255 * names["image"].expand(3, -1, -1).permute(1, 2, 0).numpy()
    assert np.abs(shown(page)[0] - image).max() <= 1
    page.keyboard.press("Escape")


def test_the_verdict_agrees_with_the_core(visit):
    page = visit(f"/?checkpoint={MLP}&z=9,9")
    honesty = page.get_by_test_id("honesty")
    checkpoint = checkpoints.load(MLP)
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    typicality, reader = Typicality.of(latents.posterior), reader_of(checkpoint.spec)
    for level in (re.compile("unusual|guessing"), re.compile("seen|unusual")):
        expect(honesty).to_have_attribute("data-level", level)
        point = torch.tensor([shown(page)[1]], dtype=torch.float32)
        picture = model.decode(point)
        percentile = typicality.percentile(point).item()
        among = "among the least typical hundredth"
        expect(honesty).to_contain_text(among if percentile < 1 else f"more typical than that of {int(percentile)}%")
        distance = reencoding_distance(point, model.encode(picture)).item()
        expect(honesty).to_contain_text(f"lands {distance:.1f} σ away")
        odds = reader.read(picture)[0].log()
        odds[-1] -= tolerance(reader, model, latents)
        shares = odds.softmax(0)
        best = shares.argmax().item()
        name = [*checkpoint.spec.classes, "none of them"][best]
        expect(honesty).to_contain_text(f"It looks like: {name} {min(99, round(100 * shares[best].item()))}%")
        press(page, RESET)


def test_a_model_that_the_page_cannot_run_is_drawn_by_python(open_page):
    def with_a_strange_layer(route):
        body = route.fetch().body()
        header = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])
        program = json.loads(header["__metadata__"]["program"])
        program["decoder"][1] = {"op": "mystery"}
        route.fulfill(body=to_safetensors(parse_safetensors(body), {"program": json.dumps(program)}))

    intercept = (re.compile("/assets/models/"), with_a_strange_layer)
    page = open_page(f"/?checkpoint={MLP}&z=0,0", intercept=intercept)
    expect(page.get_by_text("Python draws it")).to_be_visible()
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.8, 0.5), moves=5)
    stop = slider(page).input_value()
    expect(canvas(page)).to_have_attribute("data-z", re.compile(re.escape(f"{float(stop):g}")))
    assert_same_picture(page, MLP)
