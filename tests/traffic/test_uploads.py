"""Files that users bring: a limit for each uploader, a budget for all, and what nobody shows any more is freed."""

import ast
import asyncio
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from components.shared.app.traffic import uploads
from components.shared.bring import asking

ROOT = Path(__file__).parents[2]
MB = 1_000_000


class Server:
    """Streamlit's side of an upload, as far as the budget goes: what has arrived stays in memory."""

    def __init__(self):
        self.held: dict[str, int] = {}
        route = Route("/base/_stcore/upload_file/{session}/{file}", self.put, methods=["PUT"])
        self.app = Starlette(
            routes=[route], middleware=[Middleware(uploads.UploadBudget, held=lambda: dict(self.held))]
        )

    async def put(self, request: Request) -> Response:
        size = 0
        async for part in request.stream():
            size += len(part)
        session = request.path_params["session"]
        self.held[session] = self.held.get(session, 0) + size
        return Response(status_code=204)


def put(server, session, size, chunked=False):
    async def answer():
        async def parts():
            for _ in range(size // MB):
                yield b"x" * MB

        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            content = parts() if chunked else b"x" * size
            return await client.put(f"/base/_stcore/upload_file/{session}/a", content=content)

    return asyncio.run(answer())


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv(uploads.VARIABLE, "10")  # 3 of them for one session
    return Server()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_session_has_a_share_and_what_is_freed_makes_room(server, chunked):
    assert [put(server, "a", MB, chunked).status_code for _ in range(3)] == [204, 204, 204]
    refused = put(server, "a", MB, chunked)
    assert refused.status_code == 413
    assert refused.text.startswith("This tab holds 3 MB of files, and 3 MB is what one may")
    assert put(server, "b", MB, chunked).status_code == 204
    server.held["a"] -= MB
    assert put(server, "a", MB, chunked).status_code == 204
    assert put(server, "c", 4 * MB, chunked).status_code == 413 and server.held.get("c") is None


def test_all_sessions_share_a_total(server):
    assert [put(server, str(i), 2 * MB).status_code for i in range(6)] == [204] * 5 + [413]
    assert "The files that everybody has brought" in put(server, "z", MB).text
    server.held.clear()
    assert put(server, "z", MB).status_code == 204


def test_what_is_on_its_way_counts(server):
    """Two that would fit alone do not both get in."""

    async def both():
        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            started = asyncio.Event()

            async def slow():
                yield b"x" * 2 * MB
                started.set()
                await waiting.wait()

            waiting = asyncio.Event()
            first = asyncio.create_task(client.put("/base/_stcore/upload_file/a/1", content=slow()))
            await started.wait()
            second = await client.put("/base/_stcore/upload_file/a/2", content=b"x" * 2 * MB)
            waiting.set()
            return (await first).status_code, second.status_code

    assert asyncio.run(both()) == (204, 413)


def train_page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "router.py"), default_timeout=60)
    app.run()
    return app.switch_page("train.py").run()


def test_a_file_over_its_uploaders_limit_gets_a_sentence_and_another_client_is_told_too():
    app = train_page()
    uploader = app.file_uploader(key="model zip")
    assert uploader.proto.max_upload_size_mb == asking.MODEL_MB == 64
    uploader.set_value(("big.zip", b"0" * (64 * asking.MEGABYTE + 1), "application/zip")).run()
    assert app.error[0].value == "big.zip has 64.0 MB: a file may have 64 MB here." and not app.exception


def test_streamlit_lets_through_what_the_largest_uploader_takes():
    config = (ROOT / ".streamlit" / "config.toml").read_text()
    largest = max(asking.PICTURE_MB, asking.MODEL_MB, asking.DATA_MB, asking.TEXT_MB)
    assert int(re.search(r"maxUploadSize = (\d+)", config)[1]) == largest == 200


def test_every_uploader_has_a_limit():
    calls = {}
    for path in [*(ROOT / "components").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("file_uploader", "camera_input", "chat_input"):
                calls.setdefault(node.attr, set()).add(path.name)
    assert calls == {"file_uploader": {"asking.py"}, "camera_input": {"camera.py"}}
