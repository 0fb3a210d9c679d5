"""`python -m vae_core train`."""

import json
import os
import signal
import subprocess

import pytest

from tests.cli.asking import QUICK, json_lines, posix, refusal
from tests.datasets.files import encoded, picture, write_idx_files, write_levels
from vae_core import checkpoints
from vae_core.cli import DATA_DIR_VARIABLE, main
from vae_core.datasets import DATASETS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.objectives import OBJECTIVES


def test_train_with_json_prints_json_lines_and_nothing_else(tmp_path, capfd):
    write_idx_files(tmp_path / "data" / "mnist")
    out = tmp_path / "runs" / "NAME"
    command = (
        f"train --dataset mnist --data-dir {tmp_path / 'data'} --network mlp --hidden 400 --activation relu "
        "--latent-dim 20 --objective vae --epochs 3 --batch-size 128 --lr 1e-3 --seed 0 "
        f"--out {out} --conditional --json"
    )
    assert main(command.split()) == 0
    output, errors = capfd.readouterr()
    assert errors == ""

    *epochs, done = json_lines(output)
    assert [line["epoch"] for line in epochs] == [1, 2, 3]
    for line in epochs:
        assert set(line) - {"lr", "gradient_norm"} == {"event", "epoch", "seconds", "train", "test"}
        assert line["event"] == "epoch" and line["seconds"] > 0
        assert set(line["train"]) == {"loss", "nll", "kl"} and {"loss", "nll", "kl", "elbo"} <= set(line["test"])
    assert set(done) == {"event", "test", "seconds", "path"} and set(done["test"]) == {"elbo", "nll", "kl"}
    assert done["event"] == "done" and done["path"] == str(out) and done["seconds"] > 0
    assert (
        done["test"]["elbo"] == pytest.approx(-(done["test"]["nll"] + done["test"]["kl"])) and done["test"]["elbo"] < 0
    )
    assert done["test"]["nll"] == pytest.approx(epochs[-1]["test"]["nll"])

    checkpoint = checkpoints.load(out)
    config = checkpoint.train_config.to_json()
    assert config["network"] == {"name": "mlp", "hidden": [400], "activation": "relu"}
    assert (config["latent_dim"], config["conditional"], config["epochs"], config["lr"]) == (20, True, 3, 1e-3)
    assert checkpoint.history == [{key: line[key] for key in line if key != "event"} for line in epochs]


