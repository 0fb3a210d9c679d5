"""Windows of series: scaled by what is learned from, cut, read from users' files, and drawn where they lie."""

import numpy as np
import pytest
import torch

from vae_core.data import Column, DataSpec
from vae_core.datasets import waves
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.kinds.series import Options
from vae_core.kinds.series.curves import HEIGHT, curves
from vae_core.kinds.series.windows import Series, cut, joined, windows

SPEC = DataSpec("toy", "series", (2, 4), columns=(Column("heat", "°C", 20, 5), Column("load", "", 2, 1, log=True)))


def test_a_column_scales_and_comes_back():
    raw = torch.tensor([0.0, 3.0, 1e6, -7.0])
    column = Column.fitted(raw, "load", log=True)
    scaled = column.scaled(raw)
    assert abs(float(scaled.mean())) < 1e-6 and float(scaled.std(correction=0)) == pytest.approx(1)
    torch.testing.assert_close(column.raw(scaled), raw.double(), rtol=1e-5, atol=1e-5)
    flat = Column.fitted(torch.full((5,), 3.0), "flat")
    assert flat.spread == 1 and not flat.scaled(torch.full((5,), 3.0)).any()


def test_windows_are_cut_in_time_and_anomalies_are_not_learned():
    values = np.arange(100.0)[:, None]
    anomalous = np.zeros(100, bool)
    anomalous[[30, 80]] = True
    data = windows(Series("s", (("v", "km"),), values, anomalous, step=60), length=10, stride=5, train_fraction=0.5)
    column = data.spec.columns[0]
    first = column.raw(data.train.x[:, 0, 0]).round().int().tolist()
    assert first == [0, 5, 10, 15, 20, 35, 40]  # 25 and 30 hold the anomaly at 30
    assert column.center == pytest.approx(np.delete(np.arange(50), 30).mean())
    held_out = column.raw(data.test.x[:, 0]).round().int()
    assert held_out[:, 0].tolist() == [50, 55, 60, 65, 70, 75, 80, 85, 90]
    assert (held_out.diff(dim=1) == 1).all()
    assert data.test.y.tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0] and data.spec.classes == ("normal", "anomaly")
    judged = data.test.take(data.judged)
    assert judged.y.tolist() == [0] * 7  # what is held out to be found costs nothing
    assert judged.first.tolist() == [50, 55, 60, 65, 70, 85, 90] and data.spec.begin is None
    series = joined(judged.x, judged.first)
    assert series[:, 0].isnan().nonzero()[:, 0].tolist() == [30, 31, 32, 33, 34]  # only what is not judged has them
    assert torch.equal(cut(series, (judged.first - 50).numpy(), 10), judged.x)
    with pytest.raises(UserError, match="s has 100 steps: too few for windows of 60 steps"):
        windows(Series("s", (("v", ""),), values, anomalous), length=60, stride=5, train_fraction=0.5)


TABLE = "time;load;heat\n" + "\n".join(f"2020-01-01 0{i}:00;{i};{20 + i}" for i in range(8))


def test_a_file_is_read_by_the_names_of_its_columns():
    kind = kind_of(SPEC)
    x = kind.read(TABLE.encode(), SPEC).x
    raw = torch.stack([column.raw(v) for column, v in zip(SPEC.columns, x[0], strict=True)])
    torch.testing.assert_close(raw, torch.tensor([[24.0, 25, 26, 27], [4, 5, 6, 7]]).double(), atol=1e-4, rtol=1e-4)
    assert kind.lines(x, SPEC) == ["heat: 24.00 to 27.00 °C, mean 25.50; load: 4.000 to 7.000, mean 5.500"]
    earlier = kind.read(TABLE.encode("utf-8-sig"), SPEC, Options(start=1)).x
    assert SPEC.columns[0].raw(earlier[0, 0]).round().tolist() == [21, 22, 23, 24]
    unnamed = TABLE.replace("heat", "a").replace("load", "b").encode()
    assert SPEC.columns[0].raw(kind.read(unnamed, SPEC).x[0, 0]).round().tolist() == [4, 5, 6, 7]  # in their order


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is no CSV file that can be read"),
        (b"\xff\xff\0", "This file is not a text in UTF-8"),
        (b"heat,load\n1,2\n3,4", "This file has 2 steps; a window of this model has 4."),
        (b"heat,load\n1,2\n3,x\n5,6\n7,8", "This file: row 3 of the column “load” is no number: 'x'"),
        (b"a,b,c\n1,2,3\n1,2,3\n", "This file has 3 columns of numbers; this model reads 2: heat, load."),
        (b"heat,load\n" + b"1e300,2\n" * 5, "This file has numbers that are too large."),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(content, said):
    with pytest.raises(UserError, match=said):
        kind_of(SPEC).read(content, SPEC)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shape": (2, 3)}, "A window has 1 to 32 channels and 4 to 4096 steps"),
        ({"shape": (1, 4)}, "toy has 1 channels, but describes 2"),
        ({"columns": ()}, "toy has 2 channels, but describes 0"),
    ],
)
def test_what_is_no_series_is_refused(change, said):
    spec = DataSpec(**{"name": "toy", "kind": "series", "shape": (2, 4), "columns": SPEC.columns, **change})
    with pytest.raises(UserError, match=said):
        kind_of(spec).check_spec(spec)


