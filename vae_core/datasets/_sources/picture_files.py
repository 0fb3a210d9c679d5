"""The files in a folder or a zip file, and what their places say: the class and the part of the data."""

import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vae_core import zips
from vae_core.errors import UserError

MAX_FILES = 20_000
MAX_ZIP_BYTES = 4 * 2**30  # of a zip file, unpacked: limits the time that a zip bomb can cost
TRAIN_NAMES = {"train", "training"}
TEST_NAMES = {"test", "testing", "val", "valid", "validation", "dev"}


@dataclass(frozen=True)
class File:
    """A file: its `name` below the root, and whether the encoding of that is unknown."""

    name: PurePosixPath
    size: int
    read: Callable[[], bytes]
    garbled: bool = False


@dataclass(frozen=True)
class Places:
    """What the places of N files say. `labels` [N] index `classes`, of which there are none where all lie in one place;
    `held_out` [N] is None where the files are not split into parts."""

    classes: tuple[str, ...]
    labels: list[int]
    held_out: list[bool] | None


def files(root: Path, called: str, encoding: str | None) -> Iterator[File]:
    """The visible files in a folder or zip file, sorted by name. `called` names it in messages.

    UserError if it is neither, or holds too much.
    """
    if root.is_dir():
        yield from _in_folder(root, called)
    elif root.is_file() and zipfile.is_zipfile(root):
        yield from _in_zip(root, called, encoding)
    else:
        raise UserError(f"{called} is neither a folder nor a zip file.")


def places(names: Sequence[PurePosixPath], called: str) -> Places:
    """What the names of N files, relative to one root, say.

    Folders that all files share mean nothing, such as one that was packed as a whole. Below them, folders called train
    and test (or validation) are parts of the data, and the folders below those, or else the first ones, are classes, in
    natural order. UserError if files lie both inside and outside of classes' folders.
    """
    folders = [name.parts[:-1] for name in names]
    shared = len(os.path.commonprefix(folders))
    folders = [folder[shared:] for folder in folders]
    tops = {folder[0].casefold() if folder else "" for folder in folders}
    held_out = None
    if tops & TRAIN_NAMES and tops & TEST_NAMES and tops <= TRAIN_NAMES | TEST_NAMES:
        held_out = [folder[0].casefold() in TEST_NAMES for folder in folders]
        folders = [folder[1:] for folder in folders]
    found = [folder[0] if folder else "" for folder in folders]
    classes = sorted(set(found), key=_natural)
    if classes == [""]:
        return Places((), [0] * len(names), held_out)
    if "" in classes:
        raise UserError(
            f"{called} holds images both inside and outside of subfolders: put all of them into subfolders, one for "
            "each class, or none."
        )
    index = {name: i for i, name in enumerate(classes)}
    return Places(tuple(classes), [index[name] for name in found], held_out)


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts as people count: 2 before 10."""
    parts = re.split(r"(\d+)", name)
    numbers = [part.lstrip("0") if i % 2 else part.casefold() for i, part in enumerate(parts)]
    return [(len(part) if i % 2 else 0, part) for i, part in enumerate(numbers)], name


def _in_folder(root: Path, called: str) -> Iterator[File]:
    found = 0
    for folder, subfolders, names in os.walk(root, onerror=_refuse):
        subfolders[:] = sorted(filter(zips.visible, subfolders))
        for name in sorted(filter(zips.visible, names)):
            path = Path(folder, name)
            if not path.is_file():  # a pipe or a socket would never end
                continue
            found += 1
            _check_number(called, found)
            yield File(PurePosixPath(path.relative_to(root).as_posix()), path.stat().st_size, path.read_bytes)


def _in_zip(root: Path, called: str, encoding: str | None) -> Iterator[File]:
    try:
        with zips.opened(root, zips.visible, encoding) as found:
            members = {PurePosixPath(member.name.lstrip("/")): member for member in found}
            _check_number(called, len(members))
            zips.check_total(list(members.values()), MAX_ZIP_BYTES)
            for name, member in sorted(members.items(), key=lambda item: item[0]):
                yield File(name, member.size, member.read, member.garbled)
    except zips.ZipError as error:
        raise UserError(f"{called} {error}.") from None


def _check_number(called: str, found: int) -> None:
    if found > MAX_FILES:
        raise UserError(f"{called} holds more than {MAX_FILES:,} files, which is the limit.")


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be read ({error.strerror}).")
