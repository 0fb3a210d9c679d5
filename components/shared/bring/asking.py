"""Asks for files: Streamlit's uploaders, each with a limit of its own, and what a session no longer shows is freed.

Streamlit holds what was uploaded in memory until the session ends, whatever became of the uploader. How much a session
and all of them may hold: components/shared/app/traffic/uploads.py.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

PICTURE_MB, MODEL_MB, DATA_MB, TEXT_MB, TABLE_MB = 10, 64, 200, 5, 30
"""What one file may have; `server.maxUploadSize` is the largest of them."""
KEY = "files on the server"
MEGABYTE = 1024 * 1024  # as Streamlit counts, and says


@dataclass
class _Files:
    """Ids of a session's files by the uploader that shows them, and of those kept for later. `asked`: the uploaders of
    this run."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


def ask(
    question: str,
    types: Sequence[str] | None = None,
    *,
    key: str,
    mb: int,
    several: bool = False,
    widget: Callable[..., Any] | None = None,
    **options: Any,
) -> list[UploadedFile]:
    """Ask for files of at most `mb` megabytes each. One that is larger gets its sentence and is freed: the page refuses
    it before it is sent, but not every client is our page. `widget`: Streamlit's uploader, if it is another one."""
    if widget is None:
        widget = st.file_uploader
        options |= {"type": types, "accept_multiple_files": several, "max_upload_size": mb}
    value = widget(question, key=key, **options)
    files = value if isinstance(value, list) else [value] if value else []
    fitting = [file for file in files if file.size <= mb * MEGABYTE]
    for file in files:
        if file.size > mb * MEGABYTE:
            free([file.file_id])
            size = f"{file.size / MEGABYTE:.1f} MB"
            st.error(f"{safe(file.name)} has {size}: a file may have {mb} MB here.")
    held = _files()
    held.asked.add(key)
    held.shown[key] = [file.file_id for file in fitting]
    return fitting


def keep(key: str, ids: Iterable[str]) -> None:
    """Keep these files of an uploader when it leaves the page, and no others that were kept for it."""
    held = _files()
    ids = list(ids)
    free(set(held.kept.get(key, ())) - set(ids) - set(held.shown.get(key, ())))
    held.kept[key] = ids


def content_of(id: str) -> bytes | None:
    """A file of this session; None if it is no longer there."""
    found = _context().uploaded_file_mgr.get_files(_context().session_id, [id])
    return found[0].data if found and isinstance(found[0], UploadedFileRec) else None


def free(ids: Iterable[str]) -> None:
    """Take files of this session out of the server's memory."""
    for id in ids:
        _context().uploaded_file_mgr.remove_file(_context().session_id, id)


def begin() -> None:
    """The router calls this before a run of the page."""
    _files().asked.clear()


def end() -> None:
    """The router calls this when a run has come to its end: what an uploader showed that has left the page is freed.
    What arrived meanwhile stays: no uploader has shown it yet."""
    held = _files()
    for key in set(held.shown) - held.asked:
        free(set(held.shown.pop(key)) - set(held.kept.get(key, ())))


def safe(name: str) -> str:
    """A file name without what Markdown or a spreadsheet would interpret."""
    return re.sub(r"[^\w .-]", "_", name).lstrip(".-")[-60:] or "file"


def _files() -> _Files:
    return st.session_state.setdefault(KEY, _Files())


def _context() -> Any:
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("files are asked for in a run of a page only")
    return context
