"""The user's own table through the shell: trained on and scored as it comes, or refused by row and column."""

import numpy as np
import pytest

from tests.cli.asking import json_lines, refusal
from vae_core import checkpoints
from vae_core.cli import main

ROWS, GAP = 200_000, slice(5000, 5096)  # a gap of a day
SMALL = "--network conv1d --filters 4 --dense 8 --latent-dim 2 --epochs 1 --window 24 --stride 400 --json".split()


def table(n: int, gap: slice, header=("备注", "气温", "时间"), offset="+08:00") -> list[str]:
    """Rows of remarks, decimal commas and times of a zone, every quarter of an hour, without those of a gap."""
    times = np.datetime64("2024-03-01T00:00") + np.arange(n) * np.timedelta64(15, "m")
    values = 20 + 3 * np.sin(np.arange(n) / 15)
    keep = np.ones(n, dtype=bool)
    keep[gap] = False
    whole = zip(values[keep], times[keep].astype(str), strict=True)
    return [";".join(header), *(f"x;{value:.2f};{time}{offset}".replace(".", ",") for value, time in whole)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    file = folder / "气温.csv"
    file.write_text("\n".join(table(ROWS, GAP)), encoding="utf-8")
    assert main(["train", "--dataset", "csv", "--path", str(file), *SMALL, "--out", str(folder / "model")]) == 0
    return folder / "model"


def test_a_long_table_in_another_way_of_writing_is_learned(model):
    spec, n = checkpoints.load(model).spec, len(checkpoints.load(model).load_latents().y)
    assert [column.name for column in spec.columns] == ["气温"] and spec.columns[0].center == pytest.approx(
        20, abs=0.01
    )
    assert (spec.step, spec.begin) == (900, 1709251200)  # by its own clock: midnight of the first of March
    assert n == 1 + -(-(ROWS / 2 - 24) // 400)


def test_a_table_in_another_order_is_scored_by_the_clock_on_its_wall(model, tmp_path, capsys):
    remarks, value, time = zip(*(row.split(";") for row in table(300, slice(60, 90))), strict=True)
    file = tmp_path / "again.csv"
    file.write_text("\n".join(map(";".join, zip(time, value, remarks, strict=True))), encoding="utf-8")
    capsys.readouterr()
    assert main(["score", str(model), "--input", str(file), "--json"]) == 0
    *examples, done = json_lines(capsys.readouterr().out)
    assert done["n"] == 300 - 23 and all(np.isfinite(each["score"]) for each in examples)
    assert (examples[0]["start"], examples[-1]["end"]) == ("2024-03-01T00:00:00", "2024-03-04T02:45:00")


def test_the_columns_that_were_found_are_said(tmp_path, capsys, caplog):
    file = tmp_path / "said.csv"
    file.write_text("\n".join(table(300, slice(60, 90))), encoding="utf-8")
    command = ["train", "--dataset", "csv", "--path", str(file), *SMALL, "--out", str(tmp_path / "model")]
    assert main(command) == 0 and len(json_lines(capsys.readouterr().out)) >= 2
    said = "csv: time from “时间”; values from “气温”; 30 of 300 steps have no value and are interpolated."
    assert caplog.messages.count(said) == 1


def test_what_cannot_be_used_is_named_by_row_and_column(model, tmp_path, capsys):
    file = tmp_path / "broken.csv"
    rows = table(300, slice(0))
    for wrong, said in (
        ("x;kaputt;2024-03-01T00:30+08:00", "row 4 of the column “气温” is no number: 'kaputt'"),
        ("x;20,00;soon", "row 4 of the column “时间” is no time: 'soon'"),
        ("x;20,00;2024-03-01T00:30+08:00;1", "row 4 has 4 cells, but the header has 3"),
    ):
        file.write_text("\n".join([*rows[:3], wrong, *rows[4:]]), encoding="utf-8")
        for command in (["train", "--dataset", "csv", "--path", file, *SMALL], ["score", model, "--input", file]):
            out = ["--out", tmp_path / "none"] if command[0] == "train" else []
            assert said in refusal([*command, *out], capsys)
