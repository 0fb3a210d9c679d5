"""Decoding in processes of their own, a few at a time, each with a limit of time and memory that it cannot exceed.

A decoder that is made to work for minutes, or to take gigabytes, is ended, and nothing else notices. A process decodes
many pictures, one after the other; one that was ended is replaced.
"""

import atexit
import json
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
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


class _Process:
    """A slot of the pool: at most one process, started when it is needed."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None

    def decode(self, content: bytes, side: int) -> Decoded:
        running = self._started()
        assert running.stdin and running.stdout
        late = threading.Event()

        def end() -> None:
            late.set()
            running.kill()

        timer = threading.Timer(WALL_SECONDS, end)
        timer.start()
        try:
            running.stdin.write(REQUEST.pack(len(content), side) + content)
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
            over = late.is_set() or running.returncode == -getattr(signal, "SIGXCPU", 0)
            raise Refused("takes too long to read" if over else "is damaged and cannot be read")
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
            command = [sys.executable, "-m", "vae_core.pictures.worker", str(CPU_SECONDS), str(MEMORY)]
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
    """As `vae_core.pictures.decode`; also Refused if it takes more time or memory than allowed."""
    slot = _slots.get()
    try:
        return slot.decode(content, side)
    finally:
        _slots.put(slot)


@atexit.register
def end_all() -> None:
    """End the processes that are idle; those that are needed again start again."""
    idle = [_slots.get() for _ in range(_slots.qsize())]
    for slot in idle:
        slot.end()
        _slots.put(slot)
