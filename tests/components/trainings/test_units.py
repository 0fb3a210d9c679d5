"""Numbers name what they are counted per: the unit of the model's kind of data, whatever that is."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.shared.app import words
from components.shared.app.addresses import sending
from components.shared.trainings import charts
from components.shared.trainings.units import unit_of, unit_of_all
from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.datasets import levels as levels_dataset
from vae_core.jobs import Job
from vae_core.training import TrainConfig

LEVELS = DataSpec("caves", "tiles", (1, 8, 8))


@pytest.fixture
def levels():
    """The shipped digits, as if they were levels of a game."""
    checkpoint = checkpoints.load("digits-vae-2d")
    return replace(checkpoint, spec=replace(checkpoint.spec, kind="tiles"))


def job(path: Path, created: float = 0.0) -> Job:
    return Job(path, TrainConfig(), created, "running", None, None, 1.0, None, {})


def test_an_article_suits_its_noun():
    image = replace(LEVELS, kind="image")
    assert (words.unit(LEVELS), words.units(LEVELS), words.one(LEVELS)) == ("level", "levels", "a level")
    assert (words.units(image), words.one(image)) == ("images", "an image")


@pytest.mark.parametrize("draw", [charts.losses, charts.kl_per_dimension, charts.gradient_norm])
def test_every_figure_names_its_unit(draw, trained):
    records = trained.history
    given = {charts.losses: {"run": records}, charts.kl_per_dimension: records[-1], charts.gradient_norm: records}[draw]
    figure = draw(given, "level").update_layout(template=None)
    assert "nats/level" in str(figure) and "image" not in str(figure)


def test_a_job_counts_in_what_its_dataset_holds(tmp_path):
    image, tiles = job(tmp_path), replace(job(tmp_path), config=TrainConfig(dataset=levels_dataset.Config()))
    assert [unit_of(each) for each in (image, tiles)] == ["image", "level"]
    assert unit_of_all([tiles, tiles]) == "level"
    assert unit_of_all([image, tiles]) == unit_of_all([]) == "example"


def test_what_is_offered_beside_a_point_speaks_of_its_kind(levels):
    titles = " ".join(each["title"] for each in sending.offered(levels, "explore"))
    assert "among the levels" in titles and "The first level" in titles and "image" not in titles
    assert "{" not in titles
