"""What the Arithmetic page says of concepts of shipped models, beside what is known of these."""

import pytest
import torch

from components.arithmetic.concept_facts import describe_effects, describe_reliability, facts, from_groups
from components.arithmetic.concept_groups import factors, first_choice, sources
from components.arithmetic.start import COUNTS, usual
from components.shared.app import groups
from vae_core import checkpoints
from vae_core.errors import UserError
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train


@pytest.fixture(autouse=True)
def session(monkeypatch):
    monkeypatch.setattr(groups.st, "session_state", {})


def said(name, towards, away):
    checkpoint = checkpoints.load(name)
    found = sources(checkpoint)
    concept = from_groups(checkpoint, found[towards], found[away])
    moved = facts(checkpoint, concept.vector, found[away])
    effects = describe_effects(checkpoint, moved, found[towards], found[away])
    return describe_reliability(concept.reliability, "images"), effects


def test_a_factor_that_the_model_found_moves_alone():
    reliability, effects = said("shapes-beta-vae", "f2h", "f2l")  # x, which has a dimension of its own
    assert reliability["level"] == "seen" and reliability["auc"] > 0.99
    shifts = {row["name"]: row["shift"] for row in effects["factors"]}
    assert list(shifts) == ["scale", "rotation", "x", "y"]  # the shape is the class
    assert shifts.pop("x") > 1.2 and max(map(abs, shifts.values())) < 0.25
    assert [row["name"] for row in effects["factors"] if row["meant"]] == ["x"]


def test_a_factor_that_the_model_does_not_keep_has_no_direction():
    reliability, effects = said("shapes-beta-vae", "f1h", "f1l")  # rotation
    assert reliability["level"] == "guessing" and "does not tell" in reliability["sentence"]
    assert effects["side_effects"] == "Side effects: few."


def test_a_class_becomes_the_other_class_where_the_latent_space_is_large_enough():
    _, effects = said("mnist-vae-16d", "c8", "c3")
    rows = {row["name"]: row for row in effects["classes"]}
    assert rows["3"]["meant"] and rows["8"]["meant"] and not rows["9"]["meant"]
    assert rows["3"]["before"] > 0.7 and rows["3"]["after"] < 0.2
    assert rows["8"]["after"] > 0.5 > rows["8"]["before"]


def test_the_code_of_a_conditional_model_does_not_tell_classes_apart_but_brightness():
    reliability, _ = said("mnist-cvae", "c0", "c7")
    assert reliability["level"] != "seen"
    reliability, effects = said("mnist-cvae", "f0h", "f0l")
    assert reliability["auc"] > 0.8
    assert effects["factors"][0]["shift"] > 0.3
    # What is drawn stays what the model is told to draw.
    assert all(abs(row["after"] - row["before"]) < 0.1 for row in effects["classes"])


@pytest.mark.parametrize("name", [checkpoint.name for checkpoint in checkpoints.find()])
def test_every_shipped_model_has_two_groups_to_begin_with(name):
    checkpoint = checkpoints.load(name)
    towards, away = first_choice(checkpoint)
    found = sources(checkpoint)
    assert towards != away and {towards, away} <= set(found)
    assert min(len(found[end].group) for end in (towards, away)) >= 15
    assert len(factors(checkpoint).values) <= len(checkpoint.load_latents().y)


def test_a_model_without_classes_or_factors_has_brightness(unlabelled, tmp_path):
    config = TrainConfig(network=mlp.Config(hidden=(16,)), latent_dim=2, epochs=2)
    records = list(train(config, unlabelled))
    history = [record.to_json() for record in records]
    checkpoints.save(tmp_path / "plain", records[-1].state.model.eval(), config, unlabelled, history)
    checkpoint = checkpoints.load(tmp_path / "plain")
    found = sources(checkpoint)
    assert list(found) == ["f0h", "f0l"] == list(first_choice(checkpoint))
    concept = from_groups(checkpoint, found["f0h"], found["f0l"])
    moved = facts(checkpoint, concept.vector, found["f0l"])
    effects = describe_effects(checkpoint, moved, found["f0h"], found["f0l"])
    assert effects["classes"] == [] and effects["factors"][0]["shift"] > 0
    found = {mode: len(points) for mode, points in usual(checkpoint).items()}
    assert found.keys() == COUNTS.keys() and all(COUNTS[mode][0] <= n <= COUNTS[mode][1] for mode, n in found.items())


