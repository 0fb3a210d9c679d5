"""What version 0.1.0 wrote still opens: `tests/fixtures/format1` was made by it, and says what it measured."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from vae_core import checkpoints, jobs
from vae_core.checkpoints import archive
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS
from vae_core.jobs import film, frames
from vae_core.jobs.files import FRAMES, RESUME
from vae_core.latent import concept_files
from vae_core.metrics import measure
from vae_core.training import TrainingState, train

OLD = Path(__file__).parents[1] / "fixtures" / "format1"
EXPECTED = json.loads((OLD / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def trainings(tmp_path):
    return Path(shutil.copytree(OLD / "trainings", tmp_path / "runs"))


def test_a_checkpoint_opens_with_the_numbers_it_was_saved_with(digits):
    checkpoint = checkpoints.load(OLD / "checkpoint")
    assert checkpoint.config["format"] == 1 and checkpoint.spec == digits.spec
    assert checkpoint.metrics == EXPECTED["metrics"]
    model = checkpoint.load_model()
    measured = measure(model, digits.test)
    for name, value in measured.items():
        assert EXPECTED["metrics"][name] == pytest.approx(value, rel=1e-5), name
    decoded = model.decode(torch.tensor([[0.5, -1.2, 0.3]]))[0, 0]
    torch.testing.assert_close(decoded, torch.tensor(EXPECTED["decoded"]))
    mu = model.encode(digits.test.x[:1].float() / 255).mu[0]
    torch.testing.assert_close(mu, torch.tensor(EXPECTED["mu"]))
    assert checkpoint.load_latents().posterior.mu.shape == (359, 3)


def test_a_downloaded_model_is_taken_in(tmp_path):
    found = archive.unpack(OLD / "checkpoint.zip", tmp_path, "old")
    assert found.metrics == EXPECTED["metrics"] and found.spec.kind == "image"
    found.verify()


def test_a_concept_file_is_read():
    concept = concept_files.read((OLD / "concept.json").read_bytes(), "checkpoint", 3)
    assert (concept.name, concept.towards, concept.away) == ("zero to one", "1", "0")
    assert concept.vector.shape == (3,) and concept.reliability.level in ("reliable", "weak")


def test_trainings_stand_as_they_were(trainings):
    found = {job.name: job for job in jobs.find(trainings)}
    assert {name: (job.status, job.epoch) for name, job in found.items()} == {
        "done-run": ("done", 3),
        "stopped-run": ("stopped", 26),
    }
    stopped = found["stopped-run"]
    assert stopped.live == {"beta": 1.5} and len(stopped.history()) == 26
    assert stopped.history()[15]["changes"] == [{"batch": 0, "beta": 1.5}]
    assert found["done-run"].checkpoint().load_model().config.latent_dim == 2


def test_their_films_play(trainings):
    folder = trainings / "done-run" / FRAMES
    spec = frames.read_spec(folder)
    assert (spec.kind, spec.shape) == ("image", (1, 8, 8)) and isinstance(spec, DataSpec)
    found = [frames.read_frame(folder, epoch) for epoch in frames.frame_epochs(folder)]
    assert len(found) == 3 and film.export(found, spec, ["#0072B2"], "gif").startswith(b"GIF8")


def test_a_stopped_training_goes_on_with_the_weights_it_had(trainings, digits):
    job = jobs.get("stopped-run", trainings)
    data = DATASETS.build(job.config.dataset)
    state = TrainingState.load(trainings / "stopped-run" / RESUME, job.config, data.spec)
    assert state.epoch == 26 and state.live == {"beta": 1.5} and state.helper is None
    record, expected = next(train(job.config, data, state)), EXPECTED["resumed"]
    assert record.epoch == expected["epoch"]
    for split in ("train", "test"):
        for name, value in expected[split].items():
            assert getattr(record, split)[name] == pytest.approx(value, rel=1e-4), (split, name)
    bias = record.state.model.network.encoder[1].bias
    torch.testing.assert_close(bias, torch.tensor(expected["first_bias"]), rtol=1e-4, atol=1e-5)
