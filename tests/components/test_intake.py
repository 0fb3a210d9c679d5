"""Uploaded zips of pictures."""

import io
import zipfile

import pytest

from components.shared.bring import intake
from components.shared.bring.intake import Picture, _unpacked
from components.shared.bring.photos import cropping
from vae_core import pictures
from vae_core.errors import UserError


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Picture("set.zip", file.getvalue())


def test_a_zip_gives_its_visible_files_under_safe_names():
    files = {"a/<1>.png": b"1", "a/2.png": b"2", "a/.DS_Store": b"x", "__MACOSX/a/._2.png": b"x"}
    assert _unpacked(zipped(files)) == [Picture("a__1_.png", b"1"), Picture("a_2.png", b"2")]
    assert _unpacked(Picture("a.png", b"no zip")) == [Picture("a.png", b"no zip")]


def test_only_the_first_files_are_unpacked_and_a_large_one_is_cut(monkeypatch):
    monkeypatch.setattr(intake, "MAX_FILES", 2)
    monkeypatch.setattr(pictures, "MAX_FILE_BYTES", 100)
    found = _unpacked(zipped({"a": bytes(1000), "b": bytes(50), "c": bytes(50)}))
    assert [(picture.name, len(picture.content)) for picture in found] == [("a", 101), ("b", 50), ("c", 0)]


def test_a_zip_is_refused_in_one_sentence(monkeypatch):
    with pytest.raises(UserError, match="^that zip is packed by another method than deflate: pack it again.$"):
        _unpacked(zipped({"a": b"x"}, zipfile.ZIP_BZIP2))
    damaged = zipped({"a": b"some content"}).content[:-10]
    with pytest.raises(UserError, match="^that zip is not a zip .*: pack it again.$"):
        _unpacked(Picture("set.zip", damaged))
    monkeypatch.setattr(intake, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(UserError, match="^that zip unpacks to more than 1 MB, .*: take fewer pictures.$"):
        _unpacked(zipped({"a": bytes(600_000), "b": bytes(600_000)}))


def test_corners_that_no_picture_has_are_not_taken():
    square = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
    assert cropping.read(square) == ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    assert cropping.read("whole") == cropping.WHOLE
    flat, crossed = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.1]], [square[i] for i in (0, 2, 1, 3)]
    outside, unknown = [[-0.1, 0.1], *square[1:]], [[float("nan"), 0.1], *square[1:]]
    for value in (
        None,
        "all",
        7,
        [],
        square[:3],
        [["a", 0]] * 4,
        {"0": 1},
        flat,
        crossed,
        square[::-1],
        outside,
        unknown,
    ):
        assert cropping.read(value) is None
