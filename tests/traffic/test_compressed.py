"""What may be cached for ever is compressed once for all visitors; all else passes as it is."""

import asyncio
import gzip

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from components.shared.app.traffic.compressed import LEVEL, Compressed

FOR_EVER = {"Cache-Control": "public, immutable, max-age=31536000"}
TEXT = "let there be light; " * 5000


async def slowly(name):
    yield name
    await asyncio.sleep(0.05)
    yield TEXT


class Server:
    def __init__(self, most_bytes=10**6):
        self.asked = []
        routes = [Route("/{folder}/{name}", self.serve)]
        # As Streamlit's own stands behind ours.
        middleware = [Middleware(Compressed, most_bytes=most_bytes), Middleware(GZipMiddleware)]
        self.app = Starlette(routes=routes, middleware=middleware)

    async def serve(self, request):
        name = request.path_params["name"]
        self.asked.append(name)
        await asyncio.sleep(0.01)
        if name == "new.js":
            return PlainTextResponse(TEXT, headers={"Cache-Control": "no-cache"})
        if name == "lost.js":
            return PlainTextResponse(TEXT, 404, headers=FOR_EVER)
        if name == "noise.bin":
            noise = bytes(i * i * 7919 % 251 ^ (i >> 3) & 255 for i in range(300))
            return Response(noise, headers=FOR_EVER)
        if name == "slow.js":
            return StreamingResponse(slowly(name), headers=FOR_EVER, media_type="text/javascript")
        return StreamingResponse(iter([name, TEXT]), headers=FOR_EVER, media_type="text/javascript")

    def get(self, *paths, encoding="gzip, deflate", **headers):
        async def all_at_once():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
                sent = {"Accept-Encoding": encoding, **headers}
                return await asyncio.gather(*(client.get(path, headers=sent) for path in paths))

        return asyncio.run(all_at_once())


def test_thirty_at_once_are_one_compression_and_get_the_same():
    server = Server()
    answers = server.get(*["/static/x.js"] * 30) + server.get("/static/x.js")
    assert server.asked == ["x.js"]
    for answer in answers:
        assert answer.text == "x.js" + TEXT and answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, LEVEL)) < len(TEXT) / 20
        assert answer.headers["vary"] == "Accept-Encoding" and "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("encoding", ["", "br", "identity"])
def test_who_takes_no_gzip_gets_none(encoding):
    server = Server()
    server.get("/static/x.js")
    assert "content-encoding" not in server.get("/static/x.js", encoding=encoding)[0].headers


def test_what_may_change_or_fails_is_asked_for_again():
    server = Server()
    for path in ("/static/new.js", "/static/lost.js", "/pages/x.js"):
        first, second = server.get(path, path)
        assert first.status_code == second.status_code == (404 if "lost" in path else 200)
    assert sorted(server.asked) == ["lost.js", "lost.js", "new.js", "new.js", "x.js", "x.js"]
    [part] = server.get("/static/x.js", Range="bytes=0-3")
    assert part.status_code == 200 and len(server.asked) == 7


def test_what_is_not_worth_it_stays_and_what_is_kept_is_bounded():
    server = Server(most_bytes=2000)
    [noise] = server.get("/static/noise.bin")
    assert len(noise.content) == 300
    for name in ("a.js", "b.js", "c.js", "d.js", "e.js", "f.js", "g.js", "h.js", "a.js"):
        server.get(f"/static/{name}")
    assert server.asked.count("a.js") == 2 and server.asked.count("h.js") == 1


def test_who_leaves_while_it_is_made_leaves_the_others_the_whole():
    """The first asker's connection ends in the middle: nothing short is kept, nor said to be whole."""
    server, sent = Server(), []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "GET",
        "path": "/static/slow.js",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip")],
    }

    async def leaving():
        messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive():
            return next(messages, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        await server.app(scope, receive, send)

    asyncio.run(leaving())
    start, *bodies = sent
    length = int(dict(start["headers"])[b"content-length"])
    assert sum(len(message["body"]) for message in bodies) == length
    [answer] = server.get("/static/slow.js")
    assert answer.text == "slow.js" + TEXT
