"""A browser that goes in the middle of an exchange."""

import asyncio

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from components.shared.app.traffic.leaving import Leaving


def test_what_is_sent_to_nobody_is_dropped_and_the_end_is_read():
    read = []

    async def endpoint(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_bytes(b"picture")
        with pytest.raises(WebSocketDisconnect):
            while True:
                read.append(await websocket.receive_bytes())

    arriving = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "bytes": b"the last click"},
        {"type": "websocket.disconnect", "code": 1005},
    ]

    async def receive():
        return arriving.pop(0)

    async def send(message):
        if message["type"] == "websocket.send":
            raise BrokenPipeError  # as uvicorn does once the connection is lost

    asyncio.run(Leaving(endpoint)({"type": "websocket", "headers": []}, receive, send))
    assert read == [b"the last click"] and not arriving


def test_a_request_without_anybody_to_answer_ends():
    async def endpoint(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):  # here nothing else would tell
        asyncio.run(Leaving(endpoint)({"type": "http"}, None, send))
