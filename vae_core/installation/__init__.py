"""Whether this installation is complete, and what to do if not. Imports only Python's own modules: it has to work where
a package is missing."""

import errno
import re
import socket
import sys
from importlib import metadata

from vae_core.errors import UserError
from vae_core.places import INSTALLED, ROOT

OLDEST = (3, 11)
DISTRIBUTION = "latent-space-explorer"
SHOWN = 3
"""Missing packages that a sentence names."""


def check_python() -> None:
    """UserError if this Python is too old."""
    if sys.version_info < OLDEST:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        raise UserError(f"Python {needed} or newer is needed; this is {found}, {sys.executable}.")


def requirements() -> dict[str, str | None]:
    """The packages that are needed, with the version that was tested: of the app in the repository, of the core where
    the package is installed."""
    if INSTALLED:
        lines = [line for line in metadata.requires(DISTRIBUTION) or [] if "extra ==" not in line]
    else:
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([A-Za-z0-9][\w.-]*)\s*(?:==\s*([\w.+!-]+))?", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def installed(name: str) -> str | None:
    """The version of a package that is installed, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def check_packages() -> None:
    """UserError, with the command that installs them, if packages are missing."""
    missing = [name for name in requirements() if installed(name) is None]
    if missing:
        raise UserError(sentence(missing))


def sentence(missing: list[str]) -> str:
    """That packages are missing, and the command that installs them."""
    names = ", ".join(missing[:SHOWN]) + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
    what = f"The package {names} is" if len(missing) == 1 else f"The packages {names} are"
    return f"{what} missing from this Python. Install: {sys.executable} -m pip install {_named(missing)}"


def _named(packages: list[str]) -> str:
    return " ".join(packages) if INSTALLED else "-r requirements.txt"


def explain(error: ImportError | OSError) -> str:
    """Why an import failed, in a sentence: a package is missing, or cannot be loaded."""
    missing = [name for name in requirements() if installed(name) is None]
    if missing:
        return sentence(missing)
    name = getattr(error, "name", None)
    what = f"The package {name}" if name else "A package"
    reason = " ".join(str(error).split())
    command = f"{sys.executable} -m pip install --force-reinstall {_named(list(requirements()))}"
    return f"{what} is installed but cannot be loaded ({reason}). Install again: {command}"


def check_port(host: str, port: int) -> None:
    """UserError if a server cannot listen there."""
    if not 0 <= port <= 65535:
        raise UserError(f"There is no port {port}: choose one from 1024 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listening:
            if sys.platform != "win32":  # as servers do: there it would allow two at once
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8501
            raise UserError(
                f"Port {port} is taken by another program, perhaps by this app. End that one, or choose another port: "
                f"make app PORT={other}, or python serve.py --port {other}"
            ) from None
        if error.errno == errno.EACCES:
            raise UserError(f"Port {port} needs an administrator: choose one from 1024 to 65535.") from None
        raise UserError(f"This computer cannot serve on {host}, port {port}: {error.strerror or error}.") from None
