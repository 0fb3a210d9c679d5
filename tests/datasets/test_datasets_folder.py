"""A user's own images are read as the user sees them, and nothing that is no image, or too much, gets through."""

import io
import logging
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.datasets.files import encoded, picture, write_classes, write_zip
from vae_core import pictures
from vae_core.datasets import DATASETS, folder
from vae_core.datasets._sources import picture_files
from vae_core.errors import UserError


def load_folder(path, data_dir=None, **options):
    return DATASETS.build(folder.Config(path=str(path), **options), data_dir)


def load_pair(tmp_path, image, **options):
    """The two copies of an image, as read from a folder that holds nothing else: uint8 [C, H, W] as numpy."""
    content = image if isinstance(image, bytes) else encoded(image)
    for name in "ab":
        (tmp_path / name).write_bytes(content)  # no suffix: the content decides
    data = load_folder(tmp_path, **options)
    assert len(data.train) == len(data.test) == 1
    return data.train.x[0].numpy()


def png_header(width, height):
    """The beginning of a PNG file: it announces its size and holds no pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\1\0IDAT"


# What is found


def test_subfolders_are_the_classes(tmp_path):
    write_classes(tmp_path, ("dog", "cat", "empty"), each=5)
    for file in (tmp_path / "empty").iterdir():
        file.write_text("no picture")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "cat" / "deeper").mkdir()
    (tmp_path / "cat" / "deeper" / "5.png").write_bytes(encoded(picture(5)))
    data = load_folder(tmp_path, image_channels=3, image_size=16)
    assert data.spec.classes == ("cat", "dog") and data.spec.shape == (3, 16, 16)
    assert sorted(data.train.y.tolist() + data.test.y.tolist()) == [0] * 6 + [1] * 5


def test_flat_folder_has_no_classes(tmp_path):
    write_classes(tmp_path, ("all",))
    data = load_folder(tmp_path / "all")
    assert data.spec.classes == () and data.train.y.tolist() == [0] * len(data.train)


def test_images_inside_and_outside_of_subfolders_are_refused(tmp_path):
    write_classes(tmp_path)
    (tmp_path / "stray.png").write_bytes(encoded(picture()))
    with pytest.raises(UserError, match="both inside and outside"):
        load_folder(tmp_path)


@pytest.mark.parametrize("top", ["", "my pictures/", "top\\"])
def test_zip_gives_the_same_as_its_folder(tmp_path, top):
    write_classes(tmp_path / "pictures")
    members = {
        f"{top}{path.relative_to(tmp_path / 'pictures').as_posix()}": path.read_bytes()
        for path in (tmp_path / "pictures").rglob("*.png")
    }
    extra = {f"{top}cat/": b"", "__MACOSX/cat/._0.png": b"fork", f"{top}.DS_Store": b"", f"{top}cat/.x.png": b""}
    data = load_folder(write_zip(tmp_path / "pictures.zip", members | extra))
    same = load_folder(tmp_path / "pictures")
    assert data.spec == same.spec and (data.train.x == same.train.x).all() and (data.test.y == same.test.y).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", "pictures.zip"]


DIGITS = {f"{name}/{i}.png": encoded(picture(10 * name + i)) for name in range(3) for i in range(4)}


@pytest.mark.parametrize(
    "names",
    [
        {"archive/digits/{}": True},  # a packed folder in a packed folder
        {"digits/{}": True, "README.txt": False, "Thumbs.db": False, "desktop.ini": False},  # files beside it
    ],
)
def test_a_class_is_the_folder_of_its_pictures_wherever_that_lies(tmp_path, names):
    members = {}
    for name, pictures_there in names.items():
        members |= {name.format(path): content for path, content in DIGITS.items()} if pictures_there else {name: b"?"}
    data = load_folder(write_zip(tmp_path / "a.zip", members))
    assert data.spec.classes == ("0", "1", "2") and len(data.train) + len(data.test) == 12


def test_backslashes_part_folders_and_their_entries_are_no_files(tmp_path):
    """As Compress-Archive of Windows PowerShell 5 writes them."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for folder_name in ("mydigits", "mydigits\\0", "mydigits\\1", "mydigits\\2"):
            archive.writestr(zipfile.ZipInfo(folder_name + "\\"), b"")
        for name, content in DIGITS.items():
            archive.writestr(zipfile.ZipInfo("mydigits\\" + name.replace("/", "\\")), content)
    found = folder.read(folder.Config(), tmp_path / "a.zip", "it")
    assert found.data.spec.classes == ("0", "1", "2") and found.left_out == []