@pytest.mark.parametrize("change", [{"spread": 0}, {"spread": "1"}, {"name": "a\nb"}, {"log": 1}, {"more": 1}])
def test_a_strangers_column_is_checked(change):
    values = SPEC.to_json()
    values["columns"] = [{**values["columns"][0], **change}, values["columns"][1]]
    with pytest.raises(UserError):
        DataSpec.from_json(values)
    assert DataSpec.from_json(SPEC.to_json()) == SPEC


def test_numbers_that_are_none_are_refused():
    x = torch.zeros(3, 2, 4)
    x[1, 0, 2] = torch.nan
    with pytest.raises(UserError, match="toy has values that are no finite numbers"):
        kind_of(SPEC).check(SPEC, x)


def test_a_curve_is_drawn_where_its_values_lie():
    x = torch.zeros(3, 1, 20)
    x[1], x[2] = 1.75, 100  # half-way up, and beyond the edge
    drawn = curves(x).int()
    rows = [(255 - drawn[i, :, 40, 0]).argmax().item() for i in range(3)]
    assert abs(rows[0] - HEIGHT // 2) <= 1 and abs(rows[1] - HEIGHT // 4) <= 1 and rows[2] <= 1


def test_anomalies_change_a_wave_where_they_say():
    chance = np.random.default_rng(0)
    before, factors = waves.waves(40, 64, chance)
    for kind in waves.CLASSES[1:]:
        after = before.copy()
        for i in range(40):
            changed = waves.with_anomaly(after[i], kind, factors[i, 0], chance)
            outside = np.ones(64, bool)
            outside[changed] = False
            assert (after[i][outside] == before[i][outside]).all() and (after[i] != before[i]).any()


def test_facts_of_a_window_are_its_level_its_swing_and_its_trend():
    spec = DataSpec("toy", "series", (1, 5), columns=(Column("v"),))
    x = torch.tensor([[[1.0, 1, 1, 1, 1]], [[-2, -1, 0, 1, 2]], [[0, 3, 0, -3, 0]]])
    level, swing, trend = kind_of(spec).facts(x, spec)
    assert [level.name, swing.name, trend.name] == ["level", "swing", "trend"]
    torch.testing.assert_close(level.values, torch.tensor([1.0, 0, 0]))
    torch.testing.assert_close(swing.values, torch.tensor([0, 2**0.5, (18 / 5) ** 0.5]))
    torch.testing.assert_close(trend.values, torch.tensor([0, 2, -1.2]))  # per half a window
    (title, above), (_, below) = level.groups
    assert title == "level: above the median" and above.tolist() == [True, False, False] and (above ^ below).all()


def test_facts_of_records_are_flags_symbols_and_medians():
    columns = (
        Column("size", "bytes", 4, 2, log=True),
        Column("on", values=("no", "yes")),
        Column("via", values=tuple("abc")),
    )
    spec = DataSpec("toy", "records", (3,), columns=columns)
    x = torch.stack(
        [torch.arange(60.0) - 30, (torch.arange(60) % 2).float(), (torch.arange(60) % 5).clamp(max=2).float()], 1
    )
    facts = kind_of(spec).facts(x, spec)
    assert [fact.name for fact in facts] == ["size", "on = yes", "via = c"]
    assert [int(fact.groups[0][1].sum()) for fact in facts] == [30, 30, 36]
    assert kind_of(spec).features(x, spec)[7].tolist() == [-23, 0, 1, 0, 0, 1]
    assert kind_of(spec).lines(torch.tensor([[-2.0 + 1e-7, 1, 0]]), spec) == ["size = 0 bytes, on = yes, via = a"]
