"""What stands before every request: hosts that are answered, and headers that tell browsers what a page may do."""

import ipaddress
import os
import socket

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

HOSTS_VARIABLE = "LATENT_HOSTS"
POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit compiles formulas' and charts' code, and starts a component's from a blob.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",  # no text of a user's makes another's browser fetch anything
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
REFUSAL = (
    "This app does not answer to the name in your address bar. Use its address in numbers; whoever runs the app can "
    f"add that name to {HOSTS_VARIABLE}."
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def answered(host: str) -> bool:
    """Whether requests for a host (from the header, with its port) are answered.

    Addresses and this computer's own names are; any other name may be a stranger's site that points here, whose
    script would run as ours. $LATENT_HOSTS lists further names, separated by commas; `*` answers all.
    """
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    name = name.strip("[]").lower().rstrip(".")
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        own = socket.gethostname().lower()
        further = {each.strip().lower() for each in os.environ.get(HOSTS_VARIABLE, "").split(",")} - {""}
        known = {"localhost", own, f"{own.partition('.')[0]}.local", own.partition(".")[0]} | further
        return "*" in further or name in known or name.endswith(".localhost")


class Guard:
    """ASGI middleware: see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if not answered(host):
            refused = PlainTextResponse(REFUSAL, 421) if scope["type"] == "http" else WebSocketClose(1008)
            return await refused(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


middleware = [Middleware(Guard)]
