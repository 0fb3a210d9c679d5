"""Untrusted zip files, read in memory and within limits. Nothing is ever unpacked to disk."""

import contextlib
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vae_core.errors import UserError
from vae_core.reading import shown

DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted
    NotImplementedError,  # an unknown compression
    IndexError,  # broken extra fields
    ValueError,  # offsets before the beginning of the file, names that are not text
)
"""What `zipfile` raises for a file that is damaged, encrypted or not a zip."""


MAX_ENTRIES = 50_000
"""Of a zip, folders and what is ignored included: a few megabytes can list millions."""
_ENTRY, _PART = b"PK\1\2", 2**20
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
SYSTEM_FILES = {"__macosx", "thumbs.db", "desktop.ini"}


class ZipError(UserError):
    """A zip or a member that is refused. The message continues a sentence that begins with its name: "is damaged"."""


class TooLarge(ZipError):
    """More bytes are declared than are read."""


@dataclass(frozen=True)
class Member:
    """A file in an open zip: its `name` with slashes between folders, and the `size` in bytes that the zip declares.

    `garbled` tells that the name's encoding is unknown: it is read in the DOS code page, for want of a better one.
    """

    name: str
    size: int
    garbled: bool
    _archive: zipfile.ZipFile = field(repr=False)
    _info: zipfile.ZipInfo = field(repr=False)

    def check(self, at_most: int | None = None) -> None:
        """TooLarge for a declared size above `at_most` bytes, ZipError for one that is encrypted or not deflated."""
        if at_most is not None and self.size > at_most:
            raise TooLarge(f"is {self.size / 1e6:.0f} MB; at most {at_most / 1e6:.0f} are read")
        if self._info.flag_bits & ENCRYPTED_FLAG:
            raise ZipError("is encrypted")
        if self._info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ZipError("is packed by another method than deflate")  # zipfile unpacks those without a bound

    def read(self, n: int | None = None) -> bytes:
        """Its content, or the first `n` bytes. Takes no more memory than the declared size, whatever is inside.

        ZipError if it is damaged, encrypted, packed by another method than deflate, or not as large as declared.
        """
        self.check()
        n = self.size + 1 if n is None else min(n, self.size + 1)
        try:
            with self._archive.open(self._info) as file:
                content = file.read(n)
        except DAMAGED as error:
            # It may repeat thousands of letters of the file.
            raise ZipError(f"cannot be read ({shown(str(error) or type(error).__name__)})") from None
        if len(content) != min(n, self.size):
            raise ZipError("has another size than declared")
        return content


@contextmanager
def opened(
    source: BinaryIO | Path, keep: Callable[[str], bool] = lambda name: True, encoding: str | None = None
) -> Iterator[list[Member]]:
    """The files in a zip whose names `keep` accepts, in the zip's order; they can be read until the block ends.

    Names that are not UTF-8 are in `encoding`, which no zip says; without one they are garbled. ZipError if the zip is
    damaged or none.
    """
    try:
        if _n_entries(source) > MAX_ENTRIES:
            raise TooLarge(f"holds more than {MAX_ENTRIES:,} entries")
        archive = zipfile.ZipFile(source)
    except TooLarge:
        raise
    except DAMAGED as error:
        raise ZipError(f"is not a zip that can be read, or it is damaged ({shown(str(error))})") from None
    with archive:
        infos = archive.infolist()
        if not encoding and all(map(_is_utf8, infos)):
            encoding = "utf-8"  # macOS and others do not say so
        named = [(*_name(info, encoding), info) for info in infos]
        yield [
            Member(name, info.file_size, garbled, archive, info)
            for name, garbled, info in named
            if not name.endswith("/") and keep(name)
        ]


def _n_entries(source: BinaryIO | Path) -> int:
    """How many entries a zip has, at most: `zipfile` makes an object of each before it says their number."""
    found, rest = 0, b""
    with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
        file.seek(0)
        while part := file.read(_PART):
            part = rest + part
            found += part.count(_ENTRY)
            rest = part[1 - len(_ENTRY) :]
    return found


def visible(name: str) -> bool:
    """Whether a file is one that its user knows of: not hidden, and none of a system's own."""
    parts = name.split("/")
    return not any(part.startswith(".") for part in parts) and not SYSTEM_FILES & {part.lower() for part in parts}


def _raw_name(info: zipfile.ZipInfo) -> bytes | None:
    """A name in an encoding that the zip does not say; None where that does not matter."""
    if info.flag_bits & UTF8_FLAG or info.filename.isascii():
        return None
    return info.filename.encode("cp437")  # which zipfile has taken it for


def _is_utf8(info: zipfile.ZipInfo) -> bool:
    try:
        (_raw_name(info) or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _name(info: zipfile.ZipInfo, encoding: str | None) -> tuple[str, bool]:
    """A member's name, with composed accents (macOS takes them apart) and slashes (Windows writes backslashes), and
    whether it is garbled."""
    raw = _raw_name(info)
    name = raw.decode(encoding, errors="replace") if raw and encoding else info.filename
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    # Nothing is unpacked to a place, so that steps up and absolute names say nothing.
    return "/".join(part for part in parts if part not in (".", "..")), raw is not None and not encoding


def check_total(members: list[Member], at_most: int) -> None:
    """TooLarge if the members declare more than `at_most` bytes together."""
    if sum(member.size for member in members) > at_most:
        raise TooLarge(f"unpacks to more than {at_most / 1e6:,.0f} MB, which is the limit")
