"""Files such as a user might have, for the tests of the datasets."""

import gzip
import io
import json
import math
import random
import struct
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_idx_files(place, n_train=30, n_test=10):
    place.mkdir(parents=True)
    random = np.random.default_rng(0)
    for part, n in (("train", n_train), ("t10k", n_test)):
        images, labels = random.integers(0, 256, (n, 28, 28)), np.arange(n) % 10
        (place / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (place / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))  # one of each kind, as unpacked by hand


def picture(seed=0, size=(20, 16), mode="RGB"):
    channels = len(mode)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    return Image.fromarray(pixels.squeeze())


def encoded(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def write_classes(place, names=("cat", "dog"), each=6):
    for i, name in enumerate(names):
        (place / name).mkdir(parents=True)
        for j in range(each):
            (place / name / f"{j}.png").write_bytes(encoded(picture(100 * i + j)))


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def level_text(columns: int, rows: int = 14, seed: int = 0) -> str:
    """A level with ground, holes, pipes and blocks in the air."""
    draw = random.Random(seed)
    level = [["-"] * columns for _ in range(rows)]
    column = 0
    while column < columns:
        kind = draw.choice("ggggph")
        if kind != "h":
            level[-1][column] = "X"
        if kind == "p" and column + 1 < columns:
            level[-1][column + 1] = "X"
            for row, halves in ((rows - 3, "<>"), (rows - 2, "[]")):
                level[row][column : column + 2] = halves
            column += 1
        column += 1
        if column < columns and draw.random() < 0.2:
            level[rows - 6][column] = draw.choice("S?Qo")
    return "".join("".join(row) + "\n" for row in level)


def write_levels(folder: Path, names: list[str], rows: int = 14) -> Path:
    """Levels NAME.txt in `folder`, each a tile wider than the one before; returns the folder."""
    folder.mkdir(parents=True)
    for seed, name in enumerate(names):
        (folder / f"{name}.txt").write_text(level_text(40 + seed, rows, seed))
    return folder


def chorales(n: int, seed: int = 0) -> list[list[list[int]]]:
    """Pieces of 20 chords of four pitches from below, an octave above what choirs sing, as the file of chorales has
    them: triads on the steps of C major, with a melody above."""
    draw, scale = random.Random(seed), (0, 2, 4, 5, 7, 9, 11)
    found = []
    for _ in range(n):
        chords = []
        for _ in range(20):
            root = draw.randrange(7)
            tenor, alto, soprano = (
                low + (scale[(root + third) % 7] - low) % 12
                for low, third in zip((67, 74, 79), draw.sample((0, 2, 4), 3), strict=True)
            )
            chords.append(sorted((60 + scale[root] - 12 * (root > 3), tenor, alto, soprano)))
        found.append(chords)
    return found


def write_chorales(folder: Path, n: int = 6) -> Path:
    """A small file of chorales in the data folder `folder`; returns that folder."""
    (folder / "jsb_chorales").mkdir(parents=True)
    parts = {part: chorales(n, seed) for seed, part in enumerate(("train", "valid", "test"))}
    (folder / "jsb_chorales" / "jsb-chorales-quarter.json").write_text(json.dumps(parts))
    return folder


def sentences(n: int, seed: int = 0) -> list[str]:
    """Different sentences of a small language."""
    draw = random.Random(seed)
    who, what, where = (
        ("a man", "two dogs", "the child"),
        ("runs", "sleeps", "waits"),
        ("outside", "in a park", "alone"),
    )
    found: dict[str, None] = {}
    while len(found) < n:
        adverb = draw.choice(("", "quietly ", "often ", "again ")) + draw.choice(("", "today ", "now "))
        found[f"{draw.choice(who)} {draw.choice(what)} {adverb}{draw.choice(where)}."] = None
    return list(found)


def write_sentences(name: str, folder: Path) -> tuple[dict, Path]:
    """The files of a dataset of sentences in the data folder `folder`: what its config needs, and that folder."""
    lines = sentences(200)
    facts = [
        f"a {who} {verb} near the {where}"
        for who in ("man", "dog", "child")
        for verb in ("sits", "runs")
        for where in ("street", "lake")
    ]
    files = {
        "captions_facts": {"multi30k/train.en": facts, "multi30k/test_2016_flickr.en": facts},
        "captions": {"multi30k/train.en": lines[:150], "multi30k/test_2016_flickr.en": lines[150:]},
        "reviews": {f"rt_polarity/{part}.{name}": lines for part in ("train", "test") for name in ("neg", "pos")},
        "text": {"own.txt": lines},
    }[name]
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("\n".join(content))
    return ({"path": "own.txt"} if name == "text" else {}), folder


NAB = {
    "nyc_taxi": "nyc_taxi",
    "ec2_latency": "ec2_request_latency_system_failure",
    "ambient_temperature": "ambient_temperature_system_failure",
}


def write_series(name: str, folder: Path) -> tuple[dict, Path | None]:
    """The options of a small dataset of series and the data folder with its files: 300 steps, an anomaly at the end."""
    hours = [f"2014-01-{1 + i // 24:02} {i % 24:02}:00:00" for i in range(300)]
    values = [round(10 + math.sin(i / 4) + (5 if 250 <= i < 260 else 0), 3) for i in range(300)]
    lines = [f"{hour},{value}" for hour, value in zip(hours, values, strict=True)]
    file = NAB.get(name, "own")
    (folder / "nab").mkdir(parents=True)
    (folder / "nab" / f"{file}.csv").write_text("\n".join(["timestamp,value", *lines]))
    spans = {f"realKnownCause/{file}.csv": [[hours[250], hours[259]]]}
    (folder / "nab" / "combined_windows.json").write_text(json.dumps(spans))
    return ({"path": str(folder / "nab" / "own.csv")}, None) if name == "csv" else ({}, folder)


def write_connections(folder: Path) -> Path:
    """Small files of network connections, every third an attack, in the data folder `folder`; returns that folder."""
    (folder / "nsl_kdd").mkdir(parents=True)
    for file, attack in (("KDDTrain+_20Percent.txt", "neptune"), ("KDDTest+.txt", "saint")):
        rows = []
        for i in range(60):
            numbers = [str(round((i * k) % 7 / 7, 2)) for k in range(1, 39)]
            row = [
                numbers[0],
                ("tcp", "udp")[i % 2],
                ("http", "ftp", "private")[i % 3],
                ("SF", "S0")[i % 2],
                *numbers[1:],
            ]
            rows.append(",".join([*row[:41], attack if i % 3 == 2 else "normal", "21"]))
        (folder / "nsl_kdd" / file).write_text("\n".join(rows))
    return folder
