"""A class on one server: two students and a teacher, in browsers of their own."""

import hashlib
import re

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import serving_the_app
from tests.browser.pages import assert_accessible, dress
from tests.browser.waiting import expect
from vae_core import jobs

KEEP_SOCKETS = """
  const Original = WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Original { constructor(...given) { super(...given); window.sockets.push(this); } };
"""


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    yield folder
    for job in sorted(jobs.find(folder), key=lambda job: job.status != "queued"):
        job.delete()


def visit(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(url)
    expect(page.get_by_role("button", name="Start training")).to_be_visible(timeout=60_000)
    return page


def control(page: Page, name: str):
    return page.locator(".stMain").get_by_role("button", name=name, exact=True)


@pytest.mark.timeout(240)
def test_two_students_and_their_teacher(chromium, tmp_path, runs):
    environment = {"LATENT_RUNS": str(runs), "LATENT_TEACHER_PASSWORD": "sésame"}
    with serving_the_app(tmp_path / "log", **environment) as url:
        contexts = [chromium.new_context() for _ in range(2)]
        try:
            _a_lesson(url, runs, *contexts)
        finally:
            for context in contexts:
                context.close()


def _a_lesson(url: str, runs, ann_s: BrowserContext, ben_s: BrowserContext) -> None:
    ann = visit(ann_s, f"{url}/train")
    sent: list[bytes] = []
    ann.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    ann.reload()
    expect(ann.get_by_role("button", name="Start training")).to_be_visible(timeout=60_000)
    field = ann.get_by_role("spinbutton", name="Epochs", exact=True)
    field.fill("90000")
    field.press("Enter")
    ann.wait_for_timeout(500)
    ann.get_by_role("button", name="Start training").click()
    expect(control(ann, "Pause")).to_be_visible(timeout=60_000)
    (job,) = jobs.find(runs)
    cookies = {each["name"]: each for each in ann_s.cookies()}
    secret = cookies["latent_owner"]["value"]
    assert job.owner == hashlib.sha256(secret.encode()).hexdigest() and cookies["latent_owner"]["httpOnly"]
    assert all(secret.encode() not in path.read_bytes() for path in runs.rglob("*") if path.is_file())

    control(ann, "Pause").click()
    expect(control(ann, "Resume")).to_be_visible()
    assert job.refresh().status == "paused"
    del sent[:]
    control(ann, "Resume").click()
    expect(control(ann, "Pause")).to_be_visible()
    pressed = [each for each in sent if isinstance(each, bytes) and f"resume {job.name}".encode() in each]
    assert pressed
    job.pause()  # or it would compute through all that Ben does
    expect(control(ann, "Resume")).to_be_visible()

    ben_s.add_init_script(KEEP_SOCKETS)
    ben = visit(ben_s, f"{url}/train?run={job.name}")
    expect(ben.get_by_text("Started by someone else in the class.")).to_be_visible()
    expect(ben.get_by_test_id("film-samples")).to_be_visible()  # to watch is everyone's
    assert [control(ben, name).count() for name in ("Pause", "Stop", "Resume", "Delete", "Publish")] == [0] * 5
    assert ben.locator(".stMain").get_by_role("spinbutton").count() == 0
    for each in pressed:  # what Ann's browser sent when she pressed the button that Ben does not have
        ben.evaluate("bytes => window.sockets.at(-1).send(new Uint8Array(bytes))", list(each))
    ben.wait_for_timeout(1500)
    assert job.refresh().status == "paused"

    ben.get_by_role("button", name="Start training").click()
    expect(control(ben, "Stop")).to_be_visible(timeout=60_000)
    assert len({each.owner for each in jobs.find(runs)}) == 2

    ben.get_by_role("button", name="Teacher").click()
    password = ben.get_by_label("The teacher's password")
    password.fill("open")
    password.press("Enter")
    expect(ben.get_by_text("That is not the teacher's password.")).to_be_visible()
    password.fill("sésame")
    password.press("Enter")
    ben.get_by_role("button", name="Class").click(timeout=60_000)
    dialog = ben.get_by_role("dialog")
    expect(dialog.get_by_text(f"Student {job.owner[:4].upper()}")).to_be_visible()
    for scheme in ("light", "dark"):
        dress(ben, scheme)
        assert_accessible(ben, '[role="dialog"]')
    job.resume()
    dialog.get_by_role("button", name="Stop all").click()
    ben.get_by_role("button", name=re.compile("^Stop (all .* trainings|the only training)$")).click()
    for each in jobs.find(runs):
        assert each.wait(60).status in ("stopped", "done")
    expect(control(ann, "Resume")).to_be_visible(timeout=60_000)  # it is still hers

    ben.goto(f"{url}/train?run={job.name}")
    expect(control(ben, "Resume")).to_be_visible(timeout=60_000)
    ben.get_by_role("button", name="Teacher").click()
    ben.get_by_role("button", name="Log out").click()
    expect(ben.get_by_text("Started by someone else in the class.")).to_be_visible(timeout=60_000)
    assert control(ben, "Resume").count() == 0
