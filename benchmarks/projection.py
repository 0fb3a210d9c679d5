"""How fast a projection opens and moves: `python -m benchmarks.projection [--data-dir DIR] [--checkpoint NAME]`.

In headless Chromium with software rendering, as a JSON object a line: the time to the drawn map of a shipped model, in
a new tab and from the Explore page, beside that to an empty page of Streamlit's, and the frames a second while the map
is panned and zoomed without a break, with 10,000 and with 100,000 points (the stored examples ten times, a little
apart). In Python: encoding 10,000 MNIST images (--data-dir).
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page, sync_playwright
from safetensors.torch import load_file
from safetensors.torch import save_file as save_safetensors

from benchmarks import exit_status
from benchmarks.interaction import served
from vae_core import checkpoints
from vae_core.datasets import default_data_dir, held_out
from vae_core.files import sha256, write_json
from vae_core.metrics import encode_split

OPENINGS, ENCODINGS = 9, 7
MANY = 10
"""Times the stored examples of the large map."""
LARGE = "a-hundred-thousand"
SECONDS = 4.0

# Pans or zooms with every animation frame, and counts the frames in which the map was redrawn.
MOVE = """([kind, seconds]) => new Promise((resolve) => {
    const pad = document.querySelector('[data-testid="projection-pad-a"]');
    const { left, top, width, height } = pad.getBoundingClientRect();
    const middle = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true };
    const frames = () => Number(pad.dataset.frames);
    const [began, first, times] = [performance.now(), frames(), []];
    let step = 0, last = began;
    const move = (now) => {
        times.push(now - last);
        last = now;
        if (now - began > 1000 * seconds) {
            const elapsed = (now - began) / 1000;
            times.sort((a, b) => a - b);
            return resolve([(frames() - first) / elapsed, times[Math.floor(0.95 * times.length)]]);
        }
        step++;
        if (kind === "zoom") {
            const deltaY = step % 40 < 20 ? -40 : 40;
            pad.dispatchEvent(new WheelEvent("wheel", { ...middle, deltaY }));
        } else {
            const key = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"][Math.floor(step / 10) % 4];
            pad.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        }
        requestAnimationFrame(move);
    };
    requestAnimationFrame(move);
})"""

DRAWN = '[data-testid="projection-pad-a"][data-frames]'
EXPLORED = 'canvas[data-testid="decoded-image"][data-frames]'


def say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


BARE = """
import streamlit as st
js = "export default ({ parentElement }) => parentElement.append(document.createElement('canvas'))"
st.components.v2.component("bare", html="<div></div>", js=js, isolate_styles=False)()
"""


# When an element appears, in seconds since the document began or since `began`. Playwright's own waiting looks twice a
# second at last, and would add a quarter of a second to what is measured.
APPEARS = """([selector, began]) => new Promise((resolve) => {
    const found = () => document.querySelector(selector) && (resolve((performance.now() - began) / 1000), true);
    if (found()) return;
    const observer = new MutationObserver(() => found() && observer.disconnect());
    observer.observe(document, { subtree: true, childList: true, attributes: true });
})"""


def opening(browser: Browser, url: str, bare_url: str, name: str) -> None:
    """From navigation, or from the click on its name in the sidebar, to the drawn map, in turns, in a browser that has
    been here before (the first visit is reported separately). A bare Streamlit page with an empty canvas shows
    Streamlit's own share of a new tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    times: dict[str, list[float]] = {}
    for _ in range(1 + OPENINGS):
        for what, address, awaited in (
            ("an empty page of Streamlit's, new tab", bare_url, "canvas"),
            (f"{name}'s projection, new tab", f"{url}/projection?checkpoint={name}", DRAWN),
            (f"{name}'s Explore, new tab", f"{url}/?checkpoint={name}", EXPLORED),
        ):
            page = context.new_page()
            page.goto(address, wait_until="commit")
            times.setdefault(what, []).append(page.evaluate(APPEARS, [awaited, 0]))
            if awaited == EXPLORED:
                page.wait_for_timeout(1000)  # a user sees the page before clicking
                began = page.evaluate("() => performance.now()")
                page.get_by_role("link", name="Projection", exact=True).click(no_wait_after=True)
                times.setdefault(f"{name}'s projection, from Explore", []).append(
                    page.evaluate(APPEARS, [DRAWN, began])
                )
            page.close()
    context.close()
    for what, (first, *others) in times.items():
        say(
            what="opening",
            page=what,
            first_visit_s=round(first, 2),
            seconds_median=round(statistics.median(others), 2),
            seconds_worst=round(max(others), 2),
        )


