"""What may be cached for ever is compressed once, and kept: on a slow line a first page is mostly scripts.

Streamlit leaves its static files as they are, since it would compress them anew for each visitor. Here the first
request for an address pays for all: 25 ms a megabyte of script.
"""

import asyncio
import gzip
import re
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 48_000_000
"""Kept, compressed. All of Streamlit's scripts take 7 MB, and a model with its codes 1."""
LEVEL = 6
"""Of 23 MB of scripts it makes 6.91 MB in 0.56 s; the highest, 9, takes 0.82 s for 6.89 MB."""
WORTH = 0.97
"""What does not get smaller than this share stays as it is, such as a picture."""
_SUITS = re.compile(r"/(static|assets|projections)/")


class Compressed:
    """ASGI middleware: see the module."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        self.app, self.most_bytes, self.bytes = app, most_bytes, 0
        self.kept: OrderedDict[str, Response] = OrderedDict()
        self.making: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _SUITS.search(scope["path"]):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if "range" in headers or "gzip" not in headers.get("accept-encoding", ""):
            return await self.app(scope, receive, send)
        key = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        if (making := self.making.get(key)) is not None:
            await making.wait()
        if (found := self.kept.get(key)) is not None:
            self.kept.move_to_end(key)
        else:
            self.making[key] = done = asyncio.Event()
            try:
                found = await self._made(key, scope)
            finally:
                done.set()
                if self.making.get(key) is done:
                    del self.making[key]
        await found(scope, receive, send)

    async def _made(self, key: str, scope: Scope) -> Response:
        """What the app answers, compressed and kept if it may be cached for ever. Who asked may leave meanwhile: others
        wait for it, and an app that hears of that would stop in the middle."""
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        answer, body = Response(), bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status_code, answer.raw_headers = message["status"], list(message["headers"])
            else:
                body.extend(message.get("body", b""))

        asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def stay() -> Message:
            return next(asked, None) or await asyncio.get_running_loop().create_future()

        await self.app({**scope, "headers": plain}, stay, collect)
        answer.body = bytes(body)
        if answer.status_code != 200 or "immutable" not in answer.headers.get("cache-control", ""):
            return answer
        packed = await run_in_threadpool(gzip.compress, answer.body, LEVEL, mtime=0)
        if len(packed) <= WORTH * len(answer.body):
            answer.body = packed
            answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Content-Length"] = str(len(packed))
        answer.headers["Vary"] = "Accept-Encoding"
        self._keep(key, answer)
        return answer

    def _keep(self, key: str, answer: Response) -> None:
        if key in self.kept:
            self.bytes -= len(self.kept.pop(key).body)
        self.kept[key] = answer
        self.bytes += len(answer.body)
        while self.bytes > self.most_bytes:
            self.bytes -= len(self.kept.popitem(last=False)[1].body)
