"""Zips of pictures: bombs, lies, tricks with names, and what other programs write."""

import io
import struct
import warnings
import zipfile
import zlib

from PIL import Image

from tests.datasets.files import encoded, picture
from tests.hostile.corpus import Bad
from tests.hostile.pictures import tiny

GOOD = {f"{kind}/{i}.png": encoded(picture(10 * len(kind) + i)) for kind in ("cat", "horse") for i in range(3)}


def packed(files, method=zipfile.ZIP_DEFLATED, comment=b"") -> bytes:
    """A zip of (name or ZipInfo, content), which may stand in it twice."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in files.items() if isinstance(files, dict) else files:
                # Of no date: the same at every run.
                archive.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, content, method)
            archive.comment = comment
    return buffer.getvalue()


def central(n: int, name: bytes = b"a.png") -> bytes:
    """A zip whose directory lists the same file n times."""
    content = encoded(picture())
    sizes = struct.pack("<III", zlib.crc32(content), len(content), len(content))
    local = b"PK\3\4" + struct.pack("<5H", 20, 0, 0, 0, 0) + sizes + struct.pack("<HH", len(name), 0) + name + content
    one = b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 0, 0, 0) + sizes
    one += struct.pack("<5HII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n & 0xFFFF, n & 0xFFFF, n * len(one), len(local), 0)
    return local + n * one + end


def patched(content: bytes, at: int, format: str, value: int, signature=b"PK\1\2") -> bytes:
    """With a field of the last header of a kind changed."""
    found = bytearray(content)
    struct.pack_into(format, found, found.rindex(signature) + at, value)
    return bytes(found)


def renamed(names: list[bytes], flags: int = 0) -> bytes:
    """Good pictures under raw names, in any encoding."""
    letters = [f"{chr(65 + i)}" * len(name) for i, name in enumerate(names)]
    content = packed({letter: encoded(picture(i)) for i, letter in enumerate(letters)})
    for letter, name in zip(letters, names, strict=True):
        content = content.replace(letter.encode(), name)
    if flags:
        for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            parts = content.split(signature)
            places = [len(signature.join(parts[: i + 1])) for i in range(len(parts) - 1)]
            found = bytearray(content)
            for place in places:
                struct.pack_into("<H", found, place + at, flags)
            content = bytes(found)
    return content


def unicode_path(name: str) -> zipfile.ZipInfo:
    """A file that bears a second name in an extra field."""
    info = zipfile.ZipInfo("cat/plain.png")
    second = b"\1" + struct.pack("<I", zlib.crc32(b"cat/plain.png")) + name.encode()
    info.extra = struct.pack("<HH", 0x7075, len(second)) + second
    return info


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def zip64(content: bytes) -> bytes:
    """An end that says its numbers stand elsewhere, where nothing is."""
    end = content.rindex(b"PK\5\6")
    return content[:end] + b"PK\5\6" + b"\xff" * 16 + bytes(2)


def files() -> list[Bad]:
    plain = packed(GOOD)
    nested = plain
    for level in range(20):
        nested = packed({f"{level}.zip": nested})
    pixels = zlib.compress(bytes(4000 * 501), 1)
    heavy = [tiny((b"tEXt", b"a\0%d" % i), size=(4000, 4000), depth=1, data=pixels) for i in range(125)]
    good = {
        "plain.zip": plain,
        "stored.zip": packed(GOOD, zipfile.ZIP_STORED),
        "before it a script.zip": plain,
        "comment.zip": packed(GOOD, comment=b"x" * 65_535),
        "backslashes.zip": packed({name.replace("/", "\\"): content for name, content in GOOD.items()}),
        "traversal.zip": packed({f"../../../../etc/{name}": content for name, content in GOOD.items()}),
        "absolute.zip": packed({f"/etc/{name}": content for name, content in GOOD.items()}),
        "drive.zip": packed({f"C:\\{name}": content for name, content in GOOD.items()}),
        "links.zip": packed([*GOOD.items(), (link("cat/shadow.png"), "/etc/shadow")]),
        "second names.zip": packed([*GOOD.items(), (unicode_path("../cat/é.png"), encoded(picture(9)))]),
        "twice.zip": packed([*GOOD.items(), *GOOD.items()]),
        "junk beside.zip": packed({**GOOD, "__MACOSX/cat/._0.png": b"x", "cat/Thumbs.db": b"x", "a.exe": b"MZ"}),
        "one is a bomb.zip": packed({**GOOD, "cat/b.png": encoded(Image.new("1", (9000, 9000)))}),
        "one is empty.zip": packed({**GOOD, "cat/b.png": b""}),
        "code page of china.zip": renamed([f"{kind}/{i}.png".encode("gbk") for kind in "狗猫" for i in (1, 2)]),
        "utf-8 unsaid.zip": renamed([f"{kind}/{i}.png".encode() for kind in "狗猫" for i in (1, 2)]),
        "long names.zip": packed({f"{'x' * 60}/{'y' * 5000}{i}.png": encoded(picture(i)) for i in range(4)}),
        "deep folders.zip": packed({"/".join(["a"] * 5000 + [name]): content for name, content in GOOD.items()}),
        "other kinds beside.zip": packed({**GOOD, "cat/a.html": b"<script>", "cat/a.svg": b"<svg/>", "a.pdf": b"%PDF"}),
    }
    refused = {
        "no files.zip": (packed({}), "at least 2 usable|not a PNG|nothing|is empty|no files"),
        "folders alone.zip": (packed({"a/": b"", "b/": b""}), "at least 2 usable|no files"),
        "nothing visible.zip": (packed({".a.png": b"x", "__MACOSX/b": b"y"}), "at least 2 usable|no files"),
        "text alone.zip": (packed({"a.txt": b"x", "b.txt": b"y"}), "not a PNG"),
        "in each other.zip": (nested, "not a PNG"),
        "end alone.zip": (b"PK\3\4" + bytes(30) + plain[plain.rindex(b"PK\5\6") :], "can be read|neither a folder"),
        "first bytes.zip": (plain[:200], "can be read|neither a folder"),
        "no directory.zip": (plain[: plain.index(b"PK\1\2")], "can be read|neither a folder"),
        "elsewhere.zip": (zip64(plain), "can be read|neither a folder"),
        "million of entries.zip": (central(1_000_000 // 10), "more than 50,000 entries"),
        "large bomb.zip": (
            packed({f"{i}.png": bytes(30_000_000) for i in range(5)}),
            "100 MB|not a PNG|larger than 10 MB",
        ),
        "folder of 300 letters.zip": (
            packed({f"{'x' * 300}/{i}.png": heavy[i][:99] for i in range(2)}),
            "damaged|not a PNG",
        ),
    }
    either = {
        "small bombs.zip": packed({f"{i}.png": content for i, content in enumerate(heavy)}),
        "other methods.zip": packed(GOOD, zipfile.ZIP_BZIP2),
        "lzma.zip": packed(GOOD, zipfile.ZIP_LZMA),
        "method 99.zip": patched(patched(plain, 10, "<H", 99), 8, "<H", 99, b"PK\3\4"),
        "encrypted.zip": patched(patched(plain, 8, "<H", 1), 6, "<H", 1, b"PK\3\4"),
        "wrong checksum.zip": patched(plain, 16, "<I", 1),
        "size too small.zip": patched(plain, 24, "<I", 5),
        "size of 4 GB.zip": patched(plain, 24, "<I", 2**32 - 2),
        "packed size of 4 GB.zip": patched(plain, 20, "<I", 2**32 - 2),
        "offset beyond.zip": patched(plain, 42, "<I", 2**31),
        "extra beyond.zip": patched(plain, 30, "<H", 60_000),
        "name beyond.zip": patched(plain, 28, "<H", 60_000),
        "directory lies.zip": patched(plain, 12, "<I", 10, b"PK\5\6"),
        "overlapping.zip": central(60),
        "steering names.zip": renamed([b"\x1b[31m/1.png", b"\x1b[31m/2.png", b"a\nb/1.png", b"a\nb/2.png"]),
        "no utf-8.zip": renamed([b"\xff\xfe/1.png", b"\xff\xfe/2.png"], flags=0x800),
        "turned names.zip": packed({f"\u202egpj.{kind}/{i}.png": encoded(picture(i)) for kind in "ab" for i in (1, 2)}),
        "class of 300 letters.zip": packed({f"{k * 300}/{i}.png": encoded(picture(i)) for k in "xy" for i in (1, 2)}),
        "inside and outside.zip": packed({**GOOD, "0.png": encoded(picture(5))}),
        "same but for case.zip": packed({**GOOD, **{name.upper(): content for name, content in GOOD.items()}}),
        "name of a null.zip": renamed([b"\0/1.png", b"\0/2.png"]),
        "train alone.zip": packed({f"train/{name}": content for name, content in GOOD.items()}),
    }
    good["before it a script.zip"] = b"PK\3\4" + b"#!/bin/sh\n" * 99 + plain
    found = [Bad(name, content, "works") for name, content in good.items()]
    found += [Bad(name, *rest) for name, rest in refused.items()]
    return found + [Bad(name, content) for name, content in either.items()]
