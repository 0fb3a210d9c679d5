"""Letters in typefaces: drawn from font files, split by typeface, and what is left out."""

import logging

import numpy as np
import pytest
import torch

from tests.datasets.fonts import REAL, blocks, truetype, write_fonts
from vae_core.cli import main
from vae_core.datasets import letters
from vae_core.datasets._sources import typefaces
from vae_core.datasets._sources.typefaces import CHARACTERS, Typefaces, designs, drawn
from vae_core.errors import UserError


@pytest.fixture
def fonts(tmp_path):
    return write_fonts(tmp_path / "fonts")


def load(folder, **options):
    return letters.load(letters.Config(fonts=str(folder), **options))


def test_a_real_typeface_is_drawn_light_on_one_baseline_and_fills_the_frame(fonts):
    found = drawn(fonts)
    picture = dict(zip(found.names, found.pictures.astype(int), strict=True))["Aileron.ttf"]
    ink = picture > 60
    rows, columns = np.flatnonzero(ink.any((0, 2))), np.flatnonzero(ink.any((0, 1)))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (28, 29)  # edges are soft
    assert abs(rows[0] + rows[-1] - 31) <= 1  # in the middle
    bottoms = {character: np.flatnonzero(ink[k].any(1))[-1] for k, character in enumerate(CHARACTERS)}
    assert len({bottoms[character] for character in "AHIhixz"}) == 1 and bottoms["p"] > bottoms["h"]
    left = np.array([np.flatnonzero(each.any(0))[0] for each in ink])
    right = np.array([np.flatnonzero(each.any(0))[-1] for each in ink])
    assert np.abs(left + right - 31).max() <= 2  # centred
    small, large = picture[CHARACTERS.index("o")], picture[CHARACTERS.index("O")]
    assert small.sum() < 0.8 * large.sum()


def test_typefaces_of_a_family_or_with_a_picture_in_common_are_one_design():
    pictures = np.arange(6 * 62, dtype=np.uint16).view(np.uint8).reshape(6, 62, 1, 2)
    pictures[4, 7] = pictures[1, 8]  # as the small capitals of one may be the capitals of another
    families = ["one", "two", "three", "one", "four", "three"]
    assert designs(Typefaces(pictures, list("abcdef"), families)) == [[0, 3], [1, 4], [2, 5]]


def test_no_design_is_in_both_parts(fonts):
    found = drawn(fonts)
    assert [[found.names[i] for i in group] for group in designs(found)] == [
        ["Aileron.ttf"],
        ["Brick.ttf"],
        ["Wall-Bold.ttf", "Wall.ttf"],
    ]
    family = {picture.tobytes(): found.families[i] for i, each in enumerate(found.pictures) for picture in each}
    held_out = set()
    for seed in range(4):
        data = load(fonts, split_seed=seed, test_fraction=0.25)
        parts = [{family[x.numpy().tobytes()] for x in split.x} for split in (data.train, data.test)]
        assert not parts[0] & parts[1] and len(data.train) + len(data.test) == 4 * 62
        held_out |= parts[1]
    assert len(held_out) > 1  # the seed decides


def test_each_62_examples_hold_each_character_once_and_nothing_comes_twice(fonts):
    data = load(fonts, test_fraction=0.5)
    for split in (data.train, data.test):
        assert (split.y.view(-1, 62).sort(1).values == torch.arange(62)).all()
        assert len({(x.numpy().tobytes(), y.item()) for x, y in zip(split.x, split.y, strict=True)}) == len(split)
    found = drawn(fonts)
    for split in (data.train, data.test):
        tables = letters.by_typeface(split)[:, :, 0].numpy()
        assert {table.tobytes() for table in tables} <= {table.tobytes() for table in found.pictures}
    for x, y in zip(data.train.x, data.train.y.tolist(), strict=True):
        assert any((each[y] == x[0].numpy()).all() for each in found.pictures)  # labels are those of the characters


