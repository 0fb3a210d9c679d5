"""Sentences of conditional models: typed ones in every class, the mean of several, and facts from a table."""

import json
import re
import shutil

import pytest
import torch

from tests.browser.pages import assert_accessible, button, dress
from tests.browser.waiting import expect
from tests.datasets.files import write_sentences
from vae_core import checkpoints
from vae_core.checkpoints.files import write_manifest
from vae_core.cli import main
from vae_core.datasets.captions_facts import FACTS, facts_of
from vae_core.files import write_json
from vae_core.kinds.text.vocabulary import tokens
from vae_core.latent.reconstruction import score

NAME = "toy-reviews"
TRAINING = "--max-symbols 12 --epochs 5 --batch-size 32 --lr 0.01 --objective beta_vae --beta 0.3 --conditional"
MEASURES = {
    f"rewriting_{row}_{name}": value
    for row, values in {"model": (0.81, 0.25, 61.4), "copy": (0.2, 1.0, 105.6), "adjective": (0.42, 1.0, 140.0)}.items()
    for name, value in zip(("wanted", "kept", "perplexity"), values, strict=True)
}


@pytest.fixture(scope="module")
def model(app_runs, tmp_path_factory):
    """A conditional model of sentences among the app's, with the measures that a build stores."""
    _, data = write_sentences("reviews", tmp_path_factory.mktemp("reviews"))
    folder = app_runs / NAME
    network = "--network gru --state 32 --embedding 16 --latent-dim 4 --json"
    options = [*TRAINING.split(), *network.split(), "--data-dir", str(data), "--out", str(folder)]
    assert main(["train", "--dataset", "reviews", *options]) == 0
    checkpoint = checkpoints.load(str(folder))
    write_json(folder / "metrics.json", checkpoint.metrics | MEASURES | {"rewriting_judge_accuracy": 0.79})
    (folder / "manifest.json").unlink()
    write_manifest(folder)
    yield checkpoint.load_model()
    shutil.rmtree(folder)


