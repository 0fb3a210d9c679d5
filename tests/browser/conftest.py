"""A real Chromium and a small web server for tests of what runs in the page."""

import functools
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.waiting import appears
from tests.install_chromium import found

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "components"


LONGEST = ("tests/browser/test_train.py", "tests/traffic/test_load.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files go first: beside them runs all the rest, and nothing waits for one of them in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


# For this folder's tests rather than the session: Playwright keeps an asyncio loop running in the main thread until it
# stops, and no test elsewhere could call asyncio.run() meanwhile.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Chromium from the environment variable CHROMIUM or the system, else Playwright's own download."""
    path = found()
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--process-per-site", *quiet],
        )
        yield browser
        browser.close()


@dataclass(frozen=True)
class StaticServer:
    """`url` ends without a slash; what is put into `folder` is served below it, components/ below `/assets`."""

    url: str
    folder: Path

    @contextmanager
    def serving(self, content: bytes) -> Iterator[str]:
        """The address of a file with this content, which is deleted afterwards."""
        handle, path = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            yield f"{self.url}/{Path(path).name}"
        finally:
            os.unlink(path)


class _Handler(SimpleHTTPRequestHandler):
    # Browsers refuse a module that does not come as JavaScript, whatever this machine's own table of types says.
    extensions_map = {".js": "text/javascript", ".html": "text/html; charset=utf-8", "": "application/octet-stream"}

    def translate_path(self, path: str) -> str:
        served = super().translate_path(path)
        inside = Path(served).relative_to(self.directory)
        return str(ASSETS.joinpath(*inside.parts[1:])) if inside.parts[:1] == ("assets",) else served

    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="package")
def static_server(tmp_path_factory) -> Iterator[StaticServer]:
    """A web server on 127.0.0.1 with an empty page at `/`."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "index.html").write_text('<!doctype html><title>test</title><link rel="icon" href="data:,">')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield StaticServer(f"http://127.0.0.1:{server.server_port}", folder)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def static_page(chromium: Browser, static_server: StaticServer) -> Iterator[Page]:
    """The empty page of `static_server`, opened once a module; an error that nothing in the page caught fails it."""
    errors: list[str] = []
    page = chromium.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(static_server.url)
    yield page
    page.close()
    assert not errors


@pytest.fixture(scope="package")
def app_runs(tmp_path_factory) -> Path:
    """Where the tested app keeps its trainings: not among those of whoever runs the tests."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="package")
