"""`python -m vae_core evaluate`: the metrics that are named, with their options, printed and kept."""

import pytest

from tests.cli.asking import json_lines, refusal
from vae_core import checkpoints
from vae_core import config as configs
from vae_core.cli import main
from vae_core.metrics import METRICS


def evaluated(folder, capsys, *options):
    capsys.readouterr()
    assert main(["evaluate", str(folder), "--json", *options]) == 0
    (line,) = json_lines(capsys.readouterr().out)
    return line["test"]


def test_named_metrics_are_measured_with_their_options_and_kept(folder, capsys):
    before = checkpoints.load(folder)
    found = evaluated(folder, capsys, "--metrics", "linear_probe", "smoothness", "--paths", "3", "--steps", "4")
    assert set(found) == {"linear_probe_accuracy", "smoothness"} and 0.25 <= found["smoothness"] <= 1
    after = checkpoints.load(folder)  # verified against its manifest
    assert after.metrics == before.metrics | found and after.digest == before.digest
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
    other = evaluated(folder, capsys, "--metrics", "smoothness", "--paths", "3", "--steps", "9")
    assert (
        other["smoothness"] != found["smoothness"]
        and checkpoints.load(folder).metrics["smoothness"] == other["smoothness"]
    )


def test_all_of_them_share_a_seed_and_without_names_nothing_is_kept(folder, capsys):
    few = "--samples 2 --trees 2 --votes 4 --paths 2 --steps 3 --most 50 --noise-seed 7".split()
    found = evaluated(folder, capsys, "--all", *few)
    assert {"iw_nll", "mutual_information", "psnr", "one_class_auc", "outside_auc_error", "reader_distance"} <= set(
        found
    )
    kept = checkpoints.load(folder).metrics
    assert kept["elbo"] == found["elbo"] and kept["iw_samples"] == 2
    plain = evaluated(folder, capsys)
    assert "psnr" not in plain and plain["elbo"] != found["elbo"]  # of another seed
    assert checkpoints.load(folder).metrics == kept


def test_what_strange_data_were_is_kept_beside_how_well_they_are_told(folder, capsys):
    evaluated(folder, capsys, "--metrics", "outside")
    assert checkpoints.load(folder).metrics["outside_against"] == "noise"
    assert main(["evaluate", str(folder), "--metrics", "outside", "--against", "digits"]) == 0
    assert "outside_against        digits" in capsys.readouterr().out
    assert checkpoints.load(folder).metrics["outside_against"] == "digits"


def test_one_that_means_nothing_for_the_data_says_so(folder, capsys):
    assert main(["evaluate", str(folder), "--metrics", "dci"]) == 0
    assert "undefined for these data" in capsys.readouterr().out


def test_what_one_refuses_does_not_lose_the_others(folder, capsys):
    options = ["--metrics", "linear_probe", "outside", "--against", "waves"]
    assert main(["evaluate", str(folder), *options]) == 2
    printed = capsys.readouterr()
    assert "linear_probe_accuracy" in printed.out and "waves have another shape" in printed.err
    assert "linear_probe_accuracy" in checkpoints.load(folder).metrics


def test_what_cannot_be_kept_is_printed(folder, capsys, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_manifest", full)
    assert main(["evaluate", str(folder), "--metrics", "linear_probe"]) == 0
    printed = capsys.readouterr()
    assert "linear_probe_accuracy" in printed.out and "not kept" in printed.err and "No space" in printed.err
    assert "linear_probe_accuracy" not in checkpoints.load(folder).metrics


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metrics", "smoothnes"], "Did you mean 'smoothness'?"),
        (["--metrics"], "expected at least one argument"),
        (["--metrics", "dci", "--all"], "not allowed with"),
        (["--paths", "3"], "unrecognized arguments"),
        (["--metrics", "smoothness", "--paths", "0"], "paths cannot be 0"),
    ],
)
def test_a_mistake_is_one_sentence(options, said, folder, capsys):
    assert said.lower() in refusal(["evaluate", folder, *options], capsys).lower()


def test_every_metric_has_an_option_of_its_own_or_shares_it_with_the_same_meaning():
    seen = {}
    for entry in METRICS:
        for item in configs.options(entry.config):
            assert seen.setdefault(item.flag, (item.type, item.default)) == (item.type, item.default), item.flag
