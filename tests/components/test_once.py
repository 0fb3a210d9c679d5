"""One computation a key, for all who ask."""

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from components.shared.app.once import MEMORY, VARIABLE, once, size_of

ROOT = Path(__file__).parents[2]


def at_once(n, work):
    """What n threads get from `work`, all of which have started before the first has ended."""
    ready, found = threading.Barrier(n), []

    def run():
        ready.wait()
        try:
            found.append(work())
        except ValueError as error:
            found.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_who_comes_second_waits_for_the_first():
    calls = []

    @once
    def work(key):
        calls.append(key)
        time.sleep(0.05)
        return key + 1

    assert at_once(10, lambda: work(1)) == [2] * 10 and calls == [1]
    assert work(1) == 2 and work(2) == 3 and calls == [1, 2]


def test_two_keys_do_not_wait_for_each_other():
    both = threading.Barrier(2)

    @once
    def work(key):
        both.wait(timeout=10)  # passes only if both are being computed
        return key

    keys = iter([1, 2])
    assert sorted(at_once(2, lambda: work(next(keys)))) == [1, 2]


def test_an_error_is_not_kept():
    calls = []

    @once
    def work(key):
        calls.append(key)
        if len(calls) == 1:
            raise ValueError("not yet")
        return key

    with pytest.raises(ValueError, match="not yet"):
        work(1)
    assert work(1) == work(1) == 1 and calls == [1, 1]


def test_what_is_kept_stays_within_a_budget_and_the_least_recent_goes(monkeypatch):
    monkeypatch.setenv(VARIABLE, "10")
    calls = []

    @once
    def pixels(n, key):
        calls.append(key)
        return np.zeros(n * 1_000_000, dtype=np.uint8)

    for key in (1, 2, 1, 3, 1, 2):  # 4 MB each: there is room for two
        pixels(4, key)
        assert MEMORY.bytes <= 10_000_000
    assert calls == [1, 2, 3, 2]
    pixels(20, "large")
    pixels(20, "large")
    assert calls[4:] == ["large"]  # what is alone too large is kept until the next comes: a page reruns
    pixels(1, "small")
    assert MEMORY.bytes < 1_100_000


def test_a_key_of_its_own_is_all_that_is_kept_of_the_arguments(monkeypatch):
    monkeypatch.setenv(VARIABLE, "1")
    calls = []

    @once(key=lambda content: hash(content))
    def length(content):
        calls.append(content)
        return len(content)

    before = MEMORY.bytes
    assert [length(b"x" * 5_000_000), length(b"x" * 5_000_000)] == [5_000_000] * 2 and len(calls) == 1
    assert MEMORY.bytes < max(before, 1_000_000) + 1000


@dataclass
class Holder:
    tensor: torch.Tensor
    parts: dict


def test_sizes_follow_what_a_value_refers_to():
    tensor = torch.zeros(1000, 1000)
    assert size_of(tensor) == pytest.approx(4e6, rel=1e-3)
    assert size_of([tensor, tensor[:10], tensor.T]) == pytest.approx(4e6, rel=1e-3)
    assert size_of(Holder(tensor, {"a": b"x" * 10**6, "b": Image.new("RGB", (1000, 1000))})) == pytest.approx(
        8e6, rel=0.01
    )
    assert size_of(torch.nn.Linear(1000, 1000)) == pytest.approx(4e6, rel=0.01)
    loop = []
    loop.append(loop)
    assert size_of(loop) < 1000


def test_the_app_keeps_what_it_has_computed_in_one_place():
    """A cache beside it has no budget; those named here hold a few small things."""
    small = {"assets.py", "colors.py", "film.py", "pace.py", "start.py", "whose.py"}
    for path in [*(ROOT / "components").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        found = re.findall(r"(?:lru_cache|functools\.cache\b|st\.cache_data|st\.cache_resource)", path.read_text())
        assert not found or path.name in small and not any("st." in each for each in found), path
