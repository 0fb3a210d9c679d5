"""Whom a page is for: everyone's browser has a secret in a cookie, of which we keep the hash alone (`vae_core.owners`).

The ASGI middleware gives the secret to browsers without one, and notes on each request whether it comes from this
computer itself: Streamlit hands a session the headers of its WebSocket.
"""

import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.shared.people import cookies, teacher
from vae_core import owners
from vae_core.errors import UserError

COOKIE, A_YEAR = "latent_owner", 31_536_000
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
NOTES, LOCAL = b"x-latent-", "x-latent-local"
"""Headers that only we may set."""
FORWARDED = {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}
WITHOUT_COOKIES = "secret of a session without cookies"


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page: the hash of the browser's secret, and whether it is the teacher."""

    owner: str
    teacher: bool

    @property
    def starts_for(self) -> str | None:
        """Whose what they start is; the teacher has no limits."""
        return None if self.teacher else self.owner

    def may(self, *whose: str | None) -> bool:
        """Whether they may change what these own."""
        return self.teacher or self.owner in whose


def current() -> Visitor:
    """The visitor of the running script. A browser that keeps no cookies owns what it starts until its tab closes."""
    sent = st.context.cookies
    secret, session = (str(sent.get(name, "")) for name in (COOKIE, teacher.COOKIE))  # Streamlit's AppTest has mocks
    if not SECRET.fullmatch(secret):
        secret = st.session_state.setdefault(WITHOUT_COOKIES, secrets.token_urlsafe(32))
    local = st.context.headers.get(LOCAL) == "1"
    return Visitor(owners.owner_of(secret), teacher.recognised(session, local))


def check(*whose: str | None) -> Visitor:
    """The visitor; UserError if they may not change what these own. What a page shows protects nothing: whatever
    changes a thing calls this first."""
    visitor = current()
    if not visitor.may(*whose):
        raise UserError(f"Only who started it can change it, or the teacher. {starter(*whose)}")
    return visitor


def starter(*whose: str | None) -> str:
    """Who started something that is not the visitor's, in a sentence."""
    return "Started by the teacher." if None in whose else "Started by someone else in the class."


class Visitors:
    """ASGI middleware: see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        given = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(NOTES)]
        known = SECRET.fullmatch(cookies.sent(given).get(COOKIE, ""))
        if is_local(scope.get("client"), given):
            given.append((LOCAL.encode(), b"1"))
        secure = scope.get("scheme") in ("https", "wss")

        async def with_secret(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # With a page, and nothing else: what it loads comes at the same time, and each would get another one.
                if headers.get("content-type", "").startswith("text/html"):
                    secret = secrets.token_urlsafe(32)
                    headers.append("Set-Cookie", cookies.header(COOKIE, secret, A_YEAR, secure=secure))
            await send(message)

        found = scope | {"headers": given}
        await self.app(found, receive, send if known or scope["type"] == "websocket" else with_secret)


def is_local(client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request comes from a browser on this computer itself, and through no proxy as far as can be seen."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    host = found.get(b"host", "")
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return (
        client is not None
        and _is_loopback(client[0])
        and (name.lower() == "localhost" or _is_loopback(name.strip("[]")))
        and not FORWARDED & found.keys()
    )


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return (mapped or found).is_loopback


middleware = [Middleware(Visitors)]