def moving(browser: Browser, url: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{url}/projection?checkpoint={name}")
    page.locator(DRAWN).wait_for(timeout=120_000)
    page.wait_for_timeout(3000)
    n = page.evaluate("() => document.querySelector('input[aria-label=\"Number of the held-out image\"]').max")
    zoom_in(page)
    for kind in ("pan", "zoom"):
        page.get_by_role("button", name="Pan", exact=True).click()
        page.evaluate(MOVE, [kind, 1.0])  # once for the browser's compiler
        rate, slow = page.evaluate(MOVE, [kind, SECONDS])
        say(
            what=kind, checkpoint=name, points=int(n) + 1, frames_per_second=round(rate, 1), frame_ms_p95=round(slow, 1)
        )
    page.close()


def zoom_in(page: Page) -> None:
    """A little, so that there is room to pan; most points stay in sight."""
    page.get_by_role("button", name="Zoom in").click()


def encoding(name: str, data_dir: Path | None) -> None:
    checkpoint = checkpoints.load(name)
    split = held_out(checkpoint.train_config.dataset, data_dir)
    if split is None:
        say(what="encoding", skipped="the data of the checkpoint is missing: pass --data-dir")
        return
    model = checkpoint.load_model()
    times = []
    for _ in range(ENCODINGS):
        began = time.perf_counter()
        encode_split(model, split)
        times.append(time.perf_counter() - began)
    say(
        what="encoding",
        checkpoint=name,
        images=len(split),
        threads=torch.get_num_threads(),
        seconds_median=round(statistics.median(times), 3),
        seconds_worst=round(max(times[1:]), 3),
    )


def enlarge(name: str, root: Path) -> None:
    """A copy of a checkpoint with ten times the stored examples, beside which the maps hold as many points."""
    source, target = checkpoints.load(name).path, root / LARGE
    target.mkdir()
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    generator = torch.Generator().manual_seed(0)
    tensors = load_file(source / "latents.safetensors")
    for key, value in tensors.items():
        copies = value.repeat(MANY, *[1] * (value.ndim - 1))
        if key.startswith("projection.") or key == "mu":
            copies = copies + 0.05 * value.std() * torch.randn(copies.shape, generator=generator).to(copies)
        tensors[key] = copies.contiguous()
    save_safetensors(tensors, target / "latents.safetensors")
    manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    file = target / "latents.safetensors"
    manifest["files"][file.name] = {"bytes": file.stat().st_size, "sha256": sha256(file)}
    write_json(target / "manifest.json", manifest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="mnist-vae-16d")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    name = arguments.checkpoint
    encoding(name, arguments.data_dir)
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as runs:
        enlarge(name, Path(runs))
        os.environ[checkpoints.RUNS_VARIABLE] = runs
        browser = playwright.chromium.launch(
            executable_path=chromium if Path(chromium).exists() else None, args=["--no-sandbox", "--disable-gpu"]
        )
        app = ["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}"]
        bare = Path(runs) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        streamlit = ["-m", "streamlit", "run", str(bare), "--server.port", "{port}", "--server.headless", "true"]
        with served(app, "/healthz") as url:
            with served(streamlit, "/_stcore/health") as bare_url:
                opening(browser, url, bare_url, name)
            moving(browser, url, name)
            moving(browser, url, LARGE)
        browser.close()


if __name__ == "__main__":
    sys.exit(exit_status(main))
