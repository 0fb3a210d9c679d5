"""Asking our own routes for something, without a server or a browser."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route


def ask(
    routes: Sequence[Route], method: str, url: str, middleware: Sequence[Middleware] = (), **what: Any
) -> httpx.Response:
    async def answer():
        transport = httpx.ASGITransport(Starlette(routes=routes, middleware=middleware))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, url, **what)

    return asyncio.run(answer())
