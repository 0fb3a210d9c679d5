"""Owners and the teacher: cookies, who counts as this computer, and passwords."""

import getpass
import io
import re
import sys

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from components.shared.people import classroom, teacher, visitors
from components.shared.people.password import VARIABLE
from tests.routes import ask
from vae_core import owners

SECRET = "s" * 43
LOCAL = ("127.0.0.1", 50_000)


def seen(request):
    """What the app gets of a request's headers."""
    return PlainTextResponse(request.headers.get(visitors.LOCAL, "-"))


ROUTES = [Route("/", lambda _: HTMLResponse("<p>page")), Route("/seen", seen), *teacher.routes]


def get(url, **headers):
    return ask(ROUTES, "GET", url, visitors.middleware, headers=headers)


def test_a_page_brings_a_secret_once_that_no_script_reads(monkeypatch):
    found = get("/").headers["Set-Cookie"]
    assert re.fullmatch(r"latent_owner=[\w-]{43}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", found)
    assert found != get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in get("/seen").headers  # nothing but a page
    assert "Set-Cookie" not in get("/", Cookie=f"a=b; latent_owner={SECRET}").headers
    for wrong in ("short", SECRET + "x", "é" * 43, ""):
        assert "Set-Cookie" in get("/", Cookie=f"latent_owner={wrong}".encode()).headers
    monkeypatch.setattr(visitors.cookies.st, "get_option", {"server.baseUrlPath": "/vae/"}.__getitem__)
    assert "; Path=/vae/; " in get("/").headers["Set-Cookie"]


def test_what_is_stored_does_not_tell_the_secret():
    owner = owners.owner_of(SECRET)
    assert re.fullmatch("[0-9a-f]{64}", owner) and owners.short(owner) == owner[:4].upper()
    assert not visitors.SECRET.fullmatch(owner)  # who reads it cannot send it as a cookie either
    assert owners.owner_of(owner) != owner


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        (LOCAL, {"host": "localhost:8501"}, True),
        (LOCAL, {"host": "127.0.0.1:8501"}, True),
        (("::1", 5), {"host": "[::1]:8501"}, True),
        (("::ffff:127.0.0.1", 5), {"host": "LOCALHOST"}, True),
        (("192.168.1.20", 5), {"host": "localhost:8501"}, False),
        (("::ffff:192.168.1.20", 5), {"host": "localhost:8501"}, False),
        (LOCAL, {"host": "vae.school.example"}, False),
        (LOCAL, {"host": ""}, False),
        (LOCAL, {"host": "localhost", "x-forwarded-for": "192.168.1.20"}, False),
        (LOCAL, {"host": "localhost", "Forwarded": "for=192.168.1.20"}, False),
        (LOCAL, {"host": "localhost", "X-Real-IP": "192.168.1.20"}, False),
        (None, {"host": "localhost"}, False),
        (("unix", 0), {"host": "localhost"}, False),
    ],
)
def test_only_a_browser_of_this_computer_is_local(client, headers, local):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert visitors.is_local(client, raw) is local


def test_nobody_says_of_himself_that_he_is_local():
    assert get("/seen", Host="vae.example", **{"X-Latent-Local": "1", "x-latent-more": "1"}).text == "-"
    assert get("/seen", Host="127.0.0.1").text == "1"  # the transport's address is 127.0.0.1


def test_without_a_password_this_computer_is_the_teacher_and_with_one_who_knows_it(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert teacher.recognised(None, True) and not teacher.recognised("x", False)
    assert log_in("x").status_code == 404
    monkeypatch.setenv(VARIABLE, "sésame")
    assert not teacher.recognised(None, True) and not teacher.recognised("x", True)


def log_in(password, **options):
    return ask(ROUTES, "POST", "/teacher/login", visitors.middleware, json={"password": password}, **options)


@pytest.fixture
def classroom_password(monkeypatch):
    monkeypatch.setenv(VARIABLE, "sésame")
    monkeypatch.setattr(teacher, "tries", teacher.Tries())
    monkeypatch.setattr(teacher, "sessions", teacher.Sessions())


def test_the_password_opens_a_session_that_ends_for_every_tab(classroom_password):
    assert log_in("sesame").text == "That is not the teacher's password."
    found = log_in("sésame")
    header = found.headers["Set-Cookie"]
    assert found.status_code == 204 and "; HttpOnly; SameSite=Strict" in header
    token = re.match(r"latent_teacher=([\w-]{43});", header)[1]
    assert teacher.recognised(token, False) and not teacher.recognised(token + "x", False)
    assert token not in str(vars(teacher.sessions))  # only its hash is kept
    ask(ROUTES, "POST", "/teacher/logout", headers={"Cookie": f"latent_teacher={token}"})
    assert not teacher.recognised(token, False)


def test_a_session_ends_by_itself(classroom_password, monkeypatch):
    token, now = teacher.sessions.begin(), teacher.time.monotonic()
    monkeypatch.setattr(teacher.time, "monotonic", lambda: now + teacher.SECONDS + 1)
    assert not teacher.recognised(token, False)


def test_guessing_is_slow_for_each_address_and_for_all(classroom_password, monkeypatch):
    assert [log_in(f"guess {n}").status_code for n in range(7)] == [403] * 5 + [429] * 2
    assert log_in("sésame").text == "Too many wrong passwords: wait a minute and try again."
    assert teacher.tries.allowed("192.168.1.20")  # another one
    for n in range(teacher.TRIES_IN_ALL):
        teacher.tries.wrong(f"192.168.1.{n}")
    assert not teacher.tries.allowed("192.168.2.1")
    now = teacher.time.monotonic()
    monkeypatch.setattr(teacher.time, "monotonic", lambda: now + 61)
    assert log_in("sésame").status_code == 204


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"password": 1}', b"\xff", b"[" * 1000, b'"' + b"x" * 9999])
def test_no_password_at_all_is_a_wrong_one(classroom_password, content):
    assert ask(ROUTES, "POST", "/teacher/login", visitors.middleware, content=content).status_code == 403


def test_a_class_does_not_begin_without_a_password(monkeypatch, capsys):
    monkeypatch.setattr(classroom.os, "execv", lambda *_: pytest.fail("it has begun"))
    monkeypatch.setenv(VARIABLE, " ")
    assert classroom.main([]) == 1 and f"${VARIABLE} is empty" in capsys.readouterr().err
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert classroom.main([]) == 1 and "A class needs a teacher's password" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda _: "")
    assert classroom.main([]) == 1 and "An empty password is none" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there a child process serves")
def test_a_class_is_told_its_address_and_served_to_all(monkeypatch, capsys):
    begun = []
    monkeypatch.setattr(classroom.os, "execv", lambda *command: begun.append(command))
    monkeypatch.setattr(classroom, "addresses", lambda: ["192.168.1.20"])
    monkeypatch.setenv(VARIABLE, "sésame")
    classroom.main(["--port", "8765"])
    told = capsys.readouterr().out
    assert "http://192.168.1.20:8765" in told and "sésame" not in told
    assert begun[0][1][-6:] == ["--host", "0.0.0.0", "--http", "h11", "--port", "8765"]
