"""Computing for requests, a few at a time in threads: the queue is bounded, and who has left it is not served."""

import asyncio
import functools
import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive

T = TypeVar("T")

BUSY = "{waiting} others are waiting for this computer to make something: try again in a moment."
RETRY_S = 2
_left: ContextVar[threading.Event | None] = ContextVar("left", default=None)


class Busy(Exception):
    """The queue is full. The message is for users."""


class Left(Exception):
    """Who asked has closed the connection."""


class Queue:
    """`at_once` requests are computed at a time, in the order in which they came; `most` may be here altogether."""

    def __init__(self, at_once: int, most: int) -> None:
        self.at_once, self.most = at_once, most
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, receive: Receive, work: Callable[..., T], *arguments: Any) -> T:
        """`work(*arguments)` in a thread. Its request must have been read: all that `receive` still brings is that who
        asked has left. Then the work is not begun, or ends where it calls `still_asked`. Raises Busy and Left."""
        here = self.running + len(self.waiting)
        if here >= self.most:
            raise Busy(BUSY.format(waiting=here))
        gone, left = asyncio.create_task(_gone(receive)), threading.Event()
        gone.add_done_callback(lambda _: left.set())
        try:
            await self._turn(gone)
            try:
                return await run_in_threadpool(_done, left, work, arguments)
            finally:
                self._next()
        finally:
            gone.cancel()

    async def _turn(self, gone: asyncio.Task[None]) -> None:
        """Wait for a place among those that are running; Left if the request has nobody any more."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        if self.running < self.at_once:
            self.running += 1
            self._next()
        try:
            await asyncio.wait((turn, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not turn.done():
                self.waiting.remove(turn)
        if not turn.done():
            raise Left
        if gone.done():
            self._next()
            raise Left

    def _next(self) -> None:
        """Pass a place on."""
        if self.waiting:
            self.waiting.popleft().set_result(None)
        else:
            self.running -= 1


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _done(left: threading.Event, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    token = _left.set(left)
    try:
        still_asked()
        return work(*arguments)
    finally:
        _left.reset(token)


def still_asked() -> None:
    """What computes for a request in pieces calls this between them: Left if nobody waits for it any more."""
    left = _left.get()
    if left is not None and left.is_set():
        raise Left


DECODING = Queue(at_once=max(2, os.cpu_count() or 1), most=100)
"""What takes milliseconds, and a page asks for at every movement."""
FILES = Queue(at_once=4, most=300)
"""What a page downloads, and is made at the first request: a class asks for it in one second."""
EXPORTS = Queue(at_once=1, most=40)
"""Each takes seconds, and a lot of memory."""
REPAIRS = Queue(at_once=1, most=40)
"""Each tries hundreds of levels."""


async def queued(queue: Queue, request: Request, work: Callable[..., Response], *arguments: Any) -> Response:
    """What `work` answers when its turn has come; 429 with a sentence if too many are waiting."""
    try:
        return await queue.run(request.receive, work, *arguments)
    except Busy as error:
        return PlainTextResponse(str(error), 429, {"Retry-After": str(RETRY_S)})
    except Left:
        return Response(status_code=499)  # nobody reads it


def in_queue(queue: Queue) -> Callable[[Callable[[Request], Response]], Callable[[Request], Any]]:
    """Decorates an endpoint that reads no body: it is computed in its turn."""

    def decorate(endpoint: Callable[[Request], Response]) -> Callable[[Request], Any]:
        @functools.wraps(endpoint)
        async def served(request: Request) -> Response:
            return await queued(queue, request, endpoint, request)

        return served

    return decorate
