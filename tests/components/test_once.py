"""One computation a key, for all who ask."""

import threading
import time

import pytest

from components.shared.app.once import once


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

    @once(8)
    def work(key):
        calls.append(key)
        time.sleep(0.05)
        return key + 1

    assert at_once(10, lambda: work(1)) == [2] * 10 and calls == [1]
    assert work(1) == 2 and work(2) == 3 and calls == [1, 2]


def test_two_keys_do_not_wait_for_each_other():
    both = threading.Barrier(2)

    @once(8)
    def work(key):
        both.wait(timeout=10)  # passes only if both are being computed
        return key

    keys = iter([1, 2])
    assert sorted(at_once(2, lambda: work(next(keys)))) == [1, 2]


def test_an_error_is_not_kept_and_the_least_recent_goes():
    calls = []

    @once(1)
    def work(key):
        calls.append(key)
        if len(calls) == 1:
            raise ValueError("not yet")
        return key

    with pytest.raises(ValueError, match="not yet"):
        work(1)
    assert [work(key) for key in (1, 1, 2, 1)] == [1, 1, 2, 1] and calls == [1, 1, 2, 1]
