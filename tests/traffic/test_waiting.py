"""Queues and deadlines: many who ask at once, who has left, and who stops in the middle."""

import asyncio
import socket
import threading
import time
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import app as served
from components.shared.app.traffic import deadlines, queue
from components.shared.app.traffic.uploads import UploadBudget

CONNECTED = object()


class Client:
    """Who asks: `receive` brings that the client has left when `leave` is called."""

    def __init__(self):
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    def leave(self):
        self.left.set()


async def settled():
    for _ in range(20):
        await asyncio.sleep(0.001)


def test_who_has_left_is_not_served_and_too_many_are_told():
    async def scene():
        turns, begun, free = queue.Queue(at_once=1, most=200), [], threading.Event()

        def work(number):
            begun.append(number)
            free.wait(10)
            return number

        clients = [Client() for _ in range(200)]
        asked = [asyncio.create_task(turns.run(client.receive, work, i)) for i, client in enumerate(clients)]
        await settled()
        with pytest.raises(queue.Busy, match="200 others are waiting"):
            await turns.run(Client().receive, work, 200)
        for client in clients[1:-1]:
            client.leave()
        await settled()
        free.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert begun == [0, 199] and found[0] == 0 and found[-1] == 199
        assert all(isinstance(each, queue.Left) for each in found[1:-1])
        assert await turns.run(Client().receive, lambda: "next") == "next" and turns.running == 0

    asyncio.run(scene())


def test_what_is_being_computed_ends_when_nobody_waits_for_it():
    async def scene():
        turns, client, pieces = queue.Queue(at_once=2, most=4), Client(), []
        going = threading.Event()

        def work():
            for piece in range(1000):
                queue.still_asked()
                pieces.append(piece)
                going.set()
                time.sleep(0.005)

        asked = asyncio.create_task(turns.run(client.receive, work))
        await asyncio.to_thread(going.wait, 10)
        client.leave()
        with pytest.raises(queue.Left):
            await asked
        assert len(pieces) < 500

    asyncio.run(scene())


def test_an_error_of_the_work_is_its_own_and_gives_its_place_back():
    async def scene():
        turns = queue.Queue(at_once=1, most=2)

        def fails():
            raise ValueError("no")

        for _ in range(3):
            with pytest.raises(ValueError, match="no"):
                await turns.run(Client().receive, fails)

    asyncio.run(scene())


def test_the_page_is_told_that_too_many_wait():
    answer = asyncio.run(queue.queued(queue.Queue(1, 0), Request({"type": "http"}, Client().receive), None))
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert answer.body.decode().endswith("try again in a moment.")


@asynccontextmanager
async def running(connections):
    """A server on a port of its own, with short deadlines."""

    async def size(request):
        return PlainTextResponse(str(len(await request.body())))

    async def large(request):
        return PlainTextResponse("x" * 40_000_000)

    middleware = [Middleware(deadlines.BodyDeadline, piece_s=0.5, start_s=1.5)]
    app = Starlette(
        routes=[Route("/size", size, methods=["GET", "POST"]), Route("/large", large)],
        middleware=middleware,
        lifespan=lambda app: deadlines.watching(connections, every_s=0.05),
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, http="h11", log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port, server
    finally:
        server.should_exit = True
        await serving


async def ended(reader, seconds=10):
    """What came until the server closed the connection."""
    async with asyncio.timeout(seconds):
        with suppress(ConnectionError):
            return await reader.read()
        return b""


def test_half_sent_requests_end_and_whole_ones_are_answered():
    """None of these ends without the deadlines: a body that stops, one that trickles, first lines that stop, a
    connection that sends nothing, and an answer that nobody takes."""

    async def scene():
        connections = deadlines.Connections(wait_s=1, unread_s=1, most=100)
        async with running(connections) as (port, server):
            opened = [await asyncio.open_connection("127.0.0.1", port, limit=2**14) for _ in range(6)]
            readers, writers = zip(*opened, strict=True)
            head = b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
            writers[0].write(head + b"half")
            writers[2].write(b"POST /size HTTP/1.1\r\nHost:")
            writers[4].write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            writers[5].write(head + b"x" * 1000)

            async def trickle():
                writers[1].write(head)
                with suppress(ConnectionError):
                    for _ in range(100):
                        writers[1].write(b"x")
                        await writers[1].drain()
                        await asyncio.sleep(0.1)

            trickling = asyncio.create_task(trickle())
            assert b"1000" in await readers[5].readuntil(b"1000")
            for stopped in (0, 1):
                assert b" 408 " in (answer := await ended(readers[stopped])) and b"in time" in answer
            assert await ended(readers[2]) == await ended(readers[3]) == b""
            trickling.cancel()
            async with asyncio.timeout(20):
                while server.server_state.connections or connections.known:
                    await asyncio.sleep(0.05)
            for writer in writers:
                writer.close()

    asyncio.run(scene())


def test_of_too_many_connections_the_one_that_waits_longest_is_closed():
    async def scene():
        connections = deadlines.Connections(most=3)
        async with running(connections) as (port, _):
            opened = []
            for _ in range(4):
                opened.append(await asyncio.open_connection("127.0.0.1", port))
                await asyncio.sleep(0.05)
            assert await ended(opened[0][0]) == b""
            opened[3][1].write(b"GET /size HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200" in await opened[3][0].readline()
            for _, writer in opened:
                writer.close()

    asyncio.run(scene())


def test_they_stand_before_the_app():
    names = [each.cls for each in served.app._user_middleware]
    assert names.index(deadlines.BodyDeadline) < names.index(UploadBudget)
