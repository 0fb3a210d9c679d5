"""What `python -m benchmarks.quality` and `python -m benchmarks.augmentation` compute, on tiny data."""

import inspect
import statistics
from dataclasses import replace

import pytest
import torch

from benchmarks import augmentation
from benchmarks.quality import __main__ as quality
from benchmarks.quality import rows
from benchmarks.quality.training import Goal, Trained, recipe
from vae_core.data import Split
from vae_core.datasets import DATASETS, mnist, shapes
from vae_core.errors import UserError
from vae_core.metrics import METRICS, encode_split
from vae_core.networks import mlp
from vae_core.training import TrainConfig

TINY = "--dataset digits --hidden 16 --latent-dim 3 --epochs 1 --lr 3e-3"


def test_a_goal_is_met_in_its_time_or_not(trained, digits):
    slow, quick = (Trained(trained.model, digits, 1.0, cpu) for cpu in (21.0, 19.0))
    low = Goal("figure", "others", 5.0, seconds=10)  # on two cores: 20 CPU seconds
    assert [low.row(5.0, [quick])["met"], low.row(5.1, [quick])["met"], low.row(5.0, [slow, quick])["met"]] == [
        True,
        False,
        False,
    ]
    assert low.words == "≤ 5 in 10 s on 2 cores"
    high = Goal("figure", "others", 0.9, higher=True)
    assert high.row(0.91, [slow])["met"] and not high.row(0.89, [])["met"]
    assert high.row(0.912, [slow, quick], digits=1, command="c") == {
        "figure": "figure",
        "reference": "others",
        "goal": "≥ 0.9",
        "ours": 0.9,
        "seconds": 1.0,
        "cpu_seconds": 21.0,
        "met": True,
        "command": "c",
    }


def test_a_recipe_is_the_command_line_of_a_training():
    network = mlp.Config(hidden=(512, 256), activation="silu")
    config = recipe("--dataset mnist --binarise --hidden 512 256 --activation silu --latent-dim 40 --epochs 3")
    assert config == TrainConfig(mnist.Config(binarise=True), network, latent_dim=40, epochs=3)
    with pytest.raises(UserError, match="--widht"):
        recipe("--dataset mnist --widht 3")
    options = [value for name, value in inspect.getmembers(rows) if name.endswith("_RECIPE")]
    for each in (*options, *rows.BINARISED_RECIPES.values()):
        recipe(each.format(label=3, seed=1))


def test_a_row_holds_what_evaluate_says_and_the_command(digits):
    goal = Goal("−ELBO", "nobody", 1000, seconds=100)
    (row,) = rows.grey(goal, TINY, None)
    again = next(rows.grey(goal, TINY, None, digits))
    assert row["ours"] == again["ours"] < 60 and row["met"] and row["cpu_seconds"] < 30
    assert row["command"] == f"python -m vae_core train {TINY}"


def test_the_likelihood_of_a_part_agrees_with_that_of_all(trained, digits):
    split = digits.test.take(slice(0, 200))
    whole, no_error = rows.likelihood(trained.model, split, samples=200, examples=200)
    encoded = encode_split(trained.model, split)
    metric = METRICS.build(METRICS["importance"].config(samples=200), trained.model, split, encoded)["iw_nll"]
    assert (whole, no_error) == (pytest.approx(metric), 0.0)
    found, error = rows.likelihood(trained.model, split, samples=200, examples=80)
    assert 0 < error < 0.1 and abs(found - whole) < 6 * error
    first = rows.weighted(trained.model, split, rows.FEW).mean().item()
    assert found < first  # more samples make the bound tighter


def test_an_error_does_not_mind_how_much_ink_there_is(trained, digits):
    split = digits.test.take(slice(0, 20))
    x = split.x.double() / 255
    shown = trained.model.reconstruct(x.float()).double()
    expected = ((shown - x) ** 2).flatten(1).sum(1) / (x**2).flatten(1).sum(1)
    assert torch.allclose(rows.relative_errors(trained.model, split).double(), expected, rtol=1e-4)
    black = Split(torch.zeros_like(split.x), split.y)
    assert rows.relative_errors(trained.model, black).isfinite().all()


