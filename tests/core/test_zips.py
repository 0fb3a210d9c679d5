"""Strangers' zips: nothing is read beyond its bounds, and every refusal is a ZipError that continues a sentence."""

import io
import struct
import zipfile

import pytest

from vae_core import zips
from vae_core.zips import TooLarge, ZipError

FILES = {"a/one.txt": b"one" * 50, "a/two.txt": b"two" * 70, "b/.hidden": b"x"}


def zipped(files, compression=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.mkdir("a")
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def contents(content: bytes, **options) -> dict[str, bytes]:
    with zips.opened(io.BytesIO(content), **options) as members:
        return {member.name: member.read() for member in members}


def test_files_are_read_and_folders_are_not_files():
    assert contents(zipped(FILES)) == contents(zipped(FILES, zipfile.ZIP_STORED)) == FILES
    assert list(contents(zipped(FILES), keep=lambda name: name.endswith(".txt"))) == ["a/one.txt", "a/two.txt"]


def test_what_is_not_kept_is_never_touched():
    damaged = zipped(FILES).replace(b"b/.hidden", b"b/\xff\xff\xff\xff\xff\xff\xff", 1)  # the local header differs
    assert contents(damaged, keep=lambda name: name.startswith("a/")).keys() == {"a/one.txt", "a/two.txt"}
    with pytest.raises(ZipError, match="cannot be read"):
        contents(damaged)


def test_the_first_bytes_are_enough():
    with zips.opened(io.BytesIO(zipped(FILES))) as (one, two, hidden):
        assert one.read(10) == FILES["a/one.txt"][:10] and two.read(10**9) == FILES["a/two.txt"]
        assert (one.size, two.size, hidden.size) == (150, 210, 1)


def test_entries_are_counted_before_they_are_read(monkeypatch):
    """Also across the parts in which a file is read, and those that are kept by nobody."""
    monkeypatch.setattr(zips, "MAX_ENTRIES", 3)
    monkeypatch.setattr(zips, "_PART", 7)
    with pytest.raises(TooLarge, match="^holds more than 3 entries$"):
        contents(zipped(FILES))  # three files and a folder
    monkeypatch.setattr(zips, "MAX_ENTRIES", 4)
    assert contents(zipped(FILES)) == FILES


def test_steps_up_and_absolute_names_are_no_folders():
    found = contents(zipped({"../../a/./b.txt": b"x", "a/../../c.txt": b"y"}))
    assert found == {"a/b.txt": b"x", "a/c.txt": b"y"}


def test_declared_sizes_are_limited():
    with zips.opened(io.BytesIO(zipped(FILES))) as members:
        zips.check_total(members, 361)
        with pytest.raises(TooLarge, match="unpacks to more than"):
            zips.check_total(members, 360)
        members[0].check(at_most=150)
        with pytest.raises(TooLarge, match="at most 0 are read"):
            members[0].check(at_most=149)


@pytest.mark.parametrize("declared", [10, 10_000_000])
def test_a_size_that_lies_takes_no_more_than_it_declares(declared):
    """A megabyte that says it is 10 bytes, and one that says it is ten times as large."""
    content = bytearray(zipped({"bomb": bytes(1_000_000)}))
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, declared)
    with zips.opened(io.BytesIO(content)) as (member,):
        assert member.size == declared
        with pytest.raises(ZipError, match="Bad CRC-32" if declared < 1_000_000 else "another size than declared"):
            member.read()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_deflate_is_unpacked(compression):
    with zips.opened(io.BytesIO(zipped(FILES, compression))) as (one, *_):
        for read in (one.check, one.read, lambda: one.read(1)):
            with pytest.raises(ZipError, match="another method than deflate"):
                read()


def test_encrypted_files_are_refused():
    content = bytearray(zipped({"a": b"secret"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(signature) + offset] |= 1
    with pytest.raises(ZipError, match="encrypted"):
        contents(bytes(content))


@pytest.mark.parametrize("content", [b"", b"<html>", zipped(FILES)[:-30], b"garbage" * 50 + zipped(FILES)[-22:]])
def test_what_is_no_zip_is_refused(content):
    with pytest.raises(ZipError, match="is not a zip that can be read, or it is damaged"):
        contents(content)


def test_every_damaged_byte_is_read_or_refused():
    whole = zipped(FILES)
    refused = 0
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            contents(bytes(damaged))
        except ZipError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 100