def test_classes_are_in_natural_order(tmp_path):
    write_classes(tmp_path, [str(i) for i in range(12)] + ["b10", "b9", "B2"], each=1)
    expected = [*map(str, range(12)), "B2", "b9", "b10"]
    assert list(load_folder(tmp_path).spec.classes) == expected


def test_folders_called_train_and_test_are_the_split(tmp_path):
    for part, names, each in (("Training", ("0", "1", "2"), 5), ("testing", ("0", "2"), 3)):
        write_classes(tmp_path / "data" / part, names, each)
    data = load_folder(tmp_path)
    assert data.spec.classes == ("0", "1", "2")
    assert data.train.y.tolist() == [0] * 5 + [1] * 5 + [2] * 5 and data.test.y.tolist() == [0] * 3 + [2] * 3
    write_classes(tmp_path / "data", ("plane",))  # one more: these are vehicles, or whatever has a class "train"
    assert set(load_folder(tmp_path).spec.classes) == {"plane", "testing", "Training"}


def renamed(path, old, new):
    """The same zip with the bytes `new` for the letters `old` in its names, which both have as many of."""
    path.write_bytes(path.read_bytes().replace(old.encode(), new))
    return path


def test_names_in_a_zip_are_read_as_their_system_wrote_them(tmp_path):
    members = {f"{name}/{i}.png": encoded(picture(i)) for i, name in enumerate(["AAAAAAA", "BBBB", "CCCC"])}
    macos = renamed(write_zip(tmp_path / "a.zip", members), "AAAAAAA", "chate\u0301".encode())
    macos = renamed(macos, "BBBB", "\u72acx".encode())
    found = folder.read(folder.Config(), macos, "it")
    assert found.data.spec.classes == ("CCCC", "chat\u00e9", "\u72acx") and not found.garbled
    members = {f"{name}/{i}.png": encoded(picture(i)) for i, name in enumerate(["AA", "BBBB", "CCCC"])}
    # One of the names by itself could be UTF-8.
    chinese = renamed(write_zip(tmp_path / "b.zip", members), "BBBB", "\u72d7\u9e1f".encode("gbk"))
    chinese = renamed(chinese, "AA", "\u732b".encode("gbk"))
    found = folder.read(folder.Config(), chinese, "it")
    assert found.garbled and "\xe8" not in found.data.spec.classes
    found = folder.read(folder.Config(name_encoding="gbk"), chinese, "it")
    assert not found.garbled and found.data.spec.classes == ("CCCC", "\u72d7\u9e1f", "\u732b")


def test_relative_path_is_looked_for_here_and_in_the_data_folder(tmp_path, monkeypatch):
    write_classes(tmp_path / "here" / "one", ("x", "-"), each=2)
    write_classes(tmp_path / "data" / "one", ("y", "-"), each=2)
    write_classes(tmp_path / "data" / "two", ("z", "-"), each=2)
    monkeypatch.chdir(tmp_path / "here")
    assert load_folder("one", tmp_path / "data").spec.classes == ("-", "x")
    assert load_folder("two", tmp_path / "data").spec.classes == ("-", "z")


# How it is read


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_every_format_is_read(tmp_path, format):
    image = Image.new("RGB", (300, 200), (40, 90, 200))
    pixels = load_pair(tmp_path, encoded(image, format), image_channels=3).astype(int)
    assert pixels.shape == (3, 28, 28) and abs(pixels - np.array([40, 90, 200])[:, None, None]).max() <= 4


def test_middle_square_is_taken(tmp_path):
    strip = np.zeros((20, 60), np.uint8)
    strip[:, 20:40] = 255
    assert (load_pair(tmp_path, Image.fromarray(strip)) == 255).all()


def test_exif_orientation_is_applied(tmp_path):
    image = Image.fromarray(np.repeat(np.repeat(np.uint8([[0, 255]]), 40, 0), 20, 1))  # dark left, light right
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise: dark on top
    pixels = load_pair(tmp_path, encoded(image, "JPEG", exif=exif))[0]
    assert pixels[:12].max() < 30 and pixels[-12:].min() > 225


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_white(tmp_path, mode):
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 10))
    options = {} if mode != "P" else {"transparency": 0}
    if mode == "P":
        image = Image.new("P", (20, 20), 0)
        image.putpalette([0, 0, 0, 0, 0, 0])
        image.paste(1, (0, 0, 20, 10))
    else:
        image = image.convert(mode)
    pixels = load_pair(tmp_path, encoded(image, **options), image_size=20)[0]
    assert (pixels[:8] <= 5).all() and (pixels[12:] >= 250).all()
    inverted = load_folder(tmp_path, image_size=20, invert=True)
    assert (inverted.train.x[0, 0].numpy() == 255 - pixels).all()