def test_each_class_is_learned_in_turn(digits):
    """Of rows of light, each in a place of its own, what was learned is told from all others."""
    y = torch.arange(300) % 3
    x = torch.randint(0, 60, (300, 1, 4, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    x[torch.arange(300), 0, y] = 255
    spec = replace(digits.spec, shape=(1, 4, 4), classes=("a", "b", "c"))
    data = replace(digits, spec=spec, train=Split(x[:240], y[:240]), test=Split(x[240:], y[240:]))
    options = TINY.replace("digits", "mnist --one-class {label}").replace(
        "--epochs 1 --lr 3e-3", "--epochs 12 --lr 0.03"
    )
    (row,) = rows.one_class(None, data, options)
    assert row["each"] == [1.0, 1.0, 1.0] and row["ours"] == 1 and row["by_neg_elbo"] == 1 and row["met"]
    assert "--one-class 0 … 9" in row["command"]


def test_factors_are_measured_over_three_seeds():
    data = DATASETS.build(shapes.Config(n_train=100, n_test=60, image_size=28))
    options = "--dataset shapes --objective beta_tc_vae --hidden 8 --latent-dim 2 --epochs 1 --seed {seed}"
    mig, score = rows.shapes(None, data, options, votes=20)
    for row in (mig, score):
        assert len(row["each"]) == 3 and row["ours"] == statistics.median(row["each"])
        assert not row["met"] and row["command"].endswith("--seed 0 or 1 or 2")
    assert mig["goal"] == "≥ 0.35" and score["goal"] == "≥ 0.85"


@pytest.mark.parametrize("main", [quality.main, augmentation.main])
def test_a_folder_that_is_not_there_is_one_sentence(main, tmp_path, capsys):
    assert main(["--data-dir", str(tmp_path / "none")]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: There is no folder") and printed.out == ""


def test_rows_are_chosen_by_name(capsys):
    with pytest.raises(SystemExit):
        quality.main(["--row", "latent_3"])
    assert "latent_20_quick" in capsys.readouterr().err


# Augmentation


def test_as_many_of_each_class_and_none_twice(digits, generator):
    split = augmentation.chosen(digits.train, 10, 10, generator)
    assert split.y.bincount().tolist() == [10] * 10
    assert len(split.x.flatten(1).unique(dim=0)) == 100


def test_pictures_move_no_farther_than_is_said(generator):
    dot = torch.zeros(300, 1, 28, 28)
    dot[:, :, 13:15, 13:15] = 1  # around the centre, which a turn leaves where it is
    moved = augmentation.moved(dot, generator)
    places = torch.arange(28) - 13.5
    mass = moved.sum((1, 2, 3))
    for axis in (2, 3):
        far = (moved.sum((1, axis)) * places).sum(1) / mass
        assert 1.8 < far.abs().max() < augmentation.SHIFT + 0.1 and abs(far.mean()) < 0.3
    bar = torch.zeros(300, 1, 28, 28)
    bar[:, :, 13:15, 4:24] = 1
    turned = augmentation.moved(bar, generator)[:, 0]
    y, x = torch.meshgrid(places, places, indexing="ij")
    mass = turned.sum((1, 2))
    mx, my = (turned * x).sum((1, 2)) / mass, (turned * y).sum((1, 2)) / mass
    slope = ((turned * x * y).sum((1, 2)) / mass - mx * my) / ((turned * x * x).sum((1, 2)) / mass - mx * mx)
    assert 13 < slope.atan().rad2deg().abs().max() < 15.5


def test_a_classifier_learns_what_it_is_shown():
    """Whether the left or the right half is light, labelled right, then by half with the opposite."""
    y = torch.arange(40) % 2
    x = torch.zeros(40, 1, 8, 8)
    x[y == 0, :, :, :4] = x[y == 1, :, :, 4:] = 1
    assert augmentation.accuracy((x, y), None, (x, y), 2, seed=0, steps=30) == 1
    only = (x[:1], y[:1])
    assert augmentation.accuracy(only, None, (x, y), 2, seed=0, steps=30) == 0.5
    assert augmentation.accuracy(only, (x[1:2], y[1:2]), (x, y), 2, seed=0, steps=30) == 1
    turned = augmentation.accuracy((x, y), None, (x, y), 2, 0, lambda x, _: x.flip(3), steps=30)
    assert turned == 0  # it only ever sees them mirrored


def test_every_way_is_tried_and_summed_up(digits):
    config = TrainConfig(network=mlp.Config(hidden=(8,)), latent_dim=3, conditional=True, epochs=1, batch_size=50)
    model = augmentation.of_few(digits.train.take(slice(0, 100)), digits, 0, config)
    assert model.n_conditions == 10
    x, y = augmentation.drawn(model, 3, 10, torch.Generator().manual_seed(0))
    assert x.shape == (30, 1, 8, 8) and y.bincount().tolist() == [3] * 10
    found = augmentation.measured(digits, model, seed=0, steps=1, few=config)
    assert set(found) == set(augmentation.WAYS) and all(0 <= value <= 1 for value in found.values())
    first, *_ = augmentation.summary([dict.fromkeys(augmentation.WAYS, value) for value in (0.5, 0.7)])
    assert (first["added"], first["labels"], first["accuracy"]) == ("nothing", 100, 0.6)
    assert first["sd"] == pytest.approx(0.1414) and first["each"] == [0.5, 0.7]
