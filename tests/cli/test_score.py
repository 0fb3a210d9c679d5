"""`python -m vae_core score`: a score an example of a file of any kind, and what lies above a threshold."""

import zipfile

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from tests.cli.asking import json_lines, refusal
from tests.datasets.files import encoded, picture
from vae_core import anomalies, checkpoints
from vae_core.cli import main
from vae_core.cli.options import number
from vae_core.datasets import DATASETS
from vae_core.kinds import kind_of


@pytest.fixture(scope="module")
def waves(tmp_path_factory):
    """A model of waves of 24 steps."""
    folder = tmp_path_factory.mktemp("waves") / "waves"
    options = "--n-train 600 --n-test 400 --window 24 --network conv1d --filters 8 16 --latent-dim 6".split()
    training = "--epochs 40 --lr 0.005 --json".split()
    assert main(["train", "--dataset", "waves", *options, *training, "--out", str(folder)]) == 0
    return folder


def scored(model, file, capsys, *options):
    capsys.readouterr()
    assert main(["score", str(model), "--input", str(file), "--json", *options]) == 0
    *examples, done = json_lines(capsys.readouterr().out)
    assert {each["event"] for each in examples} == {"example"} and done["event"] == "done"
    assert [each["index"] for each in examples] == list(range(done["n"]))
    assert done["flagged"] == sum(each["flagged"] for each in examples)
    assert all(each["flagged"] == (each["score"] > done["threshold"]) for each in examples)
    return examples, done


def test_a_spike_in_a_series_is_flagged_where_it_lies(waves, tmp_path, capsys):
    values = np.sin(np.arange(300) / 3) + 0.1 * np.random.default_rng(0).standard_normal(300)
    values[150] += 4
    hours = [f"2024-01-{1 + i // 24:02}T{i % 24:02}:00:00" for i in range(300)]
    file = tmp_path / "own.csv"
    file.write_text("time,value\n" + "\n".join(f"{a},{b:.4f}" for a, b in zip(hours, values, strict=True)))
    examples, done = scored(waves, file, capsys)
    assert done["n"] == 300 - 23
    assert (examples[0]["start"], examples[0]["end"]) == (hours[0], hours[23])
    touching = [each for each in examples if each["start"] <= hours[150] <= each["end"]]
    others = [each for each in examples if each not in touching]
    assert all(each["flagged"] for each in touching) and np.mean([each["flagged"] for each in others]) < 0.1
    every, _ = scored(waves, file, capsys, "--threshold", "-1000000")
    assert all(each["flagged"] for each in every)


def test_the_scores_are_those_of_the_held_out_examples(waves, tmp_path, capsys):
    """A held-out window as a table gets the score that its stored NLL and posterior give."""
    checkpoint = checkpoints.load(str(waves))
    data = DATASETS.build(checkpoint.train_config.dataset)
    column, latents = checkpoint.spec.columns[0], checkpoint.load_latents()
    file = tmp_path / "one.csv"
    rows = [f"{value:.9f}" for value in column.raw(data.test.x[3, 0]).tolist()]
    file.write_text("\n".join(["value", *rows]))
    (example,), _ = scored(waves, file, capsys)
    expected = latents.nll[3] + latents.posterior.take(slice(3, 4)).kl_per_dim().sum()
    assert example["score"] == pytest.approx(float(expected), abs=1e-2) and example["start"] == 0
    (nll,), _ = scored(waves, file, capsys, "--score", "nll")
    assert nll["score"] == pytest.approx(float(latents.nll[3]), abs=1e-2)


def test_evaluate_tells_how_well_the_labelled_anomalies_are_found(waves, capsys):
    assert main(["evaluate", str(waves), "--json"]) == 0
    found, latents = json_lines(capsys.readouterr().out)[0]["test"], checkpoints.load(str(waves)).load_latents()
    anomalous, nll = latents.y != 0, latents.nll
    assert found["auc_nll"] == pytest.approx(roc_auc_score(anomalous, nll), abs=1e-3)
    assert found["average_precision_nll"] == pytest.approx(average_precision_score(anomalous, nll), abs=1e-3)
    density = latents.density(checkpoints.load(str(waves)).spec).log_density(latents.posterior.mu)
    assert found["auc_density"] == pytest.approx(roc_auc_score(anomalous, -density), abs=1e-3)
    assert len(latents.learned.mu) == 600  # not of what was held out, where each is among those counted
    assert found["auc_nll"] > 0.9 and {f"auc_{name}" for name in anomalies.SCORES} < set(found)
    assert main(["evaluate", str(waves)]) == 0
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[1:])
    assert shown["average_precision_nll"] == number(found["average_precision_nll"])
    assert main(["evaluate", "digits-vae-2d", "--json"]) == 0  # no class is the normal one
    assert not any(name.startswith("auc_") for name in json_lines(capsys.readouterr().out)[0]["test"])


def test_pictures_in_a_zip_are_scored_by_file(tmp_path, capsys):
    file = tmp_path / "set.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("a.png", "b.png"):
            archive.writestr(name, encoded(picture(size=(28, 28))))
    examples, _ = scored("digits-vae-2d", file, capsys)
    assert [each["file"] for each in examples] == ["a.png", "b.png"]
    assert examples[0]["score"] == pytest.approx(examples[1]["score"])
    assert main(["score", "digits-vae-2d", "--input", str(file)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("a.png  ") and " of 2 images score above " in out[-1]


def test_a_conditional_model_takes_the_class_that_suits(tmp_path, capsys):
    checkpoint = checkpoints.load("mnist-cvae")
    originals = checkpoint.load_originals()
    kind = kind_of(checkpoint.spec)
    file = tmp_path / "seven.png"
    from PIL import Image

    Image.fromarray(originals[0, 0].numpy()).save(file)
    (example,), _ = scored("mnist-cvae", file, capsys)
    model, x = checkpoint.load_model(), kind.read(file.read_bytes(), checkpoint.spec).x
    each = []
    for label in range(10):
        posterior = model.encode(x, torch.tensor([label]))
        each.append(float(model.nll(x, posterior.mu, torch.tensor([label])) + posterior.kl_per_dim().sum()))
    assert example["score"] == pytest.approx(min(each), abs=1e-2)


def test_a_mistake_gets_a_sentence(waves, tmp_path, capsys):
    missing = refusal(["score", str(waves), "--input", str(tmp_path / "none.csv")], capsys)
    assert "none.csv cannot be read: No such file or directory." in missing
    short = tmp_path / "short.csv"
    short.write_text("value\n1\n2\n")
    assert "short.csv has 2 steps; a window of this model has 24." in refusal(
        ["score", str(waves), "--input", str(short)], capsys
    )
