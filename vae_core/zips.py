"""Untrusted zip files, read in memory and within limits. Nothing is ever unpacked to disk."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vae_core.errors import UserError

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


class ZipError(UserError):
    """A zip or a member that is refused. The message continues a sentence that begins with its name: "is damaged"."""


class TooLarge(ZipError):
    """More bytes are declared than are read."""


@dataclass(frozen=True)
class Member:
    """A file in an open zip: its `name` as the zip has it, and the `size` in bytes that the zip declares."""

    name: str
    size: int
    _archive: zipfile.ZipFile = field(repr=False)
    _info: zipfile.ZipInfo = field(repr=False)

    def check(self, at_most: int | None = None) -> None:
        """TooLarge for a declared size above `at_most` bytes, ZipError for a compression other than deflate."""
        if at_most is not None and self.size > at_most:
            raise TooLarge(f"is {self.size / 1e6:.0f} MB; at most {at_most / 1e6:.0f} are read")
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
            raise ZipError(f"cannot be read ({str(error) or type(error).__name__})") from None
        if len(content) != min(n, self.size):
            raise ZipError("has another size than declared")
        return content


@contextmanager
def opened(source: BinaryIO | Path, keep: Callable[[str], bool] = lambda name: True) -> Iterator[list[Member]]:
    """The files in a zip whose names `keep` accepts, in the zip's order; they can be read until the block ends.

    ZipError if it is damaged or not a zip.
    """
    try:
        archive = zipfile.ZipFile(source)
    except DAMAGED as error:
        raise ZipError(f"is not a zip that can be read, or it is damaged ({error})") from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and keep(info.filename)]
        yield [Member(info.filename, info.file_size, archive, info) for info in infos]


def check_total(members: list[Member], at_most: int) -> None:
    """TooLarge if the members declare more than `at_most` bytes together."""
    if sum(member.size for member in members) > at_most:
        raise TooLarge(f"unpacks to more than {at_most / 1e6:,.0f} MB, which is the limit")
