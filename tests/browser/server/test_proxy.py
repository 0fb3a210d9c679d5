"""The app behind a real nginx, as docs/nginx.conf says: https, below a path, two processes."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import ROOT, free_port, serving_the_app
from tests.browser.pages import MLP, assert_same_picture, button, canvas, drag, seven, shown, slider
from tests.browser.waiting import appears, expect

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
CONFIG = """
{user}
daemon off; pid {folder}/pid; error_log {folder}/error.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {documented}
}}
"""
STRIPPED = """
    location /elsewhere/ {
        proxy_pass PLAIN/;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_of;
    }
"""


@contextmanager
def nginx(folder: Path, first: str, second: str, plain: str) -> Iterator[int]:
    """nginx with the documented configuration, but for ports and certificate, on the port that is given. Below
    `/elsewhere/`, it takes that path off and asks `plain`."""
    port = free_port()
    certificate = ["-keyout", str(folder / "key"), "-out", str(folder / "cert"), "-subj", "/CN=localhost"]
    newly = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*newly, *certificate], check=True, capture_output=True)
    documented = (ROOT / "docs" / "nginx.conf").read_text()
    for here, there in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "vae.school.example;": "localhost;",
        "/etc/ssl/certs/vae.pem": f"{folder}/cert",
        "/etc/ssl/private/vae.key": f"{folder}/key",
        "127.0.0.1:8501": first.removeprefix("http://"),
        "127.0.0.1:8502": second.removeprefix("http://"),
        "    location = /vae ": f"{STRIPPED.replace('PLAIN', plain)}    location = /vae ",
    }.items():
        assert documented.count(here) == 1, here
        documented = documented.replace(here, there)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "conf").write_text(CONFIG.format(folder=folder, documented=documented, user=user))
    with (folder / "output").open("w") as output:
        process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "conf"], stderr=output)
    try:
        deadline = time.monotonic() + 20
        while not listens(port):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "output").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def origin(app_url, tmp_path_factory) -> Iterator[str]:
    folder, runs = tmp_path_factory.mktemp("nginx"), str(tmp_path_factory.mktemp("runs"))
    environment = {"STREAMLIT_SERVER_BASE_URL_PATH": "vae", "LATENT_RUNS": runs}
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        apps = [serving_the_app(folder / f"log {i}", below="/vae", **environment) for i in range(2)]
        urls = list(pool.map(stack.enter_context, apps))
        port = stack.enter_context(nginx(folder, *urls, app_url))
        yield f"https://localhost:{port}"
        assert "upstream prematurely" not in (folder / "error.log").read_text()


@contextmanager
def visitor(chromium: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser profile, and what its pages asked for and did not get."""
    context, failed = chromium.new_context(ignore_https_errors=True), []
    context.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    context.on("weberror", lambda error: failed.append(str(error.error)))
    yield context, failed
    context.close()


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    page.goto(url, wait_until="commit")
    appears(page, 'canvas[data-testid="decoded-image"][data-frames]')
    return page


def test_explore_a_link_and_other_pages_work_below_a_path(chromium, origin):
    with visitor(chromium) as (context, failed):
        page = opened(context, f"{origin}/vae")
        _, _, frames = shown(page)
        box = slider(page).bounding_box()
        drag(page, box, (0.5, 0.5), (0.8, 0.5), moves=10)
        _, z, later = shown(page)
        assert later >= frames + 10 and z[0] > 0.5
        assert_same_picture(page, MLP)
        expect(page).to_have_url(re.compile(rf"^{origin}/vae/\?.*z="))
        page.locator("summary", has_text="More").first.click()
        page.get_by_text("Send to", exact=True).click()
        page.get_by_role("link", name="Show on the map").click()
        expect(page).to_have_url(re.compile(rf"^{origin}/vae/latent_map\?"))
        appears(page, '[data-testid="latent-pad"]')
        link = opened(context, f"{origin}/vae/?checkpoint=digits-vae-2d&z=0.5,-0.25")
        assert shown(link)[1] == [0.5, -0.25]
        assert_same_picture(link, "digits-vae-2d")
        link.get_by_test_id("stSidebar").get_by_text("Projector mode").click()
        link.wait_for_function("document.cookie.includes('projector=on')")
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        assert cookies["projector"]["path"] == "/vae/" and cookies["vae_process"]["value"] in ("one", "two")
        assert not failed


def test_a_fit_and_an_upload_stay_with_their_process(chromium, origin):
    """Two browsers, one of each process: a page's files come from the process that has its session."""
    for process in ("one", "two"):
        with visitor(chromium) as (context, failed):
            context.add_cookies([{"name": "vae_process", "value": process, "url": f"{origin}/vae/"}])
            page = opened(context, f"{origin}/vae/reconstruct?checkpoint={MLP}")
            page.get_by_test_id("stMain").get_by_text("Upload", exact=True).click()
            file = {"name": "seven.png", "mimeType": "image/png", "buffer": seven()}
            page.locator('[data-testid="stMain"] input[type="file"]').set_input_files(file)
            expect(page.get_by_test_id("input-image")).to_be_visible()
            page.goto(
                f"{origin}/vae/projection?checkpoint=digits-vae-2d&map=tsne&fit=iterations:25{process == 'one':d}"
            )
            button(page, "Fit t-SNE").click()
            expect(page.locator('[data-testid="projection-pad-a"][data-map="tsne"]')).to_be_visible(timeout=60_000)
            assert not failed


def test_a_proxy_that_takes_the_path_off_works_too(chromium, origin):
    with visitor(chromium) as (context, failed):
        page = opened(context, f"{origin}/elsewhere/latent_map?checkpoint={MLP}")
        expect(page).to_have_url(re.compile(rf"^{origin}/elsewhere/latent_map\?"))
        expect(canvas(page)).to_have_attribute("data-model", MLP)
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Explore").click()
        expect(page).to_have_url(re.compile(rf"^{origin}/elsewhere/\?"))
        expect(canvas(page)).to_be_visible()
        assert not failed