def test_16_bit_grey_is_scaled(tmp_path):
    image = Image.fromarray(np.full((20, 20), 257 * 100, np.uint16))
    assert (load_pair(tmp_path, image) == 100).all()


# What is refused


def test_too_few_images_name_what_is_wrong_with_the_others(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(picture()))
    (tmp_path / "b.png").write_text("<html><body>404</body></html>")
    (tmp_path / "c.png").write_bytes(encoded(picture())[:300])
    (tmp_path / "d.svg").write_text("<svg/>")
    (tmp_path / "e.tif").write_bytes(encoded(picture(), "TIFF"))
    with pytest.raises(UserError) as caught:
        load_folder(tmp_path)
    message = str(caught.value)
    assert "at least 2 usable images but has 1: b.png is not a PNG, JPEG" in message
    assert "picture (it looks like HTML); c.png is damaged" in message
    assert message.endswith("; and 1 more.")


def test_skipped_files_are_logged(tmp_path, caplog):
    write_classes(tmp_path)
    (tmp_path / "cat" / "notes.txt").write_text("meow")
    with caplog.at_level(logging.WARNING):
        load_folder(tmp_path)
    assert "skipped 1 of 13 files: cat/notes.txt is not a PNG" in caplog.text


@pytest.mark.parametrize(
    ("path", "message"),
    [("", "the option path is empty"), ("nowhere", "There is no folder"), ("a\0b", "There is no"), ("file", "neither")],
)
def test_wrong_path_is_explained(tmp_path, path, message):
    (tmp_path / "file").write_text("text")
    with pytest.raises(UserError, match=message):
        load_folder(path, tmp_path)


@pytest.mark.parametrize("size", [(4001, 4000), (20_000, 20_000)])
def test_huge_image_is_not_decoded(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(png_header(*size))
    with pytest.raises(UserError, match="bomb.png has more than 16 megapixels"):
        load_folder(tmp_path)


def test_all_images_together_may_be_limited(tmp_path):
    """Each picture is within its own limits, and the budget of all of them is used up."""
    for i in range(6):
        Image.new("1", (200, 150), i % 2).save(tmp_path / f"{i}.png")
    config = folder.Config(str(tmp_path))
    assert len(folder.read(config, tmp_path, "it", seconds_left=lambda: 0.1).data.train) == 5
    left = iter((2, 1, 0))
    with pytest.raises(UserError, match="^it takes too long to read: take fewer or smaller images.$"):
        folder.read(config, tmp_path, "it", seconds_left=lambda: next(left))


@pytest.mark.parametrize("packed", [True, False])
def test_number_and_size_of_files_are_limited(tmp_path, monkeypatch, packed):
    contents = {f"{i}.png": encoded(picture(i)) for i in range(4)} | {"large.png": bytes(2000)}
    place = tmp_path / "some.zip" if packed else tmp_path
    if packed:
        write_zip(place, contents)
    else:
        for name, content in contents.items():
            (place / name).write_bytes(content)
    monkeypatch.setattr(pictures, "MAX_FILE_BYTES", 1999)
    data = load_folder(place)
    assert len(data.train) + len(data.test) == 4
    monkeypatch.setattr(picture_files, "MAX_FILES", 4)
    with pytest.raises(UserError, match="more than 4 files"):
        load_folder(place)


def test_zip_bombs_are_refused(tmp_path, monkeypatch):
    zeros = bytes(11 * 2**20)
    with pytest.raises(UserError, match="bomb.png is larger than 10 MB"):
        load_folder(write_zip(tmp_path / "a.zip", {"bomb.png": zeros}))
    with monkeypatch.context() as patch:
        patch.setattr(picture_files, "MAX_ZIP_BYTES", 2**20)
        with pytest.raises(UserError, match="unpacks to more than"):
            load_folder(tmp_path / "a.zip")
    honest, lie = struct.pack("<I", len(zeros)), struct.pack("<I", 1000)
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes().replace(honest, lie))
    with pytest.raises(UserError, match="bomb.png cannot be read .Bad CRC-32"):
        load_folder(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("bomb.png", zeros[:1000])
    with pytest.raises(UserError, match="another method than deflate"):
        load_folder(tmp_path / "c.zip")


def test_encrypted_and_damaged_zip_files_are_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.png": encoded(picture(0)), "b.png": encoded(picture(1))})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # set the flag "encrypted" of the first file
        content[content.index(signature) + offset] |= 1
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(UserError, match="has 1: a.png is encrypted"):
        load_folder(tmp_path / "b.zip")
    end = io.BytesIO(path.read_bytes()[-22:]).read()
    (tmp_path / "c.zip").write_bytes(b"garbage" * 50 + end)
    with pytest.raises(UserError, match="c.zip"):
        load_folder(tmp_path / "c.zip")
