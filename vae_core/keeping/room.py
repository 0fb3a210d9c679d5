"""Room for what somebody is about to keep: limits of number and bytes, for each and for the class together.

What is over is cleaned up, the longest unchanged first, and its owner is told what went; what is published or of a
training that is not done stays. The teacher's things and the shell's are never counted.
"""

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vae_core import checkpoints, limits
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.keeping.inventory import KINDS, Thing, delete, things
from vae_core.owners import short
from vae_core.processes import locked
from vae_core.reading import Values, read_json

NOTICES, MAX_NOTICES = ".notices.json", 500
MIN_FREE = 500_000_000
"""Bytes that stay free on the disk: the trainings under way write there, too."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What was removed of an owner's things, in a sentence, and when (a Unix time)."""

    owner: str | None
    at: float
    sentence: str


def make_room(owner: str | None, bytes: int = 0) -> None:
    """Remove what is over if `owner` keeps one more thing of so many `bytes`. UserError, and nothing is removed, if
    that does not help. The teacher may keep whatever the disk holds."""
    if owner is None:
        return
    found = [thing for thing in things() if thing.owned]
    mine = [thing for thing in found if owner in thing.owners]
    each, in_all = limits.MB_EACH.value * 10**6 - bytes, limits.MB_IN_ALL.value * 10**6 - bytes
    over = _oldest(mine, limits.KEPT_EACH.value - 1, each)
    if over is None:
        raise UserError(
            f"This needs {bytes / 1e6:,.0f} MB, and you keep {sum(thing.bytes for thing in mine) / 1e6:,.0f} MB in "
            f"{len(mine)} things; {limits.MB_EACH.value:,} MB and {limits.KEPT_EACH.value} things are the limit for "
            "everyone in the class, and nothing of yours is old enough to clean up. Delete something under “Your "
            "space” on Train."
        )
    rest = [thing for thing in found if thing not in over]
    missing = MIN_FREE + bytes - _free() - sum(thing.bytes for thing in over)
    in_all = min(in_all, sum(thing.bytes for thing in rest) - missing)
    more = _oldest(rest, limits.KEPT_IN_ALL.value - 1, in_all)
    if more is None:
        raise UserError(
            "The disk space for the class is used up, and nothing old is left to clean up: ask your teacher to delete "
            "something."
        )
    _remove(over, owner)
    _remove(more)


def _oldest(found: Sequence[Thing], most: int, most_bytes: int) -> list[Thing] | None:
    """The things to remove, the longest unchanged first, until at most so many are left; None if that cannot be."""
    n, total, over = len(found), sum(thing.bytes for thing in found), []
    for thing in found:
        if n <= most and total <= most_bytes:
            break
        if not thing.busy:
            over.append(thing)
            n, total = n - 1, total - thing.bytes
    return over if n <= most and total <= most_bytes else None


def _remove(over: Sequence[Thing], owner: str | None = None) -> None:
    """Delete things, or what an `owner` has of them, and tell whose they are."""
    told: dict[str | None, list[str]] = {}
    for thing in over:
        words = f"{KINDS[thing.kind]} {thing.name} ({thing.bytes / 1e6:.0f} MB)"
        try:
            delete(thing, owner)
        except UserError as error:  # gone, or begun again a moment ago
            log.warning("Not cleaned up: %s", error)
            continue
        for each in thing.owners if owner is None else (owner,):
            told.setdefault(each, []).append(words)
    for each, removed in told.items():
        sentence = f"Removed to make room: {', '.join(removed)}."
        log.warning("%s Whose: %s", sentence, short(each))
        _add(Notice(each, time.time(), sentence))


def notices(owner: str | None = None) -> list[Notice]:
    """What was removed of an owner's things, or of everyone's, and was not dismissed yet."""
    try:
        content = read_json(_file(), _file().name)
        given = content if isinstance(content, list) else []
        found = [Notice(**Values(each, _file().name).of(Notice)) for each in given]
    except (OSError, UserError):
        return []
    return [notice for notice in found if owner is None or notice.owner == owner]


def dismiss(owner: str | None) -> None:
    """Forget an owner's notices; None: everyone's."""
    with locked(checkpoints.RUNS):
        write_json(_file(), [vars(each) for each in notices() if owner is not None and each.owner != owner])


def _add(notice: Notice) -> None:
    with locked(checkpoints.RUNS):
        write_json(_file(), [vars(each) for each in [*notices(), notice][-MAX_NOTICES:]])


def _file() -> Path:
    return checkpoints.RUNS / NOTICES


def _free() -> int:
    """The bytes that are free on the disk of the trainings."""
    return shutil.disk_usage(next(path for path in (checkpoints.RUNS, *checkpoints.RUNS.parents) if path.exists())).free
