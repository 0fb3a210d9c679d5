"""`make class`: the app for a class, on all addresses of this computer, with a teacher's password.

python -m components.shared.people.classroom --port 8501 [what else uvicorn is told]
"""

import getpass
import os
import socket
import subprocess
import sys

from components.shared.people.password import VARIABLE, password
from vae_core import installation
from vae_core.errors import UserError


def main(arguments: list[str]) -> int:
    """Ask for the password unless the environment has it, say the address, and become the server."""
    port = arguments[arguments.index("--port") + 1] if "--port" in arguments[:-1] else "8000"
    try:
        known = password()
        installation.check_python()
        installation.check_packages()
        installation.check_port("0.0.0.0", int(port) if port.isdecimal() else -1)
        os.environ[VARIABLE] = known or _asked()
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print("\nYour class opens one of these addresses in a browser, in the same network as this computer:\n")
    for address in addresses() or ["this computer has no network"]:
        print(f"    http://{address}:{port}" if address[0].isdigit() else f"    {address}")
    print('\nLog in with the password under "Teacher" in the sidebar. Ctrl-C ends the app.\n', flush=True)
    command = [sys.executable, "-m", "uvicorn", "app:app", "--host", "0.0.0.0", "--http", "h11", *arguments]
    if sys.platform == "win32":  # where exec leaves the shell without its program
        return subprocess.call(command)
    os.execv(sys.executable, command)


def _asked() -> str:
    if not sys.stdin.isatty():
        raise UserError(f"A class needs a teacher's password: set ${VARIABLE}.")
    try:
        found = getpass.getpass("Choose the teacher's password for this class: ")
    except (EOFError, KeyboardInterrupt):
        raise UserError("Without a password there is no class.") from None
    if not found.strip():
        raise UserError("An empty password is none: everybody would be the teacher.")
    return found


def addresses() -> list[str]:
    """The IPv4 addresses of this computer that others may reach, the one of the usual way out first."""
    import psutil  # not before it is known to be there

    found = [
        each.address
        for name, those in psutil.net_if_addrs().items()
        for each in those
        if each.family == socket.AF_INET and not each.address.startswith(("127.", "169.254."))
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            first = probe.getsockname()[0]
        except OSError:
            first = None
    return sorted(dict.fromkeys(found), key=lambda address: address != first)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
