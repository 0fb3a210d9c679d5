"""Computations that all sessions share: done once, however many ask at the same time."""

import functools
import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")


def once(maxsize: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """As `functools.lru_cache`, but whoever asks for what is being computed waits for it instead of computing it, too:
    thirty students open a page in the same second. An error is raised to all who wait, and not kept."""

    def decorate(work: Callable[..., T]) -> Callable[..., T]:
        cached = functools.lru_cache(maxsize)(work)
        guard, running = threading.Lock(), dict[Hashable, tuple[threading.Lock, list[None]]]()

        @functools.wraps(work)
        def alone(*key: Hashable) -> T:
            with guard:
                lock, waiting = running.setdefault(key, (threading.Lock(), []))
                waiting.append(None)
            try:
                with lock:
                    return cached(*key)
            finally:
                with guard:
                    waiting.pop()
                    if not waiting:
                        del running[key]

        return alone

    return decorate
