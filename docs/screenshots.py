"""Makes all of the README's pictures anew: `python -m docs.screenshots [FOLDER]`, by default into docs/.

It trains the lesson that Train and Compare show, starts the app on that, and goes to every page. Name pages after the
folder (`python -m docs.screenshots docs explore train`) for those alone.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from components.shared.trainings.presets import PRESETS
from tests.install_chromium import found
from vae_core import jobs

ROOT = Path(__file__).parents[1]
LESSON = "ae-vae"
PICTURES = {
    "explore": ("/?checkpoint=mnist-vae-2d&z=-1.45,1.2", "decoded-image"),
    "reconstruct": ("/reconstruct?checkpoint=mnist-vae-16d&example=10", "decoded-image"),
    "latent_map": ("/latent_map?checkpoint=mnist-vae-2d&layers=grid,points", "decoded-image"),
    "projection": ("/projection?checkpoint=mnist-vae-16d", "projection-pad-a"),
    "digits": ("/digits?checkpoint=mnist-cvae", "decoded-image"),
    "arithmetic": ("/arithmetic?checkpoint=mnist-vae-16d&mode=concept&at=1", "decoded-image"),
    "levels": ("/levels?checkpoint=mario-vae", "long-level"),
    "anomalies": ("/anomalies", "threshold"),
    "train": ("/train?run=digits-vae", "film-plane"),
    "compare": ("/compare?runs=digits-ae,digits-vae", "curves"),
}
"""By page, as the file in `pages/` and the picture are called: its address, and the test id of what it shows."""
PRESSED = {"reconstruct": "Hide a part"}


def main(folder: Path, pages: list[str]) -> None:
    unknown = [page for page in pages if page not in PICTURES]
    if unknown:
        sys.exit(f"There is no page {', '.join(unknown)}; there are: {', '.join(PICTURES)}.")
    with tempfile.TemporaryDirectory() as runs:
        if not pages or {"train", "compare"} & set(pages):
            trainings = PRESETS[LESSON].trainings.items()
            for job in [jobs.start(config, name, root=Path(runs)) for name, config in trainings]:
                print(job.name, job.wait().status, flush=True)
        chromium = found()
        with app(os.environ | {"LATENT_RUNS": runs}) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            for name in pages or PICTURES:
                take(page, url, name, folder / f"{name}.png")
                print(folder / f"{name}.png", flush=True)
            browser.close()


def take(page: Page, url: str, name: str, file: Path) -> None:
    place, shows = PICTURES[name]
    page.goto(url + place)
    page.get_by_test_id(shows).first.wait_for()
    if name in PRESSED:
        page.get_by_role("button", name=PRESSED[name]).click()
        page.locator("[data-state=done]").wait_for()
    page.wait_for_timeout(2500)  # the map behind the pad is drawn a little later
    page.screenshot(path=file)


@contextmanager
def app(environment: dict[str, str]) -> Iterator[str]:
    """The address of the app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                break
            except URLError:
                if server.poll() is not None:
                    sys.exit("The app did not start.")
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent, sys.argv[2:])
