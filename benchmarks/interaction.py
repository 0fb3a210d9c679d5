"""How fast the picture follows the finger: `python -m benchmarks.interaction [--checkpoint NAME …]`.

Drags a slider and the pad of the Explore page in headless Chromium, draws a stroke on the Reconstruct page, drags the
threshold of the Anomalies page, whose frames are its counts, and the slider over β on Compare, and prints, as a JSON
object a line, the frames drawn per pointer event and the time from event to drawn frame, measured in the page. What is
read (a sentence) is compared with what PyTorch writes at the same points, and the page's engine is timed alone:
sentences a second. Beside it, on the same machine, the native path: `st.slider` with `st.image`, where Python decodes.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import exit_status
from vae_core import checkpoints

ROOT = Path(__file__).resolve().parent.parent
MOVES = 240

# A pointer event's timeStamp is when the browser got it from the system, before it waited for its turn in a frame; the
# canvas has its new pixels when its frame count changes.
RECORD = """() => {
    // Counts, or rows of pictures; else a picture, a level, a sentence.
    const found = document.querySelector('[data-testid="found"], [data-testid="beta-pictures"]');
    const shown = found ?? document.querySelector('[data-testid^="decoded-"]');
    const isRead = !found && !(shown instanceof HTMLCanvasElement);
    window.delays = [];
    window.read = [];
    window.events = 0;
    let last = 0;
    for (const kind of ["pointerrawupdate", "pointermove"]) {
        document.addEventListener(kind, (event) => {
            if (!event.buttons) return;
            if (kind === "pointermove") window.events++;
            last = event.timeStamp;
        }, true);
    }
    new MutationObserver(() => {
        window.delays.push(performance.now() - last);
        window.ended = performance.now();
        window.began ??= window.ended;
        if (isRead) window.read.push({ z: shown.dataset.z, y: shown.dataset.y ?? "null", text: shown.textContent });
    })
        .observe(shown, { attributes: true, attributeFilter: ["data-frames", "data-updates"] });
}"""

NATIVE = """
import streamlit as st, torch
from vae_core import checkpoints
load = st.cache_resource(lambda: checkpoints.load("{name}").load_model(), show_spinner=False)
z = [st.slider(f"z{{i}}", -3.0, 3.0, 0.0, 0.01) for i in range(2)]
z += [0.0] * ({dim} - 2)
y = torch.tensor([0]) if {conditional} else None
image = load().decode(torch.tensor([z]), y)[0].permute(1, 2, 0).numpy()
st.image(image, width=400, clamp=True)
"""


@contextmanager
def served(command: list[str], health: str, **variables: str) -> Iterator[str]:
    """A server on a free port for as long as the block runs; `{port}` in the command is its port, `variables` are added
    to its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    arguments = [part.format(port=port) for part in command]
    server = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, **quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + health, timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise TimeoutError(f"{command} does not answer at {url}{health}.")
        yield url
    finally:
        server.terminate()
        server.wait()


def drag(page: Page, box: dict[str, float], rows: tuple[float, float]) -> None:
    left, right = box["x"] + 0.1 * box["width"], box["x"] + 0.9 * box["width"]
    page.mouse.move(left, box["y"] + rows[0] * box["height"])
    page.mouse.down()
    page.mouse.move(right, box["y"] + rows[1] * box["height"], steps=MOVES)
    page.mouse.up()


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def measure(page: Page, selector: str, rows: tuple[float, float]) -> dict[str, Any]:
    page.locator(selector).first.scroll_into_view_if_needed()
    drag(page, page.locator(selector).first.bounding_box(), rows)  # once for the browser's compiler
    page.evaluate("() => { Object.assign(window, { delays: [], read: [], events: 0, began: undefined }); }")
    drag(page, page.locator(selector).first.bounding_box(), rows)
    delays, events, took = page.evaluate("() => [window.delays, window.events, window.ended - window.began]")
    return {
        "pointer_events": events,
        "frames_per_event": round(len(delays) / events, 3),
        "frames_per_second": round(1000 * (len(delays) - 1) / took, 1),
        "event_to_frame_ms_median": round(statistics.median(delays), 2),
        "event_to_frame_ms_p95": round(percentile(delays, 0.95), 2),
    }


ALONE = """async ({ url, seconds }) => {
    const { Engine } = await import("/assets/js/benchmark/shared/engine/engine.js");
    const engine = await Engine.load(url);
    const z = new Float32Array(engine.latentDim);
    const y = engine.classes ? Float32Array.from({ length: engine.classes }, (_, k) => Number(k === 0)) : null;
    let n = 0;
    const begin = performance.now();
    for (; performance.now() - begin < 1000 * seconds; n++) {
        for (let d = 0; d < z.length; d++) z[d] = 2 * Math.sin(0.03 * n + d);
        engine.decode(z, y);
    }
    return 1000 * n / (performance.now() - begin);
}"""


