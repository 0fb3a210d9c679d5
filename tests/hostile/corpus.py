"""Bad files for every uploader of the app, made here: the same ones at every run.

A kind of file is a module beside this one whose `files()` makes them; `KINDS` names it, and `pages.py` the uploaders
that take it.
"""

import importlib
from dataclasses import dataclass
from functools import cache

KINDS = ("pictures", "zips", "models", "concepts", "levels", "sentences", "tunes", "links")


@dataclass(frozen=True)
class Bad:
    """A file as a stranger brings it. `right`: "works", words of the sentence that refuses it, or "" where either will
    do."""

    name: str
    content: bytes
    right: str = ""


@cache
def files(kind: str) -> list[Bad]:
    """The files of a kind. No two have one name."""
    found = importlib.import_module(f"tests.hostile.{kind}").files()
    assert len({bad.name for bad in found}) == len(found)
    return found
