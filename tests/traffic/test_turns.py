"""Runs that take turns: who comes first, who takes long, who fails."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.shared.app.traffic.turns import Turns
from tests.jobs.processes import until

FOREVER = 60.0


def queued(turns, pool, order, name):
    """Ask for a turn in a thread, and wait until that stands in the queue."""

    def run():
        with turns.turn():
            order.append(name)

    before = len(turns._waiting)
    asked = pool.submit(run)
    until(lambda: len(turns._waiting) > before or asked.done())
    return asked


def test_who_comes_first_is_served_first_and_nobody_meanwhile():
    turns, order = Turns(FOREVER), []
    with ThreadPoolExecutor(8) as pool:
        with turns.turn():
            runs = [queued(turns, pool, order, name) for name in range(6)]
            assert order == []
        for run in runs:
            run.result(FOREVER)
    assert order == [0, 1, 2, 3, 4, 5]


def test_a_run_that_fails_passes_its_turn_on():
    turns = Turns(FOREVER)
    with pytest.raises(ZeroDivisionError), turns.turn():
        1 / 0  # noqa: B018
    with turns.turn():
        pass


def test_who_takes_long_goes_on_beside_the_others():
    turns, order, done = Turns(0.01), [], threading.Event()
    with ThreadPoolExecutor(8) as pool:
        slow = pool.submit(_hold, turns, done)
        until(lambda: turns._holder is not None)
        others = [queued(turns, pool, order, name) for name in range(4)]
        for other in others:
            other.result(FOREVER)
        assert order == [0, 1, 2, 3] and not slow.done()
        with turns.turn():  # the end of a turn that has run out takes nobody else's away
            done.set()
            slow.result(FOREVER)
            assert turns._holder is not None
    assert turns._holder is None and not turns._waiting


def _hold(turns, done):
    with turns.turn():
        assert done.wait(FOREVER)
