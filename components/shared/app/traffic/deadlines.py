"""Deadlines for what is on its way to the server: who stops in the middle of a request does not hold it for ever.

The body's are kept by ASGI middleware. Before that, while a request's first lines are read, and behind it, while an
answer waits to be taken, there is only uvicorn's connection, which knows no deadline: they are looked through in turn.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

PIECE_S = 20.0
"""Until the next piece of a body comes, or the first lines of a request are complete."""
START_S, BYTES_PER_S = 60.0, 5_000
"""A body may take this long, and longer by its size at this speed."""
UNREAD_S = 60.0
"""While a client takes nothing of an answer."""
MOST = 1500
"""Connections of browsers: six each, and none for a page's WebSocket."""
LOOK_S = 2.0
FILES = 8192
"""Open files that this process may have: each connection is one."""
BUSY = object()
TOO_SLOW = "The request did not arrive in time: try again, or on a better connection."


class BodyDeadline:
    """ASGI middleware: a body that stops coming, or comes too slowly, ends its request with 408."""

    def __init__(self, app: ASGIApp, piece_s: float = PIECE_S, start_s: float = START_S) -> None:
        self.app, self.piece_s, self.start_s = app, piece_s, start_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, size, complete, late, answered = time.monotonic(), 0, False, False, False

        async def in_time() -> Message:
            nonlocal size, complete, late
            if complete:
                return await receive()
            left = began + self.start_s + size / BYTES_PER_S - time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, min(self.piece_s, left)))
            except TimeoutError:
                late = complete = True
                return {"type": "http.disconnect"}
            size += len(message.get("body", b""))
            complete = not message.get("more_body")
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            if late and not answered:
                return  # an answer for nobody
            answered = True
            await send(message)

        with contextlib.suppress(ClientDisconnect):
            await self.app(scope, in_time, watched)
        if late and not answered:
            await PlainTextResponse(TOO_SLOW, 408, {"Connection": "close"})(scope, receive, send)


class Connections:
    """Closes connections of uvicorn's that have kept the server waiting for too long, and the one that has waited
    longest if there are too many."""

    def __init__(self, wait_s: float = PIECE_S, unread_s: float = UNREAD_S, most: int = MOST) -> None:
        self.wait_s, self.unread_s, self.most = wait_s, unread_s, most
        self.known: WeakKeyDictionary[H11Protocol, tuple[object, float]] = WeakKeyDictionary()

    def made(self, protocol: H11Protocol) -> None:
        """A connection was opened."""
        self.known[protocol] = self._state(protocol), time.monotonic()
        if len(self.known) > self.most:
            self.look()
            waiting = {each: since for each, (state, since) in self.known.items() if state is not BUSY}
            self._close(min(waiting, key=waiting.__getitem__) if waiting else protocol)

    def look(self) -> None:
        """Close those whose time has run out, and forget those that are gone or have become WebSockets. One that is
        closing is not gone while somebody does not take its last bytes."""
        now = time.monotonic()
        for protocol, (before, since) in list(self.known.items()):
            if protocol not in protocol.connections:
                self.known.pop(protocol, None)
                continue
            state = self._state(protocol)
            if state != before:
                self.known[protocol] = state, now
            elif state is not BUSY and now - since > (self.unread_s if isinstance(state, int) else self.wait_s):
                self._close(protocol)

    @staticmethod
    def _state(protocol: H11Protocol) -> object:
        """What it waits for: that so many bytes of an answer are taken, or for the request after this one. BUSY while
        it is being answered."""
        if unread := protocol.transport.get_write_buffer_size():
            return unread
        answered = protocol.cycle is None or protocol.cycle.response_complete
        return f"what follows {id(protocol.cycle)}" if answered else BUSY

    def _close(self, protocol: H11Protocol) -> None:
        self.known.pop(protocol, None)
        protocol.transport.abort()


def _allow_files() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextlib.asynccontextmanager
async def watching(connections: Connections, every_s: float = LOOK_S) -> AsyncIterator[None]:
    """Watch the connections that are opened from now on, whichever way the server was started: uvicorn's command line
    and Streamlit's both make their own protocols."""
    _allow_files()
    connection_made = H11Protocol.connection_made

    def made(protocol: H11Protocol, transport: asyncio.Transport) -> None:
        connection_made(protocol, transport)
        connections.made(protocol)

    async def look() -> None:
        while True:
            await asyncio.sleep(every_s)
            connections.look()

    H11Protocol.connection_made = made  # type: ignore[method-assign]
    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        H11Protocol.connection_made = connection_made  # type: ignore[method-assign]
