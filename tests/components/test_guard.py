"""Who is answered, and what browsers are told."""

import asyncio
import socket

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import app as served
from components.shared.app import guard
from components.shared.people import visitors
from tests.routes import ask

ROUTES = [Route("/", PlainTextResponse("hello", headers={"Referrer-Policy": "no-referrer"}))]
OWN = [
    "127.0.0.1:8501",
    "192.168.1.20",
    "[::1]:8501",
    "[2001:db8::1]",
    "localhost",
    "LOCALHOST.:80",
    socket.gethostname(),
]
STRANGE = ["rebound.example", "localhost.example", "127.0.0.1.example:8501", "", "[", "a:b:c"]


def get(host):
    return ask(ROUTES, "GET", "/", guard.middleware, headers={"Host": host})


def opens_a_socket(host):
    """Whether a WebSocket's request with this header gets through."""
    through, sent = [], []

    async def inner(scope, receive, send):
        through.append(scope)

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "websocket", "headers": [(b"host", host.encode())]}
    asyncio.run(guard.Guard(inner)(scope, None, send))
    assert bool(through) != (sent == ["websocket.close"])
    return bool(through)


@pytest.mark.parametrize("host", OWN)
def test_addresses_and_this_computers_names_are_answered(host):
    assert get(host).text == "hello" and opens_a_socket(host)


@pytest.mark.parametrize("host", STRANGE)
def test_another_name_is_not_until_it_is_listed(host, monkeypatch):
    found = get(host)
    assert found.status_code == 421 and "can add that name to LATENT_HOSTS" in found.text
    assert not opens_a_socket(host)
    monkeypatch.setenv("LATENT_HOSTS", "vae.school.example, rebound.example")
    assert (get(host).status_code == 200) == opens_a_socket(host) == (host == "rebound.example")
    monkeypatch.setenv("LATENT_HOSTS", "*")
    assert get(host).status_code == 200


def test_every_answer_has_the_headers_and_keeps_its_own():
    headers = get("localhost").headers
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


def test_the_app_stands_behind_it():
    classes = [each.cls for each in served.app._user_middleware]
    assert classes[0] is guard.Guard and visitors.Visitors in classes
