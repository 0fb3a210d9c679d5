"""Sentences in the app: under the slider, on the map, typed, and on the way between two."""

import json
import re
import shutil

import pytest
import torch

from tests.browser.pages import MOVES, assert_accessible, drag, dress, slider, type_number
from tests.browser.waiting import expect
from tests.datasets.files import sentences
from vae_core import checkpoints
from vae_core.cli import main

NAME = "toy-sentences"
NETWORK = "--network gru --state 32 --embedding 16 --latent-dim 3"
TRAINING = "--max-symbols 12 --epochs 25 --batch-size 32 --lr 0.01 --objective beta_vae --beta 1 --free-bits 1 --json"


@pytest.fixture(scope="module")
def model(app_runs, tmp_path_factory):
    """A model of sentences among the app's."""
    file = tmp_path_factory.mktemp("sentences") / "own.txt"
    file.write_text("\n".join(sentences(200)))
    folder = app_runs / NAME
    options = [*NETWORK.split(), *TRAINING.split(), "--out", str(folder)]
    assert main(["train", "--dataset", "text", "--path", str(file), *options]) == 0
    yield checkpoints.load(str(folder)).load_model()
    shutil.rmtree(folder)


def shown(page):
    """The sentence, its latent vector and the number of frames, all of one moment."""
    read = "node => ({ text: node.textContent, z: JSON.parse(node.dataset.z), frames: Number(node.dataset.frames) })"
    return page.get_by_test_id("decoded-text").evaluate(read)


def written(model, z) -> str:
    return model.kind.lines(model.decode(torch.tensor([z])), model.spec)[0]


def test_the_sentence_follows_the_finger_and_equals_pytorch(model, visit):
    page = visit(f"/?checkpoint={NAME}&z=0,0,0", wait_for="decoded-text")
    before = shown(page)
    found = [before]
    for position in range(3):
        drag(page, slider(page, position).bounding_box(), (0.1, 0.5), (0.9, 0.5))
        found.append(shown(page))
    assert found[-1]["frames"] - before["frames"] >= 3 * 0.95 * MOVES
    assert [each["text"] for each in found] == [written(model, each["z"]) for each in found]
    assert len({each["text"] for each in found}) > 1
    expect(page.locator(".lx-track .lx-line")).to_have_count(2 * 3)  # what is written at both ends of each slider
    draws, temperature = page.get_by_test_id("draws").locator("p"), page.get_by_test_id("temperature")
    expect(draws).to_have_count(3)
    temperature.fill("0")
    page.get_by_text("Draw again").click()
    expect(draws).to_have_text([found[-1]["text"]] * 3)  # no noise
    temperature.fill("1.5")
    page.wait_for_function(
        "text => [...document.querySelectorAll('[data-testid=draws] p')].some((p) => p.textContent !== text)",
        arg=found[-1]["text"],
    )
    expect(page.get_by_text("nats/sentence")).to_be_visible()
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)


def test_a_typed_sentence_comes_back_and_unknown_words_are_said(model, visit):
    page = visit(f"/reconstruct?checkpoint={NAME}", wait_for="decoded-text")
    pad = page.get_by_test_id("type-pad")
    pad.fill("two dogs sleep")
    expect(page.get_by_test_id("typed-status")).to_have_text("Not in its vocabulary: sleep.")
    pad.fill("")
    pad.press_sequentially("a man runs alone.")
    typed = model.kind.read(b"a man runs alone.", model.spec).x
    expected = model.kind.lines(model.reconstruct(typed), model.spec)[0]
    expect(page.get_by_test_id("decoded-text")).to_have_text(expected)
    said = page.get_by_test_id("words").locator("button")
    expect(said).to_have_text(["a", "man", "runs", "alone", "."])
    model_z = torch.tensor([shown(page)["z"]])
    nlls = model.likelihood.nll_per_value(model.decode_logits(model_z, given=typed), typed)[0, :5].tolist()
    found = [float(word.get_attribute("data-nll")) for word in said.all()]
    assert found == pytest.approx(nlls, abs=1e-3) and len(set(found)) == 5
    said.nth(1).hover()
    expect(page.get_by_test_id("word-said")).to_contain_text("“man”: ")
    expect(page.get_by_test_id("verdict")).to_contain_text("words are in it")
    said.nth(3).click()
    expect(said).to_have_text(["a", "man", "runs", "▢", "."])
    completions = page.get_by_test_id("completion")
    expect(completions).to_have_count(5)
    page.locator('.rc-completions[data-state="done"]').wait_for()
    texts = completions.all_text_contents()
    assert len(set(texts)) > 1 and all(re.fullmatch(r"a man runs \w+\.", text) for text in texts), texts
    card = page.locator(".rc-card").nth(1)
    card.click()
    explore = page.get_by_role("link", name="Open in Explore")
    sent = explore.get_attribute("href")
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)
    expect(card).to_have_attribute("aria-pressed", "true")  # another theme finds no other completions
    expect(explore).to_have_attribute("href", sent)
    page.get_by_role("button", name="Show all").click()
    expect(said.nth(3)).to_have_text("alone")
    pad.fill("<b>zebra</b>")
    expect(page.get_by_test_id("typed-status")).to_have_text("This model knows none of these words.")
    expect(page.get_by_test_id("decoded-text")).to_have_text(expected)  # it stays
    page.reload()
    expect(page.get_by_test_id("type-pad")).to_have_value("<b>zebra</b>")


@pytest.mark.parametrize("path", ["/latent_map", "/projection", "/arithmetic"])
def test_the_other_pages_show_sentences(model, visit, path):
    page = visit(f"{path}?checkpoint={NAME}", wait_for="decoded-text")
    expect(page.get_by_test_id("decoded-text")).not_to_be_empty()
    state = shown(page)
    assert state["text"] == written(model, state["z"]), json.dumps(state)
    if path == "/arithmetic":
        steps = page.get_by_test_id("filmstrip").locator("button[data-z]")
        expect(steps).to_have_count(10)
        found = steps.evaluate_all("nodes => nodes.map((node) => [node.textContent, JSON.parse(node.dataset.z)])")
        assert [text for text, _ in found] == [written(model, z) for _, z in found]
        assert len({text for text, _ in found}) > 1
        steps.last.click()
        expect(page.get_by_test_id("decoded-text")).to_have_text(found[-1][0])
    elif path == "/latent_map":
        expect(page.locator('[data-testid="map-grid"][data-complete="true"] p')).to_have_count(5 * 10)
    else:
        expect(page.get_by_test_id("neighbours").locator("p")).to_have_count(10)
        type_number(page, "How many sentences to select", 8)
        words = page.get_by_test_id("word-counts").locator("li")
        expect(words.first).to_be_visible()
        word, inside, here, outside, rest = re.fullmatch(
            r"(\S+) (\d+) of (\d+), rest (\d+) of (\d+)", words.first.text_content()
        ).groups()
        assert int(inside) / int(here) > int(outside) / int(rest)
        assert (int(here), int(rest)) == (8, 12)  # of twenty held-out ones
        for scheme in ("light", "dark"):
            dress(page, scheme)
            assert_accessible(page)
