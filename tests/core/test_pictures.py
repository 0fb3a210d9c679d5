"""Pictures from strangers: which are read, which are refused, and that none takes the machine with it."""

import io
import struct
import threading
import time
import zlib

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.cli.asking import posix
from tests.datasets.files import encoded, picture
from vae_core import pictures
from vae_core.pictures import Refused, decode, guarded

# Read or refused


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_each_format_is_read_whatever_the_file_is_called(kind):
    assert decode(encoded(picture(size=(200, 260)), kind), 768).image.size == (200, 260)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE html><html></html>", "looks like HTML"),
        (b"%PDF-1.7 ...", "looks like PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "looks like SVG"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC photo, which is not read here: save it as JPEG"),
        (b"hello", "not a PNG, JPEG"),
        (b"", "empty"),
        (encoded(picture())[:300], "damaged"),
        (encoded(picture(), "TIFF"), "not a PNG, JPEG"),
        (bytes(pictures.MAX_FILE_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_what_is_refused_gets_one_clear_sentence(content, sentence):
    with pytest.raises(Refused, match=sentence) as error:
        decode(content, 768)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", [(5000, 4000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_decompressed(size):
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(10))), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    with pytest.raises(Refused, match="16 megapixels"):
        decode(content, 768)


def test_a_reduced_jpeg_may_have_more_pixels_and_the_rest_may_not():
    """24 megapixels, as phones take them."""
    large = Image.new("RGB", (6000, 4000), "red")
    assert decode(encoded(large, "JPEG"), 768).image.size == (1500, 1000)
    with pytest.raises(Refused, match="more than 16 megapixels"):
        decode(encoded(large, "WEBP"), 768)
    with pytest.raises(Refused, match="more than 64 megapixels"):
        decode(encoded(Image.new("L", (10_000, 6500)), "JPEG"), 768)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_makes_of_exif(orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(), exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    found = decode(content, 768)
    assert found.orientation == orientation and np.array_equal(found.upright, expected)


def test_metadata_that_cannot_be_read_are_ignored():
    """EXIF that is none in WebP, and hexadecimal that is none in a PNG's raw profile."""
    image = picture()
    profile = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n      20\nzzzz not hexadecimal\n")
    chunk = struct.pack(">I", len(profile)) + b"zTXt" + profile + struct.pack(">I", zlib.crc32(b"zTXt" + profile))
    png = encoded(image)
    end = png.index(b"IDAT") - 4
    for content in (png[:end] + chunk + png[end:], encoded(image, "WEBP", lossless=True, exif=b"garbage")):
        with pytest.raises((SyntaxError, ValueError)):
            Image.open(io.BytesIO(content)).getexif().get(0x0112)  # as it would without care
        assert np.array_equal(decode(content, 768).upright, image)


@pytest.mark.parametrize(("mode", "expected"), [("1", "L"), ("LA", "RGBA"), ("P", "RGB"), ("CMYK", "RGB")])
def test_every_mode_becomes_one_of_three(mode, expected):
    assert decode(encoded(picture().convert(mode), "JPEG" if mode == "CMYK" else "PNG"), 768).image.mode == expected


def test_every_level_of_sixteen_bits_is_scaled():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(decode(encoded(Image.fromarray(levels)), 768).image, levels // 257)


def many_scans(n, size=(64, 64)):
    """A progressive JPEG whose last scan stands n more times in it."""
    content = encoded(Image.new("L", size, 128), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * n + content[-2:]


def test_the_scans_of_a_jpeg_are_counted():
    assert decode(many_scans(50), 768).image.size == (64, 64)
    with pytest.raises(Refused, match="more than 100 scans"):
        decode(many_scans(3000), 768)


# In a process with limits


@pytest.fixture
def limited(monkeypatch):
    """Processes of this test's own: `limited(CPU_SECONDS=1)` sets what they may take."""

    def limit(**limits):
        for name, value in limits.items():
            monkeypatch.setattr(guarded, name, value)
        return guarded

    guarded.end_all()  # what other tests have started has other limits
    yield limit
    guarded.end_all()


def test_a_guarded_picture_is_the_same(limited):
    exif = Image.Exif()
    exif[0x0112] = 6
    for content in (encoded(picture(), exif=exif), encoded(picture(mode="RGBA")), many_scans(3)):
        here, there = decode(content, 100), limited().decode(content, 100)
        assert np.array_equal(here.image, there.image) and here.image.mode == there.image.mode
        assert here.orientation == there.orientation
    with pytest.raises(Refused) as error:
        limited().decode(b"<html>", 100)
    assert "looks like HTML" in str(error.value) and error.value.reason.startswith("is not a PNG")


def test_pictures_that_belong_together_share_a_budget(limited):
    pool = limited()
    with pool.within(60) as budget:
        pool.decode(encoded(Image.new("RGB", (3000, 3000))), 768)
        assert 0 < budget.decoding < 60 and budget.left < 60 - budget.decoding
        with pytest.raises(Refused, match="is empty"):
            pool.decode(b"", 768)
        budget.decoding = 60  # as if those before had taken all of it
        with pytest.raises(pool.TooSlow, match="takes too long to read") as error:
            pool.decode(encoded(picture()), 768)
        assert not error.value.always
    assert pool.decode(encoded(picture()), 768)


def child():
    (found,) = [each for each in psutil.Process().children() if "vae_core.pictures.worker" in each.cmdline()]
    return found


@posix
def test_what_takes_too_long_is_ended_and_the_next_is_read(limited):
    """Within every limit that is known beforehand, and yet seconds of work."""
    pool = limited(CPU_SECONDS=0)  # a part of a second, as limits are whole ones
    with pytest.raises(Refused, match="takes too long to read"):
        pool.decode(many_scans(85, (6000, 6000)), 768)
    assert pool.decode(encoded(picture()), 768).image.size == (20, 16)


@posix
def test_what_takes_too_much_memory_is_refused(limited):
    large = encoded(Image.new("RGBA", (4000, 4000)))
    with pytest.raises(Refused, match="takes too much memory"):
        limited(MEMORY=150_000_000).decode(large, 768)
    assert decode(large, 768).image.size == (800, 800)


@posix
def test_one_that_does_not_answer_is_ended_and_one_that_breaks_is_replaced(limited, monkeypatch):
    pool = limited()
    assert pool.decode(encoded(picture()), 768)
    child().suspend()
    with monkeypatch.context() as patch:
        patch.setattr(guarded, "WALL_SECONDS", 0.1)
        with pytest.raises(Refused, match="takes too long to read"):
            pool.decode(encoded(picture()), 768)
    assert psutil.Process().children() == []
    assert pool.decode(encoded(picture()), 768)
    idle = child()
    idle.kill()
    while idle.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert pool.decode(encoded(picture()), 768).image.size == (20, 16)


def test_only_a_few_are_decoded_at_once(limited):
    pool, found = limited(), []
    threads = [threading.Thread(target=lambda: found.append(pool.decode(encoded(picture()), 768))) for _ in range(8)]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(psutil.Process().children()))
    assert len(found) == 8 and 1 <= most <= guarded.AT_ONCE
