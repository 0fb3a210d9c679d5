"""`python -m vae_core sample`: files of a model's draws, with their labels."""

import csv
import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.asking import json_lines, refusal
from vae_core import checkpoints
from vae_core.cli import main
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.training import TrainConfig


def labels(out):
    with (out / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pixels(out):
    files = sorted(out.glob("*.png"))
    return torch.from_numpy(np.stack([np.array(Image.open(file)) for file in files]))


def test_pictures_are_the_models_own_draws(folder, tmp_path, capsys):
    out = tmp_path / "drawn" / "here"
    assert main(["sample", str(folder), "--n", "5", "--seed", "3", "--out", str(out), "--json"]) == 0
    (done,) = json_lines(capsys.readouterr().out)
    assert done["n"] == 5 and done["sampler"] == "prior"
    model = checkpoints.load(folder).load_model()
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(3))
    expected = (model.decode(z)[:, 0] * 255).round().to(torch.uint8)
    assert torch.equal(pixels(out), expected)
    assert [row["file"] for row in labels(out)] == [f"{i:06}.png" for i in range(1, 6)]
    assert {row["class"] for row in labels(out)} == {""} and {row["row"] for row in labels(out)} == {"1"}
    assert [path.name for path in out.parent.iterdir()] == ["here"]


def test_of_one_class_near_its_codes(folder, digits, tmp_path, capsys):
    """A seven of the training examples is drawn, then a point of its posterior."""
    out = tmp_path / "sevens"
    options = ["--class", "7", "--sampler", "aggregated_posterior", "--n", "8", "--seed", "3", "--out", str(out)]
    assert main(["sample", str(folder), *options]) == 0
    assert "8 images of tiny (aggregated posterior) are in" in capsys.readouterr().out
    assert {row["class"] for row in labels(out)} == {"7"}
    model, chance = checkpoints.load(folder).load_model(), torch.Generator().manual_seed(3)
    sevens = digits.train.x[digits.train.y == 7]
    x = sevens[torch.randint(len(sevens), (8,), generator=chance)].float() / 255
    expected = model.decode(model.encode(x).sample(chance))[:, 0] * 255
    assert (pixels(out) - expected).abs().max() < 1
    sentence = refusal(["sample", folder, "--class", "7", "--out", tmp_path / "no"], capsys)
    assert "tiny does not know classes" in sentence and not (tmp_path / "no").exists()
    mixed = ["--sampler", "mixture", "--components", "2", "--temperature", "0.5", "--n", "3"]
    assert main(["sample", str(folder), *mixed, "--out", str(tmp_path / "mixed")]) == 0
    assert len(labels(tmp_path / "mixed")) == 3


def test_a_conditional_model_draws_classes_as_often_as_they_are(digits, tmp_path, capsys):
    config = TrainConfig(conditional=True, latent_dim=3)
    torch.manual_seed(0)
    model = Model(config.model, digits.spec).eval()
    checkpoints.save(tmp_path / "cvae", model, config, digits, [])
    for options, found in (([], {*"0123456789"}), (["--class", "4"], {"4"})):
        out = tmp_path / f"out{len(options)}"
        assert main(["sample", str(tmp_path / "cvae"), "--n", "200", *options, "--out", str(out)]) == 0
        assert {row["class"] for row in labels(out)} == found


def test_without_its_data_a_model_takes_the_codes_that_it_keeps(folder, tmp_path, capsys, monkeypatch):
    def gone(config, data_dir=None):
        raise UserError("The files are not here.")

    entry = DATASETS["digits"]
    monkeypatch.setitem(DATASETS._entries, "digits", dataclasses.replace(entry, build=gone))
    out = tmp_path / "drawn"
    assert main(["sample", str(folder), "--sampler", "aggregated_posterior", "--n", "3", "--out", str(out)]) == 0
    assert "stored held-out examples in place of training examples: The files" in capsys.readouterr().err
    assert len(labels(out)) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--n", "0"], "--n cannot be 0"),
        (["--class", "eleven"], "tiny has no class 'eleven'; its classes are: 0, 1"),
        (["--class", "10"], "no class '10'"),
        (["--temperature", "-1"], "--temperature cannot be -1"),
        (["--sampler"], "expected one argument"),
        (["--sampler", "piror"], "Did you mean 'prior'?"),
        (["--components", "3"], "components"),
        (["--seed", "-1"], "--seed cannot be -1"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(options, said, folder, tmp_path, capsys):
    assert said in refusal(["sample", folder, "--out", tmp_path / "out", *options], capsys)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_stays_as_it_is(folder, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert "is there already" in refusal(["sample", folder, "--out", tmp_path / "out"], capsys)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
