"""How many bytes of uploads the server holds, for a session and in all: what would go beyond is refused with 413.

Streamlit keeps files in memory until they are taken out of the list or their session ends. Its own manager says what it
holds, so whatever frees a file makes room; of a file on its way counts what has arrived.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

VARIABLE = "LATENT_UPLOAD_MB"
MEGABYTE = 1_000_000
TOTAL_MB = 1000
SHARE = 0.3
"""Of the total, for one session: the largest data set, and the pictures beside it."""
EACH = 4096
"""Bytes that a file counts beyond its content: many empty ones cost memory, too."""
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")

FULL_SESSION = (
    "This tab holds {held:.0f} MB of files, and {most:.0f} MB is what one may: take some out of the list, or choose a "
    "smaller file."
)
FULL_SERVER = (
    "The files that everybody has brought take all the memory that is meant for them ({most:.0f} MB): try again when "
    "some were taken out, or choose a smaller file."
)


def total() -> int:
    """Bytes that all sessions may hold together; $LATENT_UPLOAD_MB says it in megabytes."""
    try:
        return int(max(1.0, float(os.environ.get(VARIABLE, TOTAL_MB))) * MEGABYTE)
    except (ValueError, OverflowError):
        return TOTAL_MB * MEGABYTE


def _held() -> Counter[str]:
    """Bytes of files in memory by session."""
    storage: Mapping[str, Mapping[str, Any]] = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore
    return Counter(
        {
            session: sum(EACH + len(file.data) for file in list(files.values()))
            for session, files in list(storage.items())
        }
    )


class Full(Exception):
    """There is no room for a file. The message is for users."""


class UploadBudget:
    """ASGI middleware: see the module. `held` gives the bytes in memory by session."""

    def __init__(self, app: ASGIApp, held: Callable[[], Mapping[str, int]] = _held) -> None:
        self.app, self.held = app, held
        self.arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if not found:
            return await self.app(scope, receive, send)
        session, arrived, answered = found[1], 0, False

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            size = len(message.get("body", b""))
            self._check(session, size)
            arrived += size
            self.arriving[session] += size
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            self._check(session, _announced(scope))
            await self.app(scope, counted, watched)
        except Full as error:
            # A browser tells the page of an answer only when it has sent all.
            while (await receive()).get("more_body"):
                pass
            if not answered:
                await PlainTextResponse(str(error), 413)(scope, receive, send)
        finally:
            self.arriving[session] -= arrived
            if not self.arriving[session]:
                del self.arriving[session]

    def _check(self, session: str, size: int) -> None:
        held, most = Counter(self.held()), total()
        held.update(self.arriving)
        if held[session] + size > SHARE * most:
            raise Full(FULL_SESSION.format(held=held[session] / MEGABYTE, most=SHARE * most / MEGABYTE))
        if held.total() + size > most:
            raise Full(FULL_SERVER.format(most=most / MEGABYTE))


def _announced(scope: Scope) -> int:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0
