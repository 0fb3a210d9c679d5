"""Makes sure that the browser tests have a Chromium: `python -m tests.install_chromium`, which `make test` runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"
"""It has no windows to draw, which saves a seventh of what Chromium computes in the tests."""
INSTALLED = (SHELL, "chromium", "chromium-browser")
APT = ["apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"]


def found() -> str | None:
    """A Chromium from $CHROMIUM or the system; else one that Playwright has downloaded, if it has: rather the shell."""
    from playwright.sync_api import sync_playwright

    for candidate in (os.environ.get("CHROMIUM"), *map(shutil.which, INSTALLED)):
        if candidate and Path(candidate).exists():
            return candidate
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)  # …/chromium-1255/chrome-linux64/chrome
    beside = path.parents[1].with_name(path.parents[1].name.replace("chromium-", "chromium_headless_shell-"))
    shells = [shell for shell in beside.glob("*/*headless*shell*") if os.access(shell, os.X_OK) and shell.is_file()]
    return next((str(each) for each in [*shells, path] if each.exists()), None)


def main() -> int:
    present = found()
    if present and (present == os.environ.get("CHROMIUM") or "headless" in Path(present).name):
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:  # a Debian container: the shell, even beside another Chromium
        run([*APT, "update"], [*APT, "install", "-y", SHELL])
        if not found():
            run([*APT, "install", "-y", "chromium"])
    if not found():
        run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])
    if not found():
        print("No Chromium was found or could be installed. Install one, or name it in $CHROMIUM.", file=sys.stderr)
        return 1
    return 0


def run(*steps: list[str]) -> None:
    for step in steps:
        print("Getting a browser:", " ".join(step), flush=True)
        subprocess.run(step, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
