"""Which tests reach which line, and what they say of a mutant. Each run is a fork of one process that has imported what
takes long, but nothing of `vae_core`: the mutant takes the place of its module when the tests import it."""

import ast
import gc
import hashlib
import importlib.abc
import importlib.util
import json
import math
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.config import default_plugins

from benchmarks.mutants.mutations import Mutant

SUITES = ("core", "latent", "training")
"""The folders of tests that are about arithmetic: they start no server and no browser."""
HEAVY = (
    *("torch", "numpy", "safetensors.torch", "PIL.Image", "sklearn.manifold"),
    *("sklearn.decomposition", "sklearn.metrics", "sklearn.neighbors", "scipy.spatial.distance", "scipy.optimize"),
)
MOST_SECONDS = 20.0
"""Of a processor: a mutant meets its quickest tests, up to so much of them."""
PATIENCE, HANGS = 15.0, 900.0
"""What a run may take beyond three times its tests' time, of a processor; and until it hangs for another reason."""

Reached = dict[str, dict[str, Any]]
"""By test: its `seconds` and, by file, the `lines` that it runs."""


def prepare() -> None:
    """Import what the tests need, which a fork then has. Its garbage collector leaves that alone."""
    for name in (*HEAVY, *(f"_pytest.{plugin}" for plugin in default_plugins)):
        importlib.import_module(name)
    sys.modules["torch"].set_num_threads(1)
    assert not any(name.split(".")[0] == "vae_core" for name in sys.modules)
    gc.freeze()


def forked(jobs: Iterable[tuple[Any, Callable[[], int], float]], at_once: int) -> Iterator[tuple[Any, int | None]]:
    """Run each of `jobs`, (what it is, its work, seconds of a processor), in a process of its own; yields its exit
    status as it ends, negative if it took longer, None if it hung."""
    waiting, running = iter(jobs), {}
    while True:
        while len(running) < at_once and (job := next(waiting, None)) is not None:
            what, work, seconds = job
            running[_fork(work, seconds)] = what, time.monotonic() + HANGS
        if not running:
            return
        for process, (what, deadline) in list(running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            late = not ended and time.monotonic() > deadline
            if late:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
            if ended or late:
                del running[process]
                yield what, None if late else os.waitstatus_to_exitcode(status)
        time.sleep(0.01)


def _fork(work: Callable[[], int], seconds: float) -> int:
    process = os.fork()
    if process:
        return process
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 5))
    nowhere, heard = os.open(os.devnull, os.O_RDWR), os.dup(2)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    status = 70
    try:
        status = work()
    except BaseException:
        os.write(heard, traceback.format_exc().encode())
    finally:
        os._exit(int(status))


def _pytest(arguments: Iterable[str], plugin: object) -> int:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # importing those takes longer than most tests
    quiet = ["-p", "pytest_timeout", "-p", "no:cacheprovider", "-o", "addopts=", "--strict-markers"]
    return pytest.main([*quiet, *arguments], plugins=[plugin])


# Which tests reach which line


def reached(root: Path, files: list[str], cache: Path, at_once: int, report: Callable[[str], None]) -> Reached:
    """What each test reaches of `files`. Kept in `cache` while neither the package nor the test's file changes."""
    package = _digest(sorted((root / "vae_core").rglob("*.py")))
    tests = sorted(path for suite in SUITES for path in (root / "tests" / suite).rglob("test_*.py"))
    known = json.loads(cache.read_text()) if cache.is_file() else {}
    digests = {str(path.relative_to(root)): package + _digest([path]) + _digest(map(Path, files)) for path in tests}
    stale = [name for name, digest in digests.items() if known.get(name, {}).get("digest") != digest]
    cache.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        results = {name: Path(folder, f"{number}.json") for number, name in enumerate(stale)}
        jobs = [(name, _traced(root, name, files, results[name]), 900.0) for name in stale]
        for name, _ in forked(jobs, at_once):
            if not results[name].is_file():
                raise SystemExit(f"{name} cannot be run.")
            found, failed = json.loads(results[name].read_text())
            report(f"{name}: {len(found)} tests" + "".join(f"; left out, it fails: {test}" for test in failed))
            known[name] = {"digest": digests[name], "tests": found}
            cache.write_text(json.dumps(known))
    return {test: found for name in digests for test, found in known[name]["tests"].items()}


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _traced(root: Path, tests: str, files: list[str], result: Path) -> Callable[[], int]:
    def work() -> int:
        tracer = Tracer({str(root / file): file for file in files})
        _pytest([tests], tracer)
        result.write_text(json.dumps([tracer.tests(), sorted(tracer.failed)]))
        return 0

    return work


