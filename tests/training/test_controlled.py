"""The controlled objective trained on sentences whose class shows in one word, and not always."""

import dataclasses
import random

import pytest
import torch

from vae_core.data import Batch, Data
from vae_core.datasets import reviews
from vae_core.datasets._sources.sentences import sentence_spec, split_of
from vae_core.kinds import kind_of
from vae_core.networks import gru
from vae_core.objectives import OBJECTIVES, controlled
from vae_core.training import TrainConfig, TrainingState, train

POLAR = (("bad", "dull", "poor"), ("good", "fine", "great"))
NOUNS, VERBS = ("film", "plot", "cast", "end"), ("is", "seems", "feels")
RIGHT = 0.7
"""Share of the sentences whose word is one of their class: a model that only knows the class cannot be sure of it."""


def build(n: int, seed: int):
    draw = random.Random(seed)
    words, labels = [], []
    for _ in range(n):
        label = draw.randrange(2)
        shown = label if draw.random() < RIGHT else 1 - label
        words.append(["the", draw.choice(NOUNS), draw.choice(VERBS), draw.choice(POLAR[shown])])
        labels.append(label)
    return words, labels


@pytest.fixture(scope="module")
def toy() -> Data:
    train_part, test_part = build(512, 0), build(128, 1)
    spec = sentence_spec("toy", train_part[0], 1, 6, ("negative", "positive"))
    return Data(spec, split_of(*train_part, spec), split_of(*test_part, spec))


def config(epochs=10, **changes) -> TrainConfig:
    options = {"beta": 0.05, "plain_epochs": 2.0, "temperature_epochs": 8.0, "rewritten": 1.0} | changes
    return TrainConfig(
        reviews.Config(),
        gru.Config(embedding=12, state=24, word_dropout=0.2),
        controlled.Config(**options),
        latent_dim=6,
        epochs=epochs,
        batch_size=64,
        lr=1e-2,
    )


def wanted(model, data: Data) -> float:
    """The share of held-out sentences whose rewriting in the other class has a word of that class."""
    x, y = kind_of(data.spec).feed(data.test.x), data.test.y
    model.eval()
    with torch.inference_mode():
        lines = model.kind.lines(model.decode(model.encode(x, y).mu, 1 - y), data.spec)
    shows = [
        any(word in POLAR[1 - label] for word in line.split()) for line, label in zip(lines, y.tolist(), strict=True)
    ]
    return sum(shows) / len(shows)


def test_without_the_discriminator_the_class_alone_moves_few_sentences(toy):
    *_, record = train(config(control=0.0, independence=0.0), toy)
    assert wanted(record.state.model, toy) < 0.7


@pytest.mark.parametrize("choice", [controlled.GUMBEL, controlled.STRAIGHT_THROUGH, controlled.REINFORCE])
def test_each_choice_writes_the_class_that_is_wanted(choice, toy):
    records = list(train(config(choice=choice), toy))
    assert wanted(records[-1].state.model, toy) > 0.95
    assert records[0].train["control"] == 0 and records[-1].train["control"] < 0.45 < records[2].train["control"]
    assert records[-1].test["control"] < 0.45 and records[-1].test["loss"] > records[-1].test["nll"]


def test_the_encoder_hides_what_the_adversary_reads(toy):
    """An adversary that looks at one dimension alone: the term falls, since that dimension is emptied."""
    state, objective = TrainingState.start(config(), toy.spec), OBJECTIVES.build(config().objective)
    judges, batch = state.helper, Batch(toy.train.x[:64].long(), toy.train.y[:64], 5.0)
    with torch.no_grad():
        judges.adversary[0].weight.zero_()[0, 0] = 3.0
    optimizer, found = torch.optim.Adam(state.model.parameters(), 0.02), []
    for _ in range(10):
        term = objective(state.model, batch, state.generator, judges)["independence"]
        optimizer.zero_grad()
        term.backward()
        optimizer.step()
        found.append(term.item())
    assert found[-1] < 0.5 * found[0]


@pytest.mark.parametrize("choice", [controlled.GUMBEL, controlled.REINFORCE])
def test_it_goes_on_from_disk_bit_for_bit(choice, toy, tmp_path):
    few = config(epochs=2, choice=choice, plain_epochs=0.5)
    *_, undisturbed = train(few, toy)
    record = next(train(few, toy))
    record.state.save(tmp_path / "resume", durable=False)
    *_, resumed = train(few, toy, TrainingState.load(tmp_path / "resume", few, toy.spec))
    for one, other in (
        (undisturbed.state.model, resumed.state.model),
        (undisturbed.state.helper, resumed.state.helper),
    ):
        assert one.state_dict().keys() == other.state_dict().keys()
        assert all(torch.equal(one.state_dict()[name], other.state_dict()[name]) for name in one.state_dict())
    assert resumed.train == undisturbed.train and resumed.test == undisturbed.test


def test_its_model_is_told_the_class_whatever_the_option_says():
    assert config().conditional and config().model.conditional
    assert dataclasses.replace(config(), conditional=False).conditional
    assert TrainConfig.from_json(config().to_json()) == config()
