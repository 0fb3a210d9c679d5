"""How the app bears a class: `python -m benchmarks.load [--sessions 30] [--seconds 60] [--minutes 30 --total 2000]`.

Sessions speak the protocol of Streamlit's WebSocket (visitor.py). Each thinks for times drawn from an exponential
distribution, reruns its page, and now and then goes to another one. Prints, as a JSON object a line: an empty page of
Streamlit's; ten first visitors of the Projection page at once; the app idle and beside two trainings (time from
request to end, CPU of the server, memory of a session). With `--minutes`, also whether memory stays flat while
`--total` sessions come and go.
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks import exit_status
from benchmarks.interaction import ROOT, served
from benchmarks.visitor import Visitor, visiting
from vae_core import jobs
from vae_core.training import TrainConfig

PAGES = ("", "latent_map", "projection", "reconstruct", "digits", "arithmetic", "levels")
CHANGES = 0.2
"""The part of what visitors do that is going to another page."""
APP = ("uvicorn", "app:app")
EMPTY = """
from pathlib import Path
import streamlit as st
app = st.App(Path(__file__).parent / "page.py")
"""
GOALS = {"idle_p95": 0.3, "trainings_p95": 1.0, "session_mb": 5.0, "herd_mb": 1500.0}


@contextmanager
def serving(arguments: tuple[str, ...], health: str, **environment: str) -> Iterator[tuple[str, psutil.Process]]:
    """A server, its address and its process."""
    with served(["-m", *arguments, "--port", "{port}", "--no-access-log"], health, **environment) as url:
        port = int(url.rpartition(":")[2])
        yield url, next(process for process in psutil.Process().children() if f"{port}" in _words(process))


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@contextmanager
def empty_page() -> Iterator[tuple[str, psutil.Process]]:
    """A server with a page of one line, set up as the app is."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / ".streamlit", Path(folder) / ".streamlit")
        (Path(folder) / "empty.py").write_text(EMPTY)
        (Path(folder) / "page.py").write_text("import streamlit as st\nst.title('Empty')\n")
        with serving(("uvicorn", "empty:app", "--app-dir", folder), "/_stcore/health") as found:
            yield found


async def behave(visitor: Visitor, until: float, think_s: float, pages: tuple[str, ...], chance: random.Random) -> Any:
    """Think and act until that time; returns the seconds of each rerun, and of each change of page."""
    reruns, changes = [], []
    while True:
        await asyncio.sleep(chance.expovariate(1 / think_s))
        if time.monotonic() > until:
            return reruns, changes
        if len(pages) > 1 and chance.random() < CHANGES:
            changes.append(await visitor.run(chance.choice([page for page in pages if page != visitor.page])))
        else:
            reruns.append(await visitor.run())


async def load(url: str, server: psutil.Process, pages: tuple[str, ...], options: argparse.Namespace) -> dict[str, Any]:
    """Many sessions at once. CPU and time are of all that they do."""
    async with contextlib.AsyncExitStack() as stack:
        before = server.memory_info().rss
        visitors = []
        for i in range(options.sessions):
            visitors.append(visitor := await stack.enter_async_context(visiting(url)))
            for page in pages if i == 0 else pages[:1]:  # the first pays for what all share
                await visitor.run(page)
        warm = server.memory_info().rss
        for visitor in visitors[1:]:
            for page in pages:
                await visitor.run(page)
        full = server.memory_info().rss
        cpu, began = sum(server.cpu_times()[:2]), time.monotonic()
        until = began + options.seconds
        acts = [behave(visitor, until, options.think, pages, random.Random(i)) for i, visitor in enumerate(visitors)]
        found = await asyncio.gather(*acts)
        used, lasted = sum(server.cpu_times()[:2]) - cpu, time.monotonic() - began
    reruns, changes = (sorted(each for of in found for each in of[i]) for i in range(2))
    n = len(reruns) + len(changes)
    return {
        "sessions": options.sessions,
        "reruns": len(reruns),
        **{f"rerun_{name}_ms": value for name, value in quantiles(reruns).items()},
        **({f"page_change_{name}_ms": value for name, value in quantiles(changes).items()} if changes else {}),
        **{f"all_{name}_ms": value for name, value in quantiles(sorted(reruns + changes)).items()},
        "per_second": round(n / lasted, 1),
        "cpu_ms_each": round(1000 * used / max(1, n), 1),
        "cores_busy": round(used / lasted, 2),
        "session_mb": round((full - warm) / 1e6 / max(1, options.sessions - 1), 2),
        "server_mb": [round(each / 1e6) for each in (before, full, server.memory_info().rss)],
    }


def quantiles(seconds: list[float]) -> dict[str, int]:
    """Of sorted values, in milliseconds."""
    if not seconds:
        return {}
    at = {"p50": 0.5, "p95": 0.95}
    return {name: round(1000 * seconds[min(len(seconds) - 1, int(part * len(seconds)))]) for name, part in at.items()}


