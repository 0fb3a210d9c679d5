"""Deletes what processes that were killed have left: half an unpacking, half a copy, what was being deleted.

Another server on the same folder may be at work: an entry whose process lives stays, and so does one that was changed
a moment ago, because on a shared disk the process may be another computer's.
"""

import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psutil

from vae_core import checkpoints, fits
from vae_core.checkpoints.folder import OLD
from vae_core.checkpoints.published import WITHDRAWN
from vae_core.errors import UserError
from vae_core.files import TEMPORARY
from vae_core.keeping.inventory import UPLOADS
from vae_core.processes import locked

AT_REST = 600.0
"""Seconds without a change after which an entry of a process that is gone is deleted."""
A_DAY = 86_400.0
DELETED = re.compile(rf"\..+(?P<how>\.deleted\.|{re.escape(WITHDRAWN)})(?P<at>\d{{1,19}})")

log = logging.getLogger(__name__)


def sweep() -> list[Path]:
    """Delete the leftovers in the folders of trainings and checkpoints, and return what is gone. What cannot be deleted
    is logged: no reason for the app not to start."""
    gone: list[Path] = []
    try:
        # Against others that sweep; no process holds it while it writes.
        with locked(checkpoints.RUNS) if checkpoints.RUNS.is_dir() else nullcontext():
            for root in (checkpoints.RUNS, checkpoints.SHIPPED):
                gone += [path for path in _leftovers(root) if _delete(path)]
    except UserError as error:
        log.warning("Nothing is swept: %s", error)
    for path in gone:
        log.info("Swept: %s", path)
    return gone


def _delete(path: Path) -> bool:
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        log.warning("%s cannot be swept: %s", path, error)
        return False
    return True


def _leftovers(root: Path) -> Iterator[Path]:
    for place in _places(root):
        for path in _entries(place):
            if path.name.startswith(".") and _is_left(path):
                yield path


def _places(root: Path) -> Iterator[Path]:
    """Where something is written: the root, each run with its parts, uploads and fits."""
    yield root
    for folder in (root / UPLOADS, root / fits.FOLDER):
        yield folder
        yield from filter(Path.is_dir, _entries(folder))
    for folder in _entries(root):
        if folder.is_dir() and not folder.name.startswith("."):
            yield folder
            yield from filter(Path.is_dir, _entries(folder))


def _entries(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder)]
    except OSError:
        return []


def _is_left(path: Path) -> bool:
    """Whether nothing will be made of an entry any more."""
    name, rest = path.name, time.time() - _changed(path)
    if match := DELETED.fullmatch(name):
        return match["how"] != WITHDRAWN or time.time() - int(match["at"]) / 1e9 > A_DAY
    if match := TEMPORARY.fullmatch(name):
        if match["pid"] is None:  # of an earlier version: nobody knows whose
            return rest > A_DAY
        return rest > AT_REST and not _lives(int(match["pid"]), _changed(path))
    if name.endswith(OLD):  # the new one has taken its place
        return rest > AT_REST and (path.parent / name[1 : -len(OLD)] / "manifest.json").is_file()
    return False


def _lives(pid: int, changed: float) -> bool:
    """Whether the process that changed an entry exists: one that began later only has the same pid."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= changed + 2
    except psutil.Error:
        return False


def _changed(path: Path) -> float:
    """When something in it was changed last; now, if somebody changes it at this moment."""
    times = [path, *(Path(place) / name for place, folders, names in os.walk(path) for name in (*folders, *names))]
    try:
        return max(each.lstat().st_mtime for each in times)
    except OSError:
        return time.time()
