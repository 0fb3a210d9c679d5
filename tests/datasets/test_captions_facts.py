"""Facts read off captions, and a condition of several of them on its way to the model."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from vae_core.data import Batch, DataSpec, Split
from vae_core.datasets import DATASETS, captions_facts
from vae_core.datasets.captions_facts import FACTS, facts_of
from vae_core.errors import UserError
from vae_core.metrics import batches, encode_split
from vae_core.networks import gru
from vae_core.training import TrainConfig, TrainingState, train

ROOT = Path(__file__).parents[2]
SENTENCES = {
    "a man in a red shirt rides a bike down the street .": {"one", "man", "red", "street", "riding"},
    "two dogs run and jump in the snow": {"two", "dog", "running", "jumping", "snow"},
    "a group of people are sitting": {"several", "people", "sitting"},  # a group is not one
    "the women watch a boy": {"woman", "boy", "looking"},
    "someone sleeps": set(),
}


def named(row) -> set[str]:
    return {fact.name for fact, states in zip(FACTS, row, strict=True) if states}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captions") / "multi30k"
    folder.mkdir()
    for name in ("train.en", "test_2016_flickr.en"):
        (folder / name).write_text("\n".join(list(SENTENCES) * 12))
    return DATASETS.build(captions_facts.Config(), folder.parent)


def test_the_facts_of_sentences_by_hand():
    for sentence, expected in SENTENCES.items():
        assert named(facts_of([sentence])[0]) == expected, sentence


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed here")
def test_the_page_reads_off_the_same(tmp_path):
    """Its own words against Python's, for each sentence."""
    facts = [vars(fact) for fact in FACTS]
    script = tmp_path / "stated.mjs"
    script.write_text(
        f"""
        globalThis.sessionStorage = null;
        const {{ stated }} = await import({json.dumps((ROOT / "components/digits/stated.js").as_uri())});
        const {{ tokens }} = await import({json.dumps((ROOT / "components/shared/kinds/text.js").as_uri())});
        const [sentences, facts] = [{json.dumps(list(SENTENCES))}, {json.dumps(facts)}];
        console.log(JSON.stringify(sentences.map((each) => stated(tokens(each), facts))));
        """
    )
    found = json.loads(subprocess.run(["node", script], check=True, capture_output=True, text=True).stdout)
    assert found == facts_of(list(SENTENCES)).bool().tolist()


def test_captions_without_facts_are_left_out_and_who_is_the_label(data):
    assert len(data.train) == 12 * 4 and data.train.weights.shape == (48, len(FACTS))
    assert data.spec.groups == tuple(fact.group for fact in FACTS)
    assert [FACTS[label].name for label in data.train.y[:4]] == ["man", "dog", "people", "woman"]
    assert (data.train.weights.gather(1, data.train.y[:, None]) == 1).all()
    again = DataSpec.from_json(json.loads(json.dumps(data.spec.to_json())))
    assert again == data.spec


def test_a_training_and_its_measures_are_given_all_facts_at_once(data):
    config = TrainConfig(
        captions_facts.Config(), gru.Config(embedding=8, state=12), latent_dim=2, conditional=True, epochs=1
    )
    model = TrainingState.start(config, data.spec).model.eval()
    part = next(batches(model, data.test))
    assert torch.equal(part.y, data.test.weights)
    encoded = encode_split(model, data.test)
    torch.testing.assert_close(encoded.mu, model.encode(part.x, data.test.weights).mu)
    assert not torch.allclose(encoded.mu, model.encode(part.x, data.test.y).mu)
    seen = []
    forward = model.condition
    model.condition = lambda y: seen.append(y) or forward(y)
    state = TrainingState.start(config, data.spec)
    state.model.condition = model.condition
    next(train(config, data, state))
    assert any(y.is_floating_point() and y.sum(1).max() > 1 for y in seen)


def test_every_class_needs_a_group():
    with pytest.raises(UserError, match="2 classes in 1 groups"):
        DataSpec("toy", "image", (1, 4, 4), ("a", "b"), groups=("one",)).check()


def test_a_split_keeps_its_weights():
    split = Split(torch.zeros(3, 1), torch.tensor([0, 1, 1]), None, torch.eye(3))
    assert torch.equal(split.take(torch.tensor([2, 0])).condition, torch.eye(3)[[2, 0]])
    assert torch.equal(split.to("cpu").condition, torch.eye(3)) and Batch(split.x, split.condition).y is not None
