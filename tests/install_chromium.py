"""Makes sure that the browser tests have a Chromium: `python -m tests.install_chromium`, which `make test` runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALLED = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The shell has no windows to draw: the tests take two thirds of the time."""


def found() -> str | None:
    """A Chromium from $CHROMIUM or the system; else the one that Playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    for candidate in (os.environ.get("CHROMIUM"), *map(shutil.which, INSTALLED)):
        if candidate and Path(candidate).exists():
            return candidate
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def main() -> int:
    if found():
        return 0
    steps = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:  # a Debian container: its own package is the quicker way
        packages = [["apt-get", "install", "-y", "-qq", name] for name in INSTALLED[:2]]
        steps = [["apt-get", "update", "-qq"], *packages, *steps]
    for step in steps:
        print("Getting a browser:", " ".join(step), flush=True)
        subprocess.run(step, stdout=subprocess.DEVNULL, check=False)
        if found():
            return 0
    print("No Chromium was found or could be installed. Install one, or name it in $CHROMIUM.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
