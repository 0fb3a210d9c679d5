"""How long a first visitor waits on a slow line: `python -m benchmarks.slow_line [--kilobytes 50] [--path /]`.

Opens a page in a fresh headless Chromium whose connection is held to so many kilobytes a second, and prints, as a JSON
object a line, when the picture is there, when all has come, and what was downloaded.
"""

import argparse
import json
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks import exit_status
from benchmarks.interaction import served
from tests.install_chromium import found

PICTURE = '[data-testid^="decoded-"]'
LARGEST = 16


def measure(browser: Browser, url: str, kilobytes: float) -> dict[str, object]:
    """Open the address once, with nothing in the browser's cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    rate = kilobytes * 1000
    conditions = {"offline": False, "latency": 40, "downloadThroughput": rate, "uploadThroughput": rate}
    client.send("Network.emulateNetworkConditions", conditions)
    named: dict[str, str] = {}
    received: Counter[str] = Counter()
    last = [0.0]

    def asked(event: dict) -> None:
        named[event["requestId"]] = event["request"]["url"]

    def arriving(event: dict) -> None:
        last[0] = time.monotonic()

    def loaded(event: dict) -> None:
        received[named.get(event["requestId"], "?")] += int(event["encodedDataLength"])
        last[0] = time.monotonic()

    client.on("Network.requestWillBeSent", asked)
    client.on("Network.dataReceived", arriving)
    client.on("Network.loadingFinished", loaded)
    began = time.monotonic()
    page.goto(url, wait_until="commit", timeout=600_000)
    page.wait_for_selector(f"{PICTURE}[data-frames]", timeout=600_000)
    picture = time.monotonic() - began
    while time.monotonic() - last[0] < 4:
        page.wait_for_timeout(200)
    largest = {urlsplit(name).path[-48:]: size for name, size in received.most_common(LARGEST)}
    context.close()
    return {
        "picture_s": round(picture, 1),
        "everything_s": round(last[0] - began, 1),
        "kilobytes": round(received.total() / 1000),
        "files": len(received),
        "largest": largest,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kilobytes", type=float, default=50, help="a second")
    parser.add_argument("--path", default="/", help="of the page")
    parser.add_argument("--url", help="of a server that runs; otherwise one is started")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=["--no-sandbox", "--disable-gpu"])
        if options.url:
            print(json.dumps(measure(browser, options.url + options.path, options.kilobytes)), flush=True)
        else:
            command = ["-m", "uvicorn", "app:app", "--port", "{port}", "--no-access-log"]
            with served(command, "/healthz") as url:
                print(json.dumps(measure(browser, url + options.path, options.kilobytes)), flush=True)
        browser.close()


if __name__ == "__main__":
    sys.exit(exit_status(main))