@contextmanager
def two_trainings(root: Path) -> Iterator[None]:
    """Two jobs, as the app starts them; they go on for as long as the block runs."""
    started = [jobs.start(TrainConfig(epochs=100_000, seed=seed), root=root, at_once=2) for seed in (1, 2)]
    try:
        while any(job.refresh().epoch < 1 for job in started):
            time.sleep(0.2)
        yield
    finally:
        for job in started:
            job.delete()


class Peak(threading.Thread):
    """The most memory that a process takes while the block runs, looked at fifty times a second."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process, self.bytes, self.done = process, 0, threading.Event()

    def __enter__(self) -> "Peak":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()

    def run(self) -> None:
        while not self.done.wait(0.02):
            self.bytes = max(self.bytes, self.process.memory_info().rss)


async def herd(url: str, visitors: int, page: str = "projection") -> float:
    """First visitors of a page, all at once, with what their browsers download; returns the seconds."""
    async with contextlib.AsyncExitStack() as stack:
        found = [await stack.enter_async_context(visiting(url)) for _ in range(visitors)]
        began = time.perf_counter()
        await asyncio.gather(*(visitor.run(page) for visitor in found))
        await asyncio.gather(*(visitor.download() for visitor in found))
        return time.perf_counter() - began


async def coming_and_going(url: str, server: psutil.Process, options: argparse.Namespace) -> dict[str, Any]:
    """Sessions begin, stay for a while and leave, `--sessions` at a time; memory is noted ten times on the way."""
    chance, memory, done = random.Random(0), list[int](), 0
    lasts = 60 * options.minutes * options.sessions / options.total
    end = time.monotonic() + 60 * options.minutes

    async def one_after_the_other(i: int) -> None:
        nonlocal done
        await asyncio.sleep(i * lasts / options.sessions)
        while time.monotonic() < end:
            async with visiting(url) as visitor:
                await visitor.run(chance.choice(PAGES))
                await behave(visitor, time.monotonic() + lasts, options.think, PAGES, random.Random(done))
            done += 1

    async def look() -> None:
        for _ in range(10):
            await asyncio.sleep(6 * options.minutes)
            memory.append(round(server.memory_info().rss / 1e6))
            print(json.dumps({"case": "coming and going", "sessions": done, "server_mb": memory[-1]}), flush=True)

    await asyncio.gather(look(), *(one_after_the_other(i) for i in range(options.sessions)))
    half = statistics.mean(memory[4:7]), statistics.mean(memory[7:])
    return {"sessions": done, "server_mb": memory, "mb_in_the_last_third": round(half[1] - half[0], 1)}


def say(case: str, found: dict[str, Any]) -> None:
    print(json.dumps({"case": case, **found}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30, help="at once")
    parser.add_argument("--seconds", type=float, default=60, help="that each case lasts")
    parser.add_argument("--think", type=float, default=0.5, help="seconds, the mean")
    parser.add_argument("--herd", type=int, default=10, help="first visitors at once")
    parser.add_argument("--minutes", type=float, default=0, help="in which sessions come and go")
    parser.add_argument("--total", type=int, default=2000, help="of the sessions that come and go")
    parser.add_argument(
        "--only", choices=("empty", "herd", "idle", "trainings", "flat"), action="append", help="this case"
    )
    options = parser.parse_args()
    cases = set(options.only or ("empty", "herd", "idle", "trainings", *(["flat"] if options.minutes else [])))
    runs, found = Path(tempfile.mkdtemp(prefix="load.")), dict[str, float]()
    try:
        if "empty" in cases:
            with empty_page() as (url, server):
                say("empty page", asyncio.run(load(url, server, ("",), options)))
        with serving(APP, "/healthz", LATENT_RUNS=str(runs)) as (url, server):
            if "herd" in cases:
                with Peak(server) as peak:
                    seconds = asyncio.run(herd(url, options.herd))
                found["herd_mb"] = peak.bytes / 1e6
                at_last = round(server.memory_info().rss / 1e6)
                say(
                    "herd",
                    {"visitors": options.herd, "seconds": round(seconds, 1), "mb": [round(found["herd_mb"]), at_last]},
                )
            if "idle" in cases:
                say("idle", idle := asyncio.run(load(url, server, PAGES, options)))
                found |= {"idle_p95": idle["all_p95_ms"] / 1000, "session_mb": idle["session_mb"]}
            if "trainings" in cases:
                with two_trainings(runs):
                    say("two trainings", beside := asyncio.run(load(url, server, PAGES, options)))
                found["trainings_p95"] = beside["all_p95_ms"] / 1000
            if "flat" in cases:
                say("flat", asyncio.run(coming_and_going(url, server, options)))
        say("goals", {name: [round(found[name], 2), GOALS[name], found[name] <= GOALS[name]] for name in found})
    finally:
        shutil.rmtree(runs, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
