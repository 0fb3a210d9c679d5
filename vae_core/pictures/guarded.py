"""Decoding in processes of their own, a few at a time, each with a limit of time and memory that it cannot exceed.

A decoder that is made to work for minutes, or to take gigabytes, is ended, and nothing else notices. A process decodes
many pictures, one after the other; one that was ended is replaced. What belongs together, such as the files of one
upload, shares a `Budget`.
"""

import atexit
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from PIL import Image

from vae_core.pictures import Decoded, Refused
from vae_core.pictures.worker import REQUEST

AT_ONCE = 2
CPU_SECONDS = 5
"""For one picture; the largest that are read take less than a second."""
WALL_SECONDS = 40
"""For one picture on a machine that is busy."""
MEMORY = 800_000_000
"""Of address space, of which an idle process takes a tenth."""


class TooSlow(Refused):
    """A picture that took longer than allowed, whatever is wrong with it. `always`: it would again."""

    def __init__(self, always: bool) -> None:
        super().__init__("takes too long to read")
        self.always = always


class Budget:
    """What is left of the CPU time for pictures that belong together: for decoding them, and for what this thread does
    with them."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.decoding, self.began = seconds, 0.0, time.thread_time()

    @property
    def left(self) -> float:
        return self.seconds - self.decoding - (time.thread_time() - self.began)


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def within(seconds: float) -> Iterator[Budget]:
    """A block whose pictures may take so much CPU time together. Nothing is decoded after that: TooSlow is raised."""
    budget = Budget(seconds)
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)


class _Process:
    """A slot of the pool: at most one process, started when it is needed."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None

    def decode(self, content: bytes, side: int, budget: Budget | None) -> Decoded:
        seconds = CPU_SECONDS if budget is None else min(CPU_SECONDS, int(budget.left))
        if budget is not None and budget.left <= 0:
            raise TooSlow(always=False)
        running = self._started()
        assert running.stdin and running.stdout
        late = threading.Event()

        def end() -> None:
            late.set()
            running.kill()

        timer = threading.Timer(WALL_SECONDS, end)
        timer.start()
        try:
            running.stdin.write(REQUEST.pack(len(content), side, seconds) + content)
            running.stdin.flush()
            head = json.loads(running.stdout.readline() or "null")
            pixels = running.stdout.read(head["bytes"]) if head and "bytes" in head else b""
        except (OSError, ValueError):  # it was ended while it read or wrote
            head = None
        finally:
            timer.cancel()
        if head is None or len(pixels) < head.get("bytes", 0):
            self.end()
            # The kernel ends what exceeds its CPU time; any other end is a crash of the decoder.
            slow = running.returncode == -getattr(signal, "SIGXCPU", 0)
            if budget is not None:
                budget.decoding += seconds if slow else 0
            if slow or late.is_set():
                raise TooSlow(always=slow and seconds == CPU_SECONDS)
            raise Refused("is damaged and cannot be read")
        if budget is not None:
            budget.decoding += head["seconds"]
        if "bytes" in head:
            return Decoded(Image.frombytes(head["mode"], tuple(head["size"]), pixels), head["orientation"])
        if head["refused"] is None:
            raise Refused("takes too much memory to read", "save a smaller copy of it")
        refusal = Refused(head["reason"])
        refusal.args = (head["refused"],)
        raise refusal

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._running is not None and self._running.poll() is not None:
            self.end()
        if self._running is None:
            command = [sys.executable, "-m", "vae_core.pictures.worker", str(MEMORY)]
            self._running = subprocess.Popen(
                command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._running

    def end(self) -> None:
        if self._running is None:
            return
        self._running.kill()
        for pipe in filter(None, (self._running.stdin, self._running.stdout)):
            with suppress(OSError):  # what it has not read
                pipe.close()
        self._running.wait()
        self._running = None


_slots: "queue.LifoQueue[_Process]" = queue.LifoQueue()  # the one that is running is taken first
for _ in range(AT_ONCE):
    _slots.put(_Process())


def decode(content: bytes, side: int) -> Decoded:
    """As `vae_core.pictures.decode`; also Refused if it takes more time (TooSlow) or memory than allowed."""
    slot = _slots.get()
    try:
        return slot.decode(content, side, _budget.get())
    finally:
        _slots.put(slot)


@atexit.register
def end_all() -> None:
    """End the processes that are idle; those that are needed again start again."""
    idle = [_slots.get() for _ in range(_slots.qsize())]
    for slot in idle:
        slot.end()
        _slots.put(slot)
