"""Atomic writes: a reader sees the old file or the new one, never half of either."""

import hashlib
import json
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

TEMPORARY = re.compile(r"\..+\.new(?:\.(?P<pid>\d+))?(?:\.[a-z0-9_]{8})?")
"""The names of `new_folder` and `write_bytes`, and of earlier versions, without the process."""


def new_folder(target: Path, name: str = "") -> Path:
    """A new, hidden folder beside `target`, to be renamed to it: its name says which process fills it, so that those of
    processes that were killed can be told (`vae_core.keeping.sweep`). Raises OSError."""
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=_prefix(name or target.name)))
    try:
        folder.chmod(0o755)  # mkdtemp makes it private; on a shared server others read it
    except OSError:
        folder.rmdir()
        raise
    return folder


def hide(folder: Path) -> Path:
    """Take a folder away in one step; returns what it is called until it is deleted, which takes time. What a process
    that is killed meanwhile leaves is swept (`vae_core.keeping.sweep`). Raises OSError."""
    return folder.rename(folder.parent / f".{folder.name}.deleted.{time.time_ns()}")


def _prefix(name: str) -> str:
    return f".{name}.new.{os.getpid()}."


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace the content of `path` in one step: temporary file beside it, flush, fsync, rename.

    Without `durable` there is no fsync: a kill still loses nothing, a power failure may.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path.name))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private; on a shared server others read it
        replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    with path.open("r+b") as file:  # Windows syncs only files opened for writing
        os.fsync(file.fileno())


def replace(temporary: str | Path, path: Path) -> None:
    """Rename `temporary` to `path` in one step, replacing any file there."""
    # Windows refuses while a reader has the old file open.
    for pause in (0.01, 0.03, 0.1, 0.3, 1) if os.name == "nt" else ():
        try:
            return os.replace(temporary, path)
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, path)


def as_json(value: Any) -> bytes:
    """The content of a JSON file for people and programs."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    write_bytes(path, as_json(value), durable=durable)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
