"""Makes the README's pictures from the running app: `python -m docs.screenshots [URL]`."""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = {
    "explore.png": ("/?checkpoint=mnist-vae-2d&z=-0.9,-0.35", "decoded-image"),
    "latent_map.png": ("/latent_map?checkpoint=mnist-vae-2d&layers=grid,points", "decoded-image"),
    "projection.png": ("/projection?checkpoint=mnist-vae-16d", "projection-pad-a"),
    "reconstruct.png": ("/reconstruct?checkpoint=mnist-vae-16d&example=10", "decoded-image"),
    "digits.png": ("/digits?checkpoint=mnist-cvae", "decoded-image"),
    "arithmetic.png": ("/arithmetic?checkpoint=mnist-vae-16d&mode=concept&at=1", "decoded-image"),
    "levels.png": ("/levels?checkpoint=mario-vae", "long-level"),
    "train.png": ("/train", "film-plane"),  # shows the latest training; start one first
}


PRESSED = {"reconstruct.png": "Hide a part"}


def main(url: str) -> None:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path if Path(path).exists() else None, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for name, (place, shows) in PICTURES.items():
            page.goto(url + place)
            page.get_by_test_id(shows).first.wait_for()
            if name in PRESSED:
                page.get_by_role("button", name=PRESSED[name]).click()
                page.locator("[data-state=done]").wait_for()
            page.wait_for_timeout(2000)  # the map behind the pad is drawn a little later
            page.screenshot(path=Path(__file__).parent / name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8501")