def test_train_shows_a_person_a_progress_bar(tmp_path, capsys):
    assert main([*QUICK, "--out", str(tmp_path / "new")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{tmp_path / 'new'}: −ELBO ") and "nats per example (test) after 2 epochs in" in out
    assert "2/2" in err and "loss " in err and "NLL " in err and "KL " in err and "<00:00" in err  # time left


def test_without_a_place_it_goes_to_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path / "runs")
    assert main([*QUICK, "--json"]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("digits-vae-2") and json_lines(capsys.readouterr().out)[-1]["path"] == str(folder)


def test_every_part_and_option_reaches_the_checkpoint(tmp_path, capsys):
    arguments = (
        "train --dataset shapes --n-train 100 --n-test 20 --image-size 28 --color --network conv --channels 4 8 "
        "--dense 8 --batch-norm --conv-activation silu --objective beta_vae --beta 2 --warmup-epochs 1.5 "
        "--likelihood gaussian --sigma 0.2 --learn-sigma --latent-dim 3 --epochs 1 --schedule one_cycle "
        f"--precision bfloat16 --seed 7 --out {tmp_path / 'new'} --json"
    )
    assert main(arguments.split()) == 0
    config = checkpoints.load(tmp_path / "new").config["training"]
    expected = {
        "dataset": {"name": "shapes", "n_train": 100, "n_test": 20, "image_size": 28, "color": True, "shapes_seed": 0},
        "objective": {"name": "beta_vae", "beta": 2, "warmup_epochs": 1.5},
        "network": {"name": "conv", "channels": [4, 8], "dense": 8, "batch_norm": True, "conv_activation": "silu"},
        "likelihood": {"name": "gaussian", "sigma": 0.2, "learn_sigma": True},
    }
    for part, values in expected.items():
        assert config[part] | values == config[part]
    assert (config["schedule"], config["precision"], config["seed"]) == ("one_cycle", "bfloat16", 7)


def test_a_trained_model_is_replaced_only_with_force(folder, capsys):
    before = checkpoints.load(folder).digest
    for flags in ([], ["--json"]):
        message = refusal([*QUICK, "--out", folder, *flags], capsys)
        assert f"{folder} holds a trained model: name another folder, or replace it with --force." in message
    assert checkpoints.load(folder).digest == before
    assert main([*QUICK, "--out", str(folder), "--json", "--force"]) == 0
    assert checkpoints.load(folder).digest != before


@posix
@pytest.mark.parametrize(("answer", "replaced"), [("y\n", True), ("\n", False), ("n\n", False)])
def test_at_a_terminal_it_asks_before_it_replaces(folder, monkeypatch, answer, replaced):
    before = checkpoints.load(folder).digest
    ours, terminal = os.openpty()
    os.write(ours, answer.encode())
    with open(terminal) as stdin, open(os.dup(terminal), "w") as stderr:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("sys.stderr", stderr)
        status = main([*QUICK, "--out", str(folder)])
        shown, last = "", "[y/N]" if replaced else "nothing was trained."
        while last not in shown:
            shown += os.read(ours, 4096).decode()
    os.close(ours)
    assert f"{folder} holds a trained model. Replace it when this training ends? [y/N]" in shown
    assert (status == 0) == replaced == (checkpoints.load(folder).digest != before)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("--dataset mnits", ["There is no dataset 'mnits'", *DATASETS.names, "Did you mean 'mnist'?"]),
        (
            "--network lmp",
            ["There is no network 'lmp'", "gru, lstm, mlp, rnn, transformer", "Did you mean 'mlp'?"],
        ),
        (
            "--objective ave",
            ["There is no objective 'ave'", ", ".join(OBJECTIVES.names)],
        ),
        ("--likelihood poisson", ["There is no likelihood 'poisson'", ", ".join(LIKELIHOODS.names)]),
        ("--activation relux", ["activation cannot be 'relux'", "one of relu, silu"]),
        ("--hidden 0", ["hidden cannot be '0'", "whole numbers from 1 to 4096"]),
        ("--hidden 400 wide", ["hidden cannot be '400 wide'", "whole numbers"]),
        ("--latent-dim 513", ["latent_dim cannot be 513", "a whole number from 1 to 512"]),
        ("--epochs 0", ["epochs cannot be 0", "a whole number from 1 to 100000"]),
        ("--epochs ten", ["epochs cannot be 'ten'", "a whole number"]),
        ("--batch-size 1.5", ["batch_size cannot be '1.5'", "a whole number"]),
        ("--lr 2", ["lr cannot be 2.0", "a number from 1e-07 to 1"]),
        ("--lr nan", ["lr cannot be 'nan'", "a number"]),
        ("--seed -1", ["seed cannot be -1", "a whole number from 0 to 2147483647"]),
        ("--schedule cosine", ["schedule cannot be 'cosine'", "one of constant, one_cycle"]),
        ("--likelihood gaussian --sigma 0", ["sigma cannot be 0.0", "a number from 0.003 to 10"]),
        ("--objective beta_vae --beta -1", ["beta cannot be -1.0", "a number from 0 to 1000"]),
        ("--objective vae --beta 2", ["--beta", "--help"]),
        ("--epo 3", ["--epo", "--help"]),
        ("--network", ["--network", "expected one argument", "python -m vae_core train --help"]),
        ("--network conv --channels 4 4 4 4", ["4 halvings are too many for 8×8 examples"]),
        ("--dataset folder", ["path is empty"]),
        ("--dataset folder --path nowhere", ["There is no folder or zip file nowhere"]),
        ("--data-dir nowhere", ["There is no folder nowhere", "--data-dir"]),
        ("surplus", ["surplus", "--help"]),
    ],
)
def test_train_answers_a_mistake_in_one_sentence(arguments, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    message = refusal(["train", "--out", tmp_path / "new", *arguments.split()], capsys)
    for part in parts:
        assert part in message
    assert os.listdir(tmp_path) == []


def test_the_place_is_checked_before_the_training(tmp_path, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    for place, part in (("file", "no checkpoint"), ("full", "no checkpoint"), ("file/new", "cannot be written")):
        # A hundred thousand epochs: a check after them would be noticed.
        assert part in refusal(["train", "--epochs", 100_000, "--out", tmp_path / place], capsys)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "thesis.txt"]


def test_conditional_training_without_classes_is_refused(tmp_path, capsys):
    for i in range(3):
        (tmp_path / f"{i}.png").write_bytes(encoded(picture(i)))
    arguments = [*QUICK, "--dataset", "folder", "--path", tmp_path, "--conditional", "--out", tmp_path / "new"]
    assert "needs data with classes; folder has none" in refusal(arguments, capsys)


def test_two_pictures_are_enough(tmp_path, capsys):
    """One to train on and one held out: no measure may stumble over a single example."""
    for i in range(2):
        (tmp_path / f"{i}.png").write_bytes(encoded(picture(i)))
    arguments = ["--dataset", "folder", "--path", str(tmp_path), "--latent-dim", "3", "--out", str(tmp_path / "new")]
    assert main([*QUICK, *arguments, "--json"]) == 0
    assert json_lines(capsys.readouterr().out)[-1]["event"] == "done"
    assert len(checkpoints.load(tmp_path / "new").load_latents().y) == 1


def test_the_likelihood_follows_the_data(tmp_path, capsys):
    write_levels(tmp_path / "levels", ["a", "b"])
    arguments = ["--dataset", "tiles", "--level-path", str(tmp_path / "levels"), "--out", str(tmp_path / "new")]
    assert main([*QUICK, *arguments, "--json"]) == 0
    assert json_lines(capsys.readouterr().out)[-1]["event"] == "done"
    assert checkpoints.load(tmp_path / "new").config["training"]["likelihood"] == {"name": "categorical"}
    assert "these are: categorical" in refusal([*QUICK, *arguments, "--force", "--likelihood", "gaussian"], capsys)


def test_the_data_folder_may_come_from_the_environment(tmp_path, monkeypatch, capsys):
    write_idx_files(tmp_path / "data" / "kmnist")
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "data"))
    assert main([*QUICK, "--dataset", "kmnist", "--out", str(tmp_path / "new"), "--json"]) == 0
    assert json_lines(capsys.readouterr().out)[-1]["event"] == "done"
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "gone"))
    assert f"${DATA_DIR_VARIABLE}" in refusal([*QUICK, "--dataset", "kmnist"], capsys)


@posix
def test_interrupting_keeps_the_finished_epochs(tmp_path, process):
    arguments = ["--batch-size", 16, "--epochs", 100_000, "--out", tmp_path / "new", "--json"]
    running = process(*QUICK, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = [json.loads(running.stdout.readline()) for _ in range(3)]
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    *epochs, done = lines + json_lines(output)
    assert done["event"] == "done" and [line["epoch"] for line in epochs] == list(range(1, len(epochs) + 1))
    checkpoint = checkpoints.load(tmp_path / "new")
    # The signal may come between the end of an epoch and its line.
    assert len(epochs) >= 3 and len(checkpoint.history) - len(epochs) in (0, 1)
    assert checkpoint.metrics["elbo"] == done["test"]["elbo"]
    assert checkpoint.history[-1]["test"]["elbo"] == pytest.approx(done["test"]["elbo"], abs=1e-3)  # not a batch later
    assert os.listdir(tmp_path) == ["new"]
    n, command = len(checkpoint.history), f"python -m vae_core train --resume {tmp_path / 'new'}"
    assert errors == f"Interrupted after epoch {n} of 100000; continue with: {command}\n"
