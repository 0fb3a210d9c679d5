"""Tables of measurements as people have them become series at equal steps, and what was done is said."""

import io

import numpy as np
import pandas as pd
import pytest

from vae_core.errors import UserError
from vae_core.kinds.series.tables import read_table, series_of
from vae_core.kinds.series.windows import windows


def read(text, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return series_of(read_table(content, "own.csv"), "own.csv", **options)


HOURS = [f"2024-03-0{1 + i // 24} {i % 24:02}:00" for i in range(96)]
VALUES = [round(10 + np.sin(i / 4), 3) for i in range(96)]


def table(separator=",", order=("time", "value"), cells=None, header=None):
    columns = {"time": HOURS, "value": list(map(str, VALUES)), **(cells or {})}
    rows = [separator.join(header or order)]
    rows += [separator.join(columns[name][i] for name in order) for i in range(96)]
    return "\n".join(rows)


def test_a_plain_table_is_read():
    found = read(table())
    assert found.step == 3600 and found.columns == (("value", ""),) and found.missing is None
    assert found.values[:, 0].tolist() == VALUES
    assert found.times[0] == np.datetime64("2024-03-01T00:00") and len(found.times) == 96
    assert found.notes == ("time from “time”", "values from “value”")


@pytest.mark.parametrize(
    "text",
    [
        table(";", cells={"value": [str(v).replace(".", ",") for v in VALUES]}),
        table("\t", order=("value", "time")),
        table(order=("number", "value", "time"), cells={"number": ["x"] * 96}),
        table(header=("时间", "气温")),
        table(cells={"time": [f"{each}:00+02:00" for each in HOURS]}),
        table().encode("utf-16"),
        "﻿" + table(),
    ],
    ids=["decimal commas", "tabs", "another order", "Chinese", "a time zone", "utf-16", "a mark of its bytes"],
)
def test_other_ways_to_write_it_are_the_same_series(text):
    found = read(text)
    assert found.values[:, 0].tolist() == VALUES and found.step == 3600


@pytest.mark.parametrize(
    "written",
    [
        lambda day, hour: f"{day:02}.03.2024 {hour:02}:00",  # with dots, the day comes first
        lambda day, hour: f"{9 + day}/3/2024 {hour:02}:00",  # the 13th is a day
        lambda day, hour: f"3/{day}/2024 {hour:02}:00",
        lambda day, hour: f"2024-03-{day:02} {hour:02}:00 +08:00",  # one clock, which stays
        lambda day, hour: f"2024-03-{day:02}T{hour:02}:00:00.000-0330",
    ],
)
def test_dates_are_read_as_they_are_meant(written):
    days = [(1 + i // 24, i % 24) for i in range(96)]
    found = read(table(cells={"time": [written(*each) for each in days]}))
    assert found.step == 3600 and len(found.values) == 96 and len(found.notes) == 2
    assert found.times[0] in (np.datetime64("2024-03-01T00:00"), np.datetime64("2024-03-10T00:00"))


def test_what_is_out_of_order_twice_or_off_the_step_is_put_right_and_said():
    lines = table().splitlines()
    lines[1:3] = reversed(lines[1:3])
    lines.append(f"{HOURS[5]},{VALUES[5] + 2}")
    lines[9] = lines[9].replace("08:00", "08:07")
    found = read("\n".join(lines))
    assert found.values[5, 0] == pytest.approx(VALUES[5] + 1) and found.values[0, 0] == VALUES[0]
    assert found.values[8, 0] == VALUES[8] and len(found.values) == 96
    assert found.notes[2:] == (
        "rows sorted by time",
        "1 rows at the time of another are averaged",
        "1 times moved to the nearest step of 0 days 01:00:00",
    )


def test_a_gap_of_a_day_is_handled_as_is_asked():
    lines = table().splitlines()
    text = "\n".join(lines[:25] + lines[49:])
    found = read(text)
    assert len(found.values) == 96 and "24 of 96 steps have no value and are interpolated" in found.notes
    assert found.values[24:48, 0] == pytest.approx(np.interp(range(24, 48), [23, 48], [VALUES[23], VALUES[48]]))
    dropped = read(text, gaps="drop")
    data = windows(dropped, length=8, stride=8, train_fraction=0.75)
    assert len(data.train) == 3 + 3 and "left out" in dropped.notes[-1]
    with pytest.raises(UserError, match="24 steps without a value, the first at 2024-03-02 00:00:00"):
        read(text, gaps="refuse")


def test_labels_are_found_and_kept():
    text = table(
        order=("time", "value", "anomaly"), cells={"anomaly": ["1" if 40 <= i < 44 else "0" for i in range(96)]}
    )
    found = read(text)
    assert np.flatnonzero(found.anomalous).tolist() == [40, 41, 42, 43] and found.columns == (("value", ""),)


def test_several_channels_and_a_parquet_file():
    frame = pd.DataFrame({"when": pd.to_datetime(HOURS), "a": VALUES, "b": VALUES[::-1], "name": ["x"] * 96})
    content = io.BytesIO()
    frame.to_parquet(content)
    found = read(content.getvalue())
    assert [name for name, _ in found.columns] == ["a", "b"] and found.values[:, 1].tolist() == VALUES[::-1]
    assert read(content.getvalue(), values=("b",)).columns == (("b", ""),)


def test_without_times_each_row_is_a_step():
    found = read("value\n" + "\n".join(map(str, VALUES)))
    assert found.step is None and found.times is None and found.notes[0] == "no column of times: each row is a step"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "own.csv is no CSV file that can be read"),
        ("a\n", {}, "own.csv has 0 rows and 1 columns"),
        ("a,b\n1,2\n3,4,5\n", {}, "own.csv: row 3 has 3 cells, but the header has 2"),
        (b"a,b\n\xff\xff\xff", {}, "own.csv is not a text in UTF-8"),
        (b"a\0b", {}, "own.csv is no text: it has zero bytes"),
        (b"PAR1xxxx", {}, "own.csv is no Parquet file that can be read"),
        (table(), {"time": "when"}, "own.csv has no column 'when'; it has: time, value"),
        (table(), {"time": "value"}, "the column “value” holds no times"),
        (table(), {"values": ("heat",)}, "own.csv has no column 'heat'"),
        (table().replace("09:00,", "09:00,x"), {}, "row 11 of the column “value” is no number: 'x"),
        (table().replace("2024-03-01 09:00", "soon"), {}, "row 11 of the column “time” is no time: 'soon'"),
        ("time,name\n2024-01-01,x\n2024-01-02,y\n", {}, "own.csv has no column of numbers beside its times"),
        ("time,v,label\n2024-01-01,1,0\n2024-01-02,2,maybe\n", {}, "row 3 of the column “label” is neither 0 nor 1"),
        ("time,v\n2024-01-01,1\n2024-01-01,2\n", {}, "own.csv has a single time"),
        (
            "time,v\n1900-01-01 00:00:00,1\n1900-01-01 00:00:01,1\n2024-01-01,2\n",
            {},
            "own.csv has 3 rows, most of them 0 days 00:00:01 apart",
        ),
    ],
)
def test_what_cannot_be_used_is_named(text, options, said):
    with pytest.raises(UserError, match=said):
        read(text, **options)