def test_a_typed_sentence_is_written_for_every_class(model, open_page):
    page = open_page(f"/digits?checkpoint={NAME}", wait_for="decoded-text")
    row = page.get_by_test_id("class-row")
    pad = page.get_by_test_id("type-pad")
    pad.fill("two dogs sleeps quietly alone.")
    x = model.kind.read(b"two dogs sleeps quietly alone.", model.spec).x
    scored = score(model, x)
    z = [round(value, 3) for value in scored.posterior.mu[0].tolist()]
    expect(row).to_have_attribute("data-z", json.dumps([0 if v == 0 else v for v in z], separators=(",", ":")))
    found = row.locator(".lx-line").all_inner_texts()
    expected = model.kind.lines(model.decode(torch.tensor([z, z]), torch.tensor([0, 1])), model.spec)
    assert found == expected
    own = model.spec.classes[int(scored.y[0])]
    expect(page.get_by_text(f"Best by −ELBO: {own}")).to_be_visible()
    button(page, "Class positive").click()
    expect(page.get_by_test_id("decoded-text")).to_have_text(expected[1])
    expect(page.get_by_role("row", name="This model 81% 25% 61")).to_be_visible()
    expect(page.get_by_role("row", name="Put an adjective in front 42% 100% 140")).to_be_visible()
    expect(page.get_by_text("right on 79% of the real held-out sentences")).to_be_visible()

    button(page, "Many contents").click()
    expect(page.get_by_test_id("styles").get_by_role("button")).to_have_count(16)
    button(page, "Content 3").click()
    taken = json.loads(page.get_by_test_id("decoded-text").get_attribute("data-z"))
    line = model.kind.lines(model.decode(torch.tensor([taken]), torch.tensor([1])), model.spec)
    expect(page.get_by_test_id("decoded-text")).to_have_text(line[0])
    button(page, "Copy link").click()
    expect(button(page, "Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    fresh = open_page(link, wait_for="decoded-text")
    expect(fresh.get_by_test_id("type-pad")).to_have_value("two dogs sleeps quietly alone.")
    expect(fresh.get_by_test_id("decoded-text")).to_have_text(line[0])


def test_the_mean_of_typed_sentences_and_what_it_keeps_of_them(model, app_runs, visit):
    page = visit(f"/arithmetic?checkpoint={NAME}&mode=mean", wait_for="decoded-text")
    lines = ["two dogs sleeps quietly alone.", "a man runs now in a park.", "the child waits today outside."]
    page.get_by_test_id("mean-lines").fill("\n".join([*lines, "", "zebra"]))
    expect(page.get_by_test_id("slot-C")).to_be_visible()
    scores = [score(model, model.kind.read(line.encode(), model.spec).x) for line in lines]
    codes = torch.stack([(each.posterior.mu[0] * 1000).round() / 1000 for each in scores])
    z = torch.tensor(json.loads(page.get_by_test_id("decoded-text").get_attribute("data-z")))
    torch.testing.assert_close(z, codes.mean(0), rtol=0, atol=0.0011)
    label = torch.stack([each.y[0] for each in scores]).mode().values
    written = model.kind.lines(model.decode(z[None], label[None]), model.spec)[0]
    expect(page.get_by_test_id("decoded-text")).to_have_text(written)
    longer = {word for line in lines for word in tokens(line) if len(word) >= 4}
    kept = len(longer & set(tokens(written)))
    said = f"Of the {len(longer)} longer words in your 3 sentences, the mean has {kept} ({kept / len(longer):.0%})"
    expect(page.get_by_test_id("in-common")).to_contain_text(said)
    latents = checkpoints.load(str(app_runs / NAME)).load_latents()
    away = (latents.posterior.mu - z).norm(dim=1)
    away[latents.y != label] = torch.inf
    expect(page.get_by_test_id("nearest")).to_have_attribute("data-example", str(int(away.argmin())))
    assert_accessible(page)


@pytest.fixture(scope="module")
def describing(app_runs, tmp_path_factory):
    """A model of captions that is told the facts of each, among the app's."""
    _, data = write_sentences("captions_facts", tmp_path_factory.mktemp("captions"))
    folder = app_runs / "toy-facts"
    network = (
        "--network gru --state 32 --embedding 16 --latent-dim 2 --min-count 1 --max-symbols 8 --conditional --json"
    )
    options = [*network.split(), *"--epochs 40 --batch-size 6 --lr 0.01 --data-dir".split(), str(data)]
    assert main(["train", "--dataset", "captions_facts", *options, "--out", str(folder)]) == 0
    yield checkpoints.load(str(folder)).load_model()
    shutil.rmtree(folder)


def test_a_table_of_facts_is_written_and_read_off_again(describing, visit):
    names = [fact.name for fact in FACTS]
    page = visit("/digits?checkpoint=toy-facts&cells=", wait_for="stated")
    for group, name in (("how many", "one"), ("who", "dog"), ("where", "water"), ("doing what", "running")):
        page.get_by_label(group).select_option(name)
    chosen = [names.index(name) for name in ("one", "dog", "water", "running")]
    y = torch.zeros(1, len(names))
    y[0, chosen] = 1
    stated = page.get_by_test_id("stated")
    expect(stated).to_have_attribute("data-y", json.dumps(y[0].int().tolist(), separators=(",", ":")))
    expected = describing.kind.lines(describing.decode(torch.zeros(1, 2), y), describing.spec)[0]
    expect(page.get_by_test_id("decoded-text")).to_have_text(expected)
    lines = stated.locator(".lx-line").all_inner_texts()
    assert lines[0] == expected and len(lines) == 6
    kept = int(facts_of(lines)[:, chosen].sum())
    expect(page.get_by_text(f"{kept} of 24 facts are stated")).to_be_visible()
    for line, said in zip(lines, stated.locator(".dg-mark").all_inner_texts(), strict=True):
        missing = [names[cell] for cell in sorted(chosen) if not facts_of([line])[0, cell]]
        assert said == (f"leaves out {', '.join(f'“{name}”' for name in missing)}" if missing else "✓")
    expect(page).to_have_url(re.compile("cells=" + r"\.".join(map(str, sorted(chosen)))))
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)
    page.reload()
    expect(page.get_by_label("who")).to_have_value(str(names.index("dog")))
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