def app_url(tmp_path_factory, app_runs: Path) -> Iterator[str]:
    """The address of the app with the shipped checkpoints."""
    environment = {"LATENT_RUNS": str(app_runs), "LATENT_UPLOAD_MB": "200"}  # a tab may hold 60 of them
    with serving_the_app(tmp_path_factory.mktemp("app") / "log", **environment) as url:
        yield url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving_the_app(log: Path, below: str = "", **environment: str) -> Iterator[str]:
    """The address of the app, served by uvicorn as `make app` does; its pages lie at this path and `below` it."""
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port), "--http", "h11"]
    command = [sys.executable, "-m", "uvicorn", "app:app", *address, "--no-access-log"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=os.environ | environment
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 100
    try:
        while not _answers(f"{url}{below}/healthz"):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the app did not start:\n{log.read_text()}")
            time.sleep(0.2)
        yield url
        server.terminate()
        server.wait(timeout=20)
    finally:
        server.kill()
        server.wait()
    text = log.read_text()
    assert "Traceback" not in text and "GET /" not in text, text


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # httpx would read all certificates for each question
            return answer.read().startswith(b'{"status"')
    except OSError:
        return False


@pytest.fixture(scope="package")
def shared_context(chromium: Browser, app_url: str) -> Iterator[BrowserContext]:
    """One browser profile for all tests that need no fresh one: Streamlit's own files are then downloaded once, and,
    as one page stays open and keeps the process, compiled once."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.new_page().goto(f"{app_url}/healthz")
    yield context
    context.close()


@pytest.fixture
def open_page(chromium: Browser, shared_context: BrowserContext, app_url: str) -> Iterator[Callable[..., Page]]:
    """`open_page("/?checkpoint=…")` opens a page of the app and waits for its picture.

    `fresh=True` or any option of a browser context gives it a browser profile of its own; `intercept` is a pattern of
    addresses and what Playwright's `route` does with them, `on_socket` hears of the connection to Streamlit; unless
    `still`, the first view moves by itself. An error that nothing in the page caught fails the test; so does any
    request that leaves this machine.
    """
    with _pages(chromium, shared_context, app_url) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def page_at(chromium: Browser, shared_context: BrowserContext, app_url: str) -> Iterator[Callable[[str], Page]]:
    """`page_at(path)` is a page opened there once for all tests of a module, as the test before has left it: opening
    one takes longer than most tests do. The test takes it to where it begins, and puts back what it has switched.
    """
    with _pages(chromium, shared_context, app_url) as open_page:
        opened = functools.cache(open_page)

        def in_front(path: str, **options) -> Page:
            """A page behind another one draws, and answers the mouse, once a second."""
            page = opened(path, **options)
            page.bring_to_front()
            return page

        yield in_front


GO = """async (url) => {
    const waiting = [];
    dispatchEvent(new CustomEvent("leaving", { detail: waiting })); // until Python has heard of what was done here
    await Promise.race([Promise.all(waiting), new Promise((enough) => setTimeout(enough, 1000))]);
    for (const each of document.querySelectorAll(".stMain *")) each.dataset.left = "";
    document.body.dispatchEvent(new Event("keydown")); // somebody is there, and has acted
    history.pushState({}, "", url);
    dispatchEvent(new PopStateEvent("popstate"));
}"""
"""Within the session, as the app's own links go (components/shared/app/addresses/address.js)."""


@pytest.fixture(scope="module")
def visit(chromium: Browser, shared_context: BrowserContext, app_url: str) -> Iterator[Callable[..., Page]]:
    """`visit(path)` is the module's one page, opened at the first path and led to each further one: that takes a third
    of what opening does. Its session goes on; what an address lacks begins anew all the same.
    """
    with _pages(chromium, shared_context, app_url) as open_page:
        pages: list[Page] = []

        def visit(path: str, *, wait_for="decoded-image") -> Page:
            if not pages:
                pages.append(open_page(path, wait_for=wait_for))
                return pages[0]
            page = pages[0]
            page.bring_to_front()
            page.set_viewport_size({"width": 1280, "height": 800})
            page.emulate_media(reduced_motion="reduce")
            page.evaluate(GO, path if path.startswith("http") else app_url + path)
            appears(page, _drawn(wait_for, ":not([data-left])"), gone=":is(canvas, .lx)[data-left]")
            page.emulate_media(reduced_motion="no-preference")
            return page

        yield visit


def _drawn(name: str, only: str = "") -> str:
    """Selects what a page shows when it is ready."""
    return f'canvas[data-testid="{name}"][data-frames]{only}, [data-testid="{name}"]:not(canvas){only}'


@contextmanager
def _pages(chromium: Browser, shared_context: BrowserContext, app_url: str) -> Iterator[Callable[..., Page]]:
    opened: list[Page | BrowserContext] = []
    errors: list[str] = []

    def open_page(
        path: str,
        *,
        wait_for="decoded-image",
        on_request=None,
        intercept=None,
        on_socket=None,
        fresh=False,
        still=True,
        **options,
    ) -> Page:
        context = shared_context
        if fresh or options:
            context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
            opened.append(context)
        page = context.new_page()
        opened.insert(0, page)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.on("pageerror", lambda error: errors.append(str(error)))
        if on_request:  # Playwright tells of two hundred a page, at half a second of computing
            page.on("request", lambda request: on_request(request.url))
        page.on("requestfailed", lambda request: None if app_url in request.url else errors.append(request.url))
        if intercept:
            page.route(*intercept)
        if on_socket:
            page.route_web_socket("**/_stcore/stream", on_socket)
        page.emulate_media(reduced_motion="reduce" if still else "no-preference")
        page.goto(path if path.startswith("http") else app_url + path, wait_until="commit")
        appears(page, _drawn(wait_for))
        page.emulate_media(reduced_motion="no-preference")
        return page

    yield open_page
    for each in opened:
        each.close()
    assert not errors