def test_more_gaps_is_a_concept_of_levels():
    """Of data without classes, from the factors that the shipped examples come with."""
    checkpoint = checkpoints.load("mario-vae")
    gaps = checkpoint.spec.factors.index("gap columns")
    more, fewer = (sources(checkpoint)[f"f{gaps}{end}"] for end in "hl")
    values = factors(checkpoint).values[:, gaps]
    assert values[list(more.group.examples)].min() > values[list(fewer.group.examples)].max()
    concept = from_groups(checkpoint, more, fewer)
    assert concept.reliability.level == "reliable"
    effects = describe_effects(checkpoint, facts(checkpoint, concept.vector, fewer), more, fewer)
    assert effects["classes"] == [] and effects["factors"][gaps]["meant"]
    assert effects["factors"][gaps]["shift"] == max(each["shift"] for each in effects["factors"]) > 0.5
    plain = fewer.group.mu(checkpoint)[:100]
    model = checkpoint.load_model()
    below, above = (model.decode(z)[:, -1].eq(0).sum(1).double().mean() for z in (plain, plain + concept.vector))
    assert above > below + 1, "the vector digs holes into the lowest row"


def test_a_named_group_is_about_the_class_that_most_of_it_has():
    checkpoint = checkpoints.load("mnist-vae-16d")
    y = checkpoint.load_latents().y
    sevens, threes = ((y == label).nonzero().flatten().tolist() for label in (7, 3))
    groups.add(checkpoint, "sevens", [*sevens[:30], *threes[:10]])
    groups.add(checkpoint, "both", [*sevens[:30], *threes[:30]])
    found = sources(checkpoint)
    assert (found["gsevens"].classes, found["gboth"].classes) == ((7,), ())
    concept = from_groups(checkpoint, found["gsevens"], found["c3"])
    moved = facts(checkpoint, concept.vector, found["c3"])
    assert "then look like 7" in describe_effects(checkpoint, moved, found["gsevens"], found["c3"])["sentence"]


def test_one_group_twice_or_a_group_of_one_gets_a_sentence():
    checkpoint = checkpoints.load("digits-vae-2d")
    groups.add(checkpoint, "single", [3])
    groups.add(checkpoint, "own", [], [[1.0, 2.0], [0.5, 2.0]])
    found = sources(checkpoint)
    with pytest.raises(UserError, match="same group"):
        from_groups(checkpoint, found["c1"], found["c1"])
    with pytest.raises(UserError, match="at least two pictures"):
        from_groups(checkpoint, found["gsingle"], found["c1"])
    concept = from_groups(checkpoint, found["gown"], found["c1"])
    y, mu = checkpoint.load_latents().y, checkpoint.load_latents().posterior.mu
    torch.testing.assert_close(concept.vector, torch.tensor([0.75, 2.0]) - mu[y == 1].mean(0))
    assert describe_reliability(concept.reliability, "levels")["sentence"] == "Too few levels to be sure."


def test_sentences_of_one_person_become_sentences_of_several():
    checkpoint = checkpoints.load("captions-vae")
    assert first_choice(checkpoint) == ("f1h", "f1l")
    reliability, effects = said("captions-vae", "f1h", "f1l")
    assert reliability["level"] == "seen" and reliability["auc"] > 0.85
    shifts = {row["name"]: row["shift"] for row in effects["factors"]}
    assert shifts["number of people"] > 0.5 > max(abs(shifts["length"]), abs(shifts["movement"]))
    assert "brightness" not in shifts
