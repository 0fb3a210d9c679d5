"""The teacher: whoever knows the password of `make class`; without one, whoever sits at this computer.

A password is compared in constant time, a few tries a minute are allowed, and what a browser gets for it is a random
cookie that this process forgets after a day of school.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.shared.people import cookies
from components.shared.people.password import password
from vae_core.errors import UserError
from vae_core.reading import Values, parsed

COOKIE, SECONDS = "latent_teacher", 12 * 3600
MAX_BODY, MAX_SESSIONS = 2_000, 100
TRIES, TRIES_IN_ALL, WINDOW = 5, 60, 60.0
"""Wrong passwords of one address, and of all, in so many seconds."""


class Sessions:
    """Who has given the password, until when: hashes of random cookies."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def begin(self) -> str:
        """A new cookie. The oldest of very many is forgotten."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._until) >= MAX_SESSIONS:
                del self._until[next(iter(self._until))]
            self._until[_hash(token)] = time.monotonic() + SECONDS
        return token

    def known(self, token: str | None) -> bool:
        return bool(token) and time.monotonic() < self._until.get(_hash(token or ""), 0.0)

    def end(self, token: str | None) -> None:
        with self._lock:
            self._until.pop(_hash(token or ""), None)


class Tries:
    """Wrong passwords a minute, of each address and in all."""

    def __init__(self) -> None:
        self._of: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()
        self._lock = threading.Lock()

    def allowed(self, address: str) -> bool:
        with self._lock:
            self._forget()
            return len(self._of.get(address, ())) < TRIES and len(self._all) < TRIES_IN_ALL

    def wrong(self, address: str) -> None:
        with self._lock:
            self._forget()
            for each in (self._of.setdefault(address, deque()), self._all):
                each.append(time.monotonic())

    def _forget(self) -> None:
        before = time.monotonic() - WINDOW
        for each in (*self._of.values(), self._all):
            while each and each[0] < before:
                each.popleft()
        self._of = {address: times for address, times in self._of.items() if times}


sessions, tries = Sessions(), Tries()


def recognised(token: str | None, local: bool) -> bool:
    """Whether a browser with this cookie is the teacher's; `local`: it runs on this computer."""
    return local if password() is None else sessions.known(token)


async def log_in(request: Request) -> Response:
    """POST {password} -> 204 and the cookie; 403 or 429 with a sentence."""
    address = request.client.host if request.client else ""
    expected, given = password(), await _given(request)
    if expected is None:
        return PlainTextResponse("This app has no teacher's password.", 404)
    if not tries.allowed(address):
        return PlainTextResponse("Too many wrong passwords: wait a minute and try again.", 429)
    if given is None or not hmac.compare_digest(_hash(given), _hash(expected)):
        tries.wrong(address)
        return PlainTextResponse("That is not the teacher's password.", 403)
    secure = request.url.scheme == "https"
    header = cookies.header(COOKIE, sessions.begin(), SECONDS, secure=secure, same_site="Strict")
    return Response(status_code=204, headers={"Set-Cookie": header})


async def log_out(request: Request) -> Response:
    """POST -> 204; the cookie is worth nothing any more, in no tab."""
    sessions.end(request.cookies.get(COOKIE))
    header = cookies.header(COOKIE, "", 0, secure=request.url.scheme == "https", same_site="Strict")
    return Response(status_code=204, headers={"Set-Cookie": header})


async def _given(request: Request) -> str | None:
    """The password in a request; None if there is none."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BODY:
            return None
    try:
        found = Values(parsed(bytes(content), "the request"), "the request").values.get("password")
    except UserError:
        return None
    return found if isinstance(found, str) else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


routes = [
    Route("/teacher/login", log_in, methods=["POST"]),
    Route("/teacher/logout", log_out, methods=["POST"]),
]