def compared(page: Page, checkpoint: checkpoints.Checkpoint) -> dict[str, Any]:
    """What was read during the last drag beside what PyTorch writes at the same points."""
    read = page.evaluate("() => window.read")
    if not read:
        return {}
    model = checkpoint.load_model()
    z, y = ([json.loads(each[name]) for each in read] for name in "zy")
    with torch.inference_mode():
        written = model.decode(torch.tensor(z), torch.tensor(y).float() if y[0] else None)
    same = [a["text"] == b for a, b in zip(read, model.kind.lines(written, model.spec), strict=True)]
    return {"as_pytorch": round(sum(same) / len(same), 4), "different": len({each["text"] for each in read})}


PAGES = {
    "/": (
        ("slider", 'input[data-testid="latent-slider"]', (0.5, 0.5)),
        ("pad", '[data-testid="latent-pad"]', (0.1, 0.9)),
    ),
    "/anomalies": (("threshold", '[data-testid="threshold"]', (0.5, 0.5)),),
    "/reconstruct": (("drawing", '[data-testid="draw-pad"], [data-testid="tile-pad"]', (0.2, 0.9)),),
}
"""What is dragged on each page: its name, its selector, and the heights where the drag starts and ends."""


def live(browser: Browser, url: str, name: str) -> None:
    checkpoint = checkpoints.load(name)
    for path, controls in PAGES.items():
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}{path}?checkpoint={name}")
        page.locator('[data-testid^="decoded-"][data-frames], [data-updates]').first.wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        page.evaluate(RECORD)
        for control, selector, rows in controls:
            if page.locator(selector).count():
                result = measure(page, selector, rows) | compared(page, checkpoint)
                print(json.dumps({"path": "in the page", "checkpoint": name, "control": control, **result}), flush=True)
        if path == "/" and checkpoint.spec.kind == "text":
            address = f"/assets/models/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"
            found = page.evaluate(ALONE, {"url": address, "seconds": 2})
            print(json.dumps({"path": "the engine alone", "checkpoint": name, "sentences_per_second": round(found)}))
        page.close()


def betas(browser: Browser, url: str) -> None:
    """The slider over the shipped series on Compare."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{url}/compare")
    page.locator('[data-testid="beta-pictures"][data-frames]').wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    page.evaluate(RECORD)
    result = measure(page, '[data-testid="beta-slider"]', (0.5, 0.5))
    print(json.dumps({"path": "in the page", "control": "beta", **result}), flush=True)
    page.close()


def native(browser: Browser, url: str, name: str) -> None:
    """Frames during a drag, and the time from an arrow key to the new picture."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    image = page.locator('[data-testid="stImage"] img')
    image.wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    page.evaluate("""() => {
        window.frames = 0;
        new MutationObserver((changes) => { window.frames += changes.length; window.shown = performance.now(); })
            .observe(document.body, { subtree: true, attributes: true, attributeFilter: ["src"] });
    }""")
    thumb = page.get_by_role("slider").first
    track = page.locator('[data-testid="stSlider"]').first.bounding_box()
    at = thumb.bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + 0.9 * track["width"], at["y"] + at["height"] / 2, steps=MOVES)
    during = page.evaluate("() => window.frames")
    page.mouse.up()
    page.wait_for_timeout(1500)
    delays = []
    thumb.focus()
    for _ in range(15):
        before, frames = page.evaluate("() => [performance.now(), window.frames]")
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("frames => window.frames > frames", arg=frames, timeout=10_000)
        delays.append(page.evaluate("() => window.shown") - before)
        page.wait_for_timeout(100)
    result = {
        "pointer_events": MOVES,
        "frames_before_release": during,
        "key_to_frame_ms_median": round(statistics.median(delays), 1),
    }
    print(json.dumps({"path": "st.slider", "checkpoint": name, **result}), flush=True)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", nargs="+", default=[found.name for found in checkpoints.find()])
    names = parser.parse_args().checkpoint
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=chromium if Path(chromium).exists() else None, args=["--no-sandbox", "--disable-gpu"]
        )
        with served(["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}"], "/healthz") as url:
            for name in names:
                live(browser, url, name)
            betas(browser, url)
        pictures = [name for name in names if checkpoints.load(name).spec.kind == "image"]
        if not pictures:
            return
        config = checkpoints.load(pictures[0]).train_config
        script = Path(folder) / "native.py"
        script.write_text(NATIVE.format(name=pictures[0], dim=config.latent_dim, conditional=config.conditional))
        command = ["-m", "streamlit", "run", str(script), "--server.port", "{port}", "--server.headless", "true"]
        with served([*command, "--server.address", "127.0.0.1"], "/_stcore/health") as url:
            native(browser, url, pictures[0])
        browser.close()


if __name__ == "__main__":
    sys.exit(exit_status(main))
