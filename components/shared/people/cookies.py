"""Cookies of this app: no script reads them, and no other app of this server gets them."""

from collections.abc import Iterable

import streamlit as st


def header(name: str, value: str, seconds: int, *, secure: bool, same_site: str = "Lax") -> str:
    """A Set-Cookie header."""
    base = st.get_option("server.baseUrlPath").strip("/")
    path = f"/{base}/" if base else "/"
    return f"{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}" + "; Secure" * secure


def sent(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The cookies in a request's headers."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name.lower() == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, content = part.strip().partition("=")
                found[key] = content
    return found