class Tracer:
    """Notes the lines that each test runs; those of a shared fixture count for every test that uses it."""

    def __init__(self, files: dict[str, str]):
        self.files = files
        self.lines: set[tuple[str, int]] = set()
        self.of_test: dict[str, tuple[float, set[tuple[str, int]], list[str]]] = {}
        self.of_fixture: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.failed: set[str] = set()

    def trace(self, frame: FrameType, event: str, argument: Any) -> Callable | None:
        file = self.files.get(frame.f_code.co_filename)
        if file is None:
            return None

        def local(frame: FrameType, event: str, argument: Any) -> Callable:
            self.lines.add((file, frame.f_lineno))
            return local

        return local

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        self.lines, started = set(), time.process_time()
        sys.settrace(self.trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            seconds = time.process_time() - started
            self.of_test[item.nodeid] = seconds, self.lines, list(getattr(item, "fixturenames", ()))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any):
        before, self.lines = self.lines, set()
        try:
            return (yield)
        finally:
            self.of_fixture[fixturedef.argname] |= self.lines
            self.lines |= before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.failed.add(report.nodeid)

    def tests(self) -> Reached:
        found: Reached = {}
        for test, (seconds, lines, fixtures) in self.of_test.items():
            lines = lines.union(*(self.of_fixture[name] for name in fixtures if name in self.of_fixture))
            by_file: dict[str, list[int]] = defaultdict(list)
            for file, line in sorted(lines):
                by_file[file].append(line)
            if test not in self.failed:
                found[test] = {"seconds": seconds, "lines": by_file}
        return found


# What the tests say of a mutant


class Choice:
    """The tests that reach each mutant."""

    def __init__(self, root: Path, files: list[str], tests: Reached):
        self.tests = tests
        self.by_line: dict[tuple[str, int], set[str]] = defaultdict(set)
        for test, found in tests.items():
            for file, lines in found["lines"].items():
                for line in lines:
                    self.by_line[file, line].add(test)
        self.mentions: dict[str, set[tuple[str, int]]] = defaultdict(set)
        for file in files:
            for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
                name = getattr(node, "id", None) or getattr(node, "attr", None)
                if isinstance(name, str) and hasattr(node, "lineno"):
                    self.mentions[name].add((file, node.lineno))

    def of(self, mutant: Mutant) -> list[str]:
        """The quickest tests that run the mutant's statement or, of one that runs when its module is imported, a line
        that names what it sets; whole files together, so that they share their fixtures."""
        places = {(mutant.file, line) for line in range(mutant.lines[0], mutant.lines[1] + 1)}
        for name in mutant.names:
            places |= self.mentions[name]
        seconds = {test: self.tests[test]["seconds"] for place in places for test in self.by_line.get(place, ())}
        files: dict[str, float] = defaultdict(float)
        for test in seconds:
            files[test.partition("::")[0]] += seconds[test]
        chosen, total = [], 0.0
        for test in sorted(
            seconds, key=lambda test: (files[test.partition("::")[0]], test.partition("::")[0], seconds[test])
        ):
            if total + seconds[test] <= MOST_SECONDS or not chosen:
                chosen.append(test)
                total += seconds[test]
        return chosen

    def seconds(self, tests: list[str]) -> float:
        return PATIENCE + 3 * sum(self.tests[test]["seconds"] for test in tests)


def against(root: Path, mutant: Mutant, tests: list[str]) -> Callable[[], int]:
    """Work for a fork: run `tests` with the mutant in the place of its module. Its status is 0 if all of them pass."""

    def work() -> int:
        name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        sys.meta_path.insert(0, Replaced(name, root / mutant.file, mutant.code(root)))
        return _pytest(["-x", *sorted({test.partition("::")[0] for test in tests})], Selected(tests))

    return work


class Selected:
    """Only these tests, in this order."""

    def __init__(self, tests: list[str]):
        self.order = {test: at for at, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports `code` as the module of that name."""

    def __init__(self, name: str, path: Path, code: CodeType):
        self.name, self.path, self.code = name, path, code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self.name:
            return None
        places = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=places
        )

    def get_code(self, fullname: str) -> CodeType:
        return self.code

    def get_source(self, fullname: str) -> str:
        return self.path.read_text(encoding="utf-8")

    def is_package(self, fullname: str) -> bool:
        return self.path.name == "__init__.py"