def test_what_cannot_be_used_is_left_out_with_a_sentence(fonts, caplog):
    files = {
        "lacks.ttf": truetype("Lacks", blocks(100, CHARACTERS.replace("q", ""))),
        "boxless.ttf": truetype("Boxless", blocks(100, CHARACTERS.replace("q", "")), missing=()),
        "blank.ttf": truetype("Blank", blocks(100) | {"Z": []}),
        "alike.ttf": truetype("Alike", dict.fromkeys(CHARACTERS, [(0, 0, 100, 700)])),
        "vast.ttf": truetype("Vast", blocks() | {"M": [(0, 0, 32_000, 700)]}),
        "broken.otf": REAL[:100],
        ".hidden.ttf": b"",
        "readme.txt": b"",
    }
    (fonts / "below").mkdir()
    for name, content in files.items():
        (fonts / "below" / name).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        found = drawn(fonts)
    assert len(found) == 4
    assert (said := caplog.text).count("below") == 6 - 1  # the first five, and how many more
    for words in ("lacks q", "draws nothing for q", "draws nothing for Z", "draws different characters alike"):
        assert words in said
    assert "broken.otf is damaged or no font" in said and "and 1 more" in said


def test_a_collection_gives_all_its_typefaces(tmp_path):
    one, two = truetype("One", blocks(100)), truetype("Two", blocks(150))
    start = 12 + 2 * 4

    def moved(font: bytes, by: int) -> bytes:
        tables = bytearray(font)
        for i in range(int.from_bytes(font[4:6], "big")):
            at = 12 + 16 * i + 8
            tables[at : at + 4] = (int.from_bytes(tables[at : at + 4], "big") + by).to_bytes(4, "big")
        return bytes(tables)

    places = (start, start + len(one))
    head = (
        b"ttcf" + (0x10000).to_bytes(4, "big") + (2).to_bytes(4, "big") + b"".join(p.to_bytes(4, "big") for p in places)
    )
    (tmp_path / "both.ttc").write_bytes(head + moved(one, places[0]) + moved(two, places[1]))
    found = drawn(tmp_path)
    assert found.names == ["both.ttc", "both.ttc (2)"] and found.families == ["One", "Two"]
    assert (found.pictures[0] != found.pictures[1]).any()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda folder: folder.rmdir(), "There is no folder"),
        (lambda folder: None, "holds no typeface with the digits and the Latin letters"),
        (lambda folder: (folder / "a.ttf").write_bytes(b"no font"), "a.ttf is damaged or no font"),
        (lambda folder: (folder / "a.ttf").write_bytes(REAL), "1 usable typefaces of a single design: at least two"),
    ],
)
def test_a_folder_that_is_no_use_is_refused(tmp_path, prepare, words):
    folder = tmp_path / "fonts"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(UserError, match=words):
        load(folder)


def test_files_of_strangers_are_bounded(fonts, monkeypatch):
    monkeypatch.setattr(typefaces, "MAX_FILE_BYTES", len(REAL) - 1)
    assert "Aileron.ttf" not in drawn(fonts).names
    monkeypatch.setattr(typefaces, "MAX_TYPEFACES", 2)
    with pytest.raises(UserError, match="more than 2 typefaces"):
        drawn(fonts)
    monkeypatch.setattr(typefaces, "MAX_FILES", 3)
    with pytest.raises(UserError, match="more than 3 font files"):
        drawn(fonts)


def test_the_stored_pictures_are_read_as_well(fonts, tmp_path):
    found = drawn(fonts)
    (tmp_path / "letters").mkdir()
    names = [f"package/{family}-{i}" for i, family in enumerate(found.families)]
    content = {"images": found.pictures, "characters": np.array(list(CHARACTERS)), "fonts": np.array(names)}
    np.savez_compressed(tmp_path / letters.FILE, **content)
    data, same = letters.load(letters.Config(), tmp_path), load(fonts)
    assert torch.equal(data.train.x, same.train.x) and torch.equal(data.test.y, same.test.y)
    for change, words in (
        ({"characters": np.array(list(CHARACTERS[::-1]))}, "does not hold pictures of the 62 characters"),
        ({"images": found.pictures[:, :, :16]}, "not 32×32 of 4 typefaces"),
        ({"fonts": np.array([{}] * 4)}, "cannot be read"),  # pickled
    ):
        np.savez_compressed(tmp_path / letters.FILE, **content | change)
        with pytest.raises(UserError, match=words):
            letters.load(letters.Config(), tmp_path)
    with pytest.raises(UserError, match="name a folder of font files with --fonts"):
        letters.load(letters.Config(), tmp_path / "elsewhere")


def test_the_command_line_trains_on_a_folder_of_fonts(fonts, tmp_path, capsys):
    arguments = [
        "train",
        "--dataset",
        "letters",
        "--fonts",
        fonts,
        "--hidden",
        "8",
        "--latent-dim",
        "2",
        "--epochs",
        "1",
    ]
    assert main([*map(str, arguments), "--conditional", "--out", str(tmp_path / "new")]) == 0
    assert "−ELBO" in capsys.readouterr().out
