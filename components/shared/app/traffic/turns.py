"""Runs of pages take turns, so that a class that presses at once is served one after the other.

Python computes in one thread at a time. Thirty runs that share it are all done at the end; of thirty that take turns,
half are done in half the time.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LIMIT_SECONDS = 0.15
"""A usual run takes a fifth of it. A longer one, such as a first visit or an upload, goes on beside the next."""


class Turns:
    """First come, first served. A turn ends with its block, or after `limit` seconds if others wait."""

    def __init__(self, limit: float = LIMIT_SECONDS) -> None:
        self.limit = limit
        self._guard = threading.Lock()
        self._waiting = deque[threading.Condition]()
        self._holder: threading.Condition | None = None
        self._until = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        me = threading.Condition(self._guard)
        with me:
            self._waiting.append(me)
            while (rest := self._rest(me)) is None or rest > 0:
                me.wait(rest)
            self._waiting.popleft()
            self._holder, self._until = me, time.monotonic() + self.limit
            self._call_next()  # who is first now looks at the clock
        try:
            yield
        finally:
            with me:
                if self._holder is me:
                    self._holder = None
                    self._call_next()

    def _rest(self, me: threading.Condition) -> float | None:
        """The seconds until it is my turn; None: it depends on who comes before me."""
        if self._waiting[0] is not me:
            return None
        return 0.0 if self._holder is None else self._until - time.monotonic()

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting[0].notify()


TURNS = Turns()
