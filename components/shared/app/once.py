"""Computations that all sessions share: done once, however many ask at the same time, and kept within one budget.

What the app has computed or read, it keeps here: models, latents, maps, prepared pictures, data sets.
"""

import dataclasses
import functools
import os
import threading
import types
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import psutil
import torch
from PIL import Image

T = TypeVar("T")

VARIABLE = "LATENT_CACHE_MB"
LARGEST_MB, PART = 800, 1 / 8
"""The budget: so much, but at most this part of the computer's memory."""
OBJECT = 64
"""Bytes of an object without what it refers to."""
CODE = type | types.FunctionType | types.MethodType | types.ModuleType


def budget() -> int:
    """Bytes that may be kept; $LATENT_CACHE_MB says it in megabytes."""
    try:
        return int(float(os.environ[VARIABLE]) * 1e6)
    except (KeyError, ValueError, OverflowError):
        return int(min(LARGEST_MB * 1e6, PART * psutil.virtual_memory().total))


def size_of(value: Any) -> int:
    """About how many bytes a value holds, what it refers to included; what it refers to twice counts once."""
    seen, found, waiting = set[int](), 0, [value]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        match each:
            case torch.nn.Module():
                waiting += [*each.parameters(), *each.buffers()]
            case torch.Tensor():
                storage = each.untyped_storage()
                found += 0 if storage.data_ptr() in seen else storage.nbytes()
                seen.add(storage.data_ptr())
            case np.ndarray():
                found += each.nbytes
            case bytes() | bytearray() | str():
                found += len(each)
            case Image.Image():
                found += each.width * each.height * len(each.getbands())
            case Mapping():
                waiting += [*each.keys(), *each.values()]
            case list() | tuple() | set() | frozenset():
                waiting += each
            case _ if dataclasses.is_dataclass(each) and not isinstance(each, type):
                waiting += [getattr(each, field.name) for field in dataclasses.fields(each)]
            case _ if hasattr(each, "__dict__") and not isinstance(each, CODE):
                waiting += vars(each).values()
        found += OBJECT
    return found


class Memory:
    """Values by key, those that were asked for last, within `most` bytes; the newest is kept however large it is."""

    def __init__(self, most: Callable[[], int] = budget) -> None:
        self.most, self.bytes = most, 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._guard = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(self, key: Hashable) -> Any:
        """The value; KeyError without one."""
        with self._guard:
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep a value of so many bytes; others go."""
        with self._guard:
            self.bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, size
            while self.bytes > self.most() and len(self._kept) > 1:
                self.bytes -= self._kept.popitem(last=False)[1][1]


MEMORY = Memory()


def once(work: Callable[..., T] | None = None, /, *, key: Callable[..., Hashable] | None = None) -> Any:
    """Decorates a function of hashable arguments: whoever asks for what is being computed waits for it instead of
    computing it, too; thirty students open a page in the same second. An error is not kept: who waits tries again.

    `key` makes a key of arguments that are large themselves, such as a file's content: it alone is kept. The function's
    `known` takes the same arguments and gives what is kept for them, or None.
    """
    if work is None:
        return functools.partial(_once, key=key)
    return _once(work, key)


def _once(work: Callable[..., T], key: Callable[..., Hashable] | None) -> Callable[..., T]:
    guard, running = threading.Lock(), dict[Hashable, tuple[threading.Lock, list[None]]]()

    def named(arguments: tuple[Hashable, ...]) -> Hashable:
        return work, key(*arguments) if key else arguments

    def known(*arguments: Hashable) -> T | None:
        try:
            return MEMORY.get(named(arguments))
        except KeyError:
            return None

    @functools.wraps(work)
    def alone(*arguments: Hashable) -> T:
        name = named(arguments)
        try:
            return MEMORY.get(name)
        except KeyError:
            pass
        with guard:
            lock, waiting = running.setdefault(name, (threading.Lock(), []))
            waiting.append(None)
        try:
            with lock:
                try:
                    return MEMORY.get(name)
                except KeyError:
                    value = work(*arguments)
                    MEMORY.put(name, value, size_of((value, name)))
                    return value
        finally:
            with guard:
                waiting.pop()
                if not waiting:
                    del running[name]

    alone.known = known  # type: ignore[attr-defined]
    return alone
