"""Whose a thing on disk is: a training, an upload, a model that somebody brought or published.

An owner is the SHA-256 of a secret that only a browser knows (components/shared/people), so that nobody who reads the
files can pass for one. None is the teacher, who also has what the shell makes and what has no owner.
"""

import hashlib
import re
from pathlib import Path

from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.reading import Values, is_text, read_json

FILE = "owner.json"
MAX_OWNERS = 10_000
OWNER = re.compile(r"[0-9a-f]{64}")


def owner_of(secret: str) -> str:
    """The owner who knows this secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def short(owner: str | None) -> str:
    """What people call an owner: four letters or digits, as "3F9A"."""
    return "teacher" if owner is None else owner[:4].upper()


def write(folder: Path, *owners: str | None) -> None:
    """Say whose a folder is, which several may have brought. Raises OSError."""
    write_json(folder / FILE, {"owners": list(dict.fromkeys(owners))}, durable=False)


def read(folder: Path) -> tuple[str | None, ...]:
    """Whose a folder is; the teacher's where nothing, or nothing that can be read, says so."""
    try:
        found = Values(read_json(folder / FILE, FILE), FILE).items("owners", MAX_OWNERS)
        if found and all(each is None or is_text(each) and OWNER.fullmatch(each) for each in found):
            return tuple(found)
    except (OSError, UserError):
        pass
    return (None,)


def add(folder: Path, owner: str | None) -> None:
    """Say that a folder is this one's, too. Raises OSError."""
    known = read(folder) if (folder / FILE).exists() else ()
    if owner not in known:
        write(folder, *known, owner)
