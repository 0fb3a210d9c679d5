"""A visitor of the app without a browser: speaks the protocol of Streamlit's WebSocket, as its page does."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 120
_FILES = re.compile(rb"/(?:assets/(?!js|previews)|projections/)[\w./?=&%,:-]+")


class ScriptFailed(Exception):
    """A run of the page ended with an error."""


@dataclass
class Visitor:
    """A session. `pages`: hashes by path, known after the first run; `files`: what the last run named for download."""

    socket: ClientConnection
    url: str
    session: str = ""
    page: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    async def run(self, page: str | None = None, query: str = "") -> float:
        """Run the page, or go to another one; returns the seconds until its run has ended."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = query
        self.page = self.page if page is None else page
        if self.page in self.pages:
            state.page_script_hash = self.pages[self.page]
        else:
            state.page_name = self.page
        state.context_info.url = f"{self.url}/{self.page}"
        state.context_info.timezone = "UTC"
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        await self._finished()
        return time.perf_counter() - began

    async def _finished(self) -> None:
        self.files = set()
        ours = False
        async with asyncio.timeout(PATIENCE_S):
            async for content in self.socket:
                message = ForwardMsg.FromString(content)
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    self.session = message.new_session.initialize.session_id
                    # A run of the page before may still be coming to its end.
                    ours = self.pages.get(self.page, "") in ("", message.new_session.page_script_hash)
                elif kind == "navigation":
                    self.pages = {each.url_pathname: each.page_script_hash for each in message.navigation.app_pages}
                elif kind == "script_finished" and ours:
                    if message.script_finished not in (0, 2):
                        continue  # it began anew, as pages that change their own state do
                    return
                elif kind == "delta":
                    element = message.delta.new_element
                    if element.WhichOneof("type") == "exception":
                        raise ScriptFailed(element.exception.message)
                    self.files |= {each.decode() for each in _FILES.findall(content)}
        raise ConnectionError("the server has closed the connection")

    async def download(self) -> int:
        """Download what the page would; returns the bytes."""
        sizes = await asyncio.gather(*(asyncio.to_thread(_size, self.url, path) for path in sorted(self.files)))
        return sum(sizes)


def _size(url: str, path: str) -> int:
    origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    request = Request(origin + urlsplit(url).path + path, headers={"Accept-Encoding": "gzip"})
    with urlopen(request, timeout=PATIENCE_S) as answer:
        return len(answer.read())


@asynccontextmanager
async def visiting(url: str) -> AsyncIterator[Visitor]:
    """A session with the app at an address like `http://127.0.0.1:8501` for as long as the block runs."""
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    # What nobody reads any more must not keep the end of the connection from being read.
    async with connect(
        stream,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        max_queue=None,
        open_timeout=PATIENCE_S,
    ) as socket:
        yield Visitor(socket, url)
