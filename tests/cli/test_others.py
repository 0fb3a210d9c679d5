"""`python -m vae_core` evaluate, list, datasets, and the help."""

import os
import shutil
import subprocess

import pytest

from tests.cli.asking import QUICK, json_lines, posix, refusal
from tests.datasets.files import encoded, picture
from vae_core import checkpoints
from vae_core import config as configs
from vae_core.cli import main
from vae_core.datasets import DATASETS
from vae_core.metrics import measure
from vae_core.training import PARTS

# evaluate


def test_evaluate_measures_again_what_was_saved(folder, trained, digits, capsys):
    assert main(["evaluate", str(folder), "--json"]) == 0
    (line,) = json_lines(capsys.readouterr().out)
    assert (line["event"], line["name"], line["path"]) == ("evaluated", "tiny", str(folder))
    assert line["test"] == measure(trained.model, digits.test)
    assert checkpoints.load(folder).metrics | line["test"] == checkpoints.load(folder).metrics


def test_evaluate_weighs_by_importance_on_request(folder, capsys):
    assert main(["evaluate", str(folder), "--json", "--importance", "20"]) == 0
    (line,) = json_lines(capsys.readouterr().out)
    found = line["test"]
    assert found["iw_samples"] == 20 and found["nll"] < found["iw_nll"] < -found["elbo"]
    assert 0 < found["mutual_information"] < found["kl"]
    assert "samples cannot be 0" in refusal(["evaluate", str(folder), "--importance", "0"], capsys)


def test_evaluate_by_name_tells_a_person_every_metric(capsys):
    assert main(["evaluate", "digits-vae-2d"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("digits-vae-2d, 359 held-out examples of digits\n") and err == ""
    for name in ("elbo", "nll", "kl", "kl_per_dim", "active_units", "knn_accuracy"):
        assert f"\n  {name} " in out
    losses = checkpoints.load("digits-vae-2d").metrics
    elbo = f"{losses['elbo']:.3f}".replace("-", "−")
    assert f" {elbo}\n" in out and f" {losses['kl']:.4f}\n" in out  # five digits each


def test_evaluate_with_an_unknown_name_lists_the_names(capsys):
    message = refusal(["evaluate", "no-such-model"], capsys)
    assert "There is no checkpoint 'no-such-model'" in message and "digits-vae-2d" in message


def test_evaluate_refuses_a_damaged_checkpoint(folder, capsys):
    (folder / "model.safetensors").write_bytes(b"")
    assert "model.safetensors is not the file that was saved" in refusal(["evaluate", folder], capsys)


def test_evaluate_refuses_data_of_another_kind(folder, tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(2):
            (tmp_path / "pictures" / name / f"{i}.png").write_bytes(encoded(picture(i)))
    out = tmp_path / "new"
    assert main([*QUICK, "--dataset", "folder", "--path", str(tmp_path / "pictures"), "--out", str(out)]) == 0
    shutil.move(tmp_path / "pictures" / "b", tmp_path / "pictures" / "c")
    capsys.readouterr()
    assert "are not what new was trained on" in refusal(["evaluate", out], capsys)


# list, datasets, help


def test_list_has_a_row_for_each_checkpoint(capsys):
    assert main(["list", "--json"]) == 0
    out, err = capsys.readouterr()
    rows = {row["name"]: row for row in json_lines(out)}
    assert err == ""
    for checkpoint in checkpoints.find():
        row = rows[checkpoint.name]
        assert set(row) == {"name", "path", *PARTS, "latent_dim", "conditional", "test"}
        assert row["test"] == {name: checkpoint.metrics[name] for name in ("elbo", "nll", "kl")}
    assert rows["digits-vae-2d"]["dataset"] == "digits" and rows["digits-vae-2d"]["latent_dim"] == 2


def test_list_for_a_person(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(checkpoints.find())
    assert "digits-vae-2d" in out and "nats per example" in out


def test_list_passes_over_broken_checkpoints(folder, tmp_path, process):
    """In a copy of the package, whose checkpoints/ and runs/ are the test's."""
    copy = tmp_path / "copy"
    shutil.copytree(checkpoints.ROOT / "vae_core", copy / "vae_core")
    shutil.copytree(folder, copy / "runs" / "mine")
    for name, broken in (
        ("no-config", "config.json"),
        ("no-weights", "model.safetensors"),
        ("no-metrics", "metrics.json"),
    ):
        shutil.copytree(folder, copy / "checkpoints" / name)
        (copy / "checkpoints" / name / broken).unlink()
    # A code page without the minus sign, as on Windows, must not stop the list either.
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    listing = process("list", cwd=copy, env={"PYTHONIOENCODING": "cp1252"}, **pipes)
    out, err = listing.communicate(timeout=100)
    assert listing.returncode == 0 and "Traceback" not in err
    (row,) = out.splitlines()
    assert row.startswith("mine ") and "?ELBO" in row
    for part in ("no-config/config.json", "no-weights", "model.safetensors", "no-metrics", "metrics.json"):
        assert part in err


def test_datasets_are_listed_with_their_options(capsys):
    assert main(["datasets"]) == 0
    out = capsys.readouterr().out
    for entry in DATASETS:
        assert f"{entry.name} " in out and entry.caption in out
        for item in configs.options(entry.config):
            assert f"  {item.flag} " in out and item.help in out


def help_of(arguments, capsys):
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    out, err = capsys.readouterr()
    assert exit.value.code == 0 and err == ""
    return " ".join(out.split())


def test_help_lists_the_commands(capsys):
    text = help_of(["--help"], capsys)
    assert all(command in text for command in ("train", "evaluate", "list", "datasets"))


def test_help_of_train_lists_everything_that_is_registered(capsys):
    text = help_of(["train", "--help"], capsys)
    for kind, registry in PARTS.items():
        assert f"--{kind} NAME one of {', '.join(registry.names)}" in text
        for entry in registry:
            flags = " ".join(item.flag for item in configs.options(entry.config)) or "(no options)"
            assert f"--{kind} {entry.name}: {flags}" in text


def test_help_of_train_explains_the_options_of_the_chosen_parts(capsys):
    text = help_of(["train", "--network", "conv", "--help"], capsys)
    assert "--conv-activation" in text and "one of relu, silu, gelu, elu, tanh, leaky_relu" in text
    assert "--hidden" not in text.partition("Further options")[0]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "COMMAND"),
        (["trian"], "choose from"),
        (["list", "--jsno"], "--jsno"),
        (["evaluate"], "NAME_OR_PATH"),
        (["datasets", "mnist"], "mnist"),
    ],
)
def test_a_wrong_command_is_answered_in_one_sentence(arguments, part, capsys):
    assert part in refusal(arguments, capsys)


@posix
def test_a_reader_that_has_gone_gets_no_traceback(process):
    """As in `python -m vae_core list | head -1`, without leaving to chance who is faster."""
    read, write = os.pipe()
    os.close(read)
    running = process("list", stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert running.communicate(timeout=60)[1] == ""
    assert running.returncode == 1
