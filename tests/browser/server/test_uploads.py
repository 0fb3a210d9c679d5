"""What users bring, through the page's own uploaders: what fits comes in, what does not is told, what is left freed."""

import re
import time
from pathlib import Path

import httpx
import pytest
import torch

from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.checkpoints import archive
from vae_core.model import Model
from vae_core.networks import mlp
from vae_core.training import TrainConfig

MB = 1024 * 1024


@pytest.fixture(scope="module")
def large(digits, tmp_path_factory) -> Path:
    """A model's zip of 36 MB, as the app offers it for download."""
    torch.manual_seed(0)
    config = TrainConfig(network=mlp.Config(hidden=(2250, 2250)), latent_dim=2, epochs=1)
    folder = tmp_path_factory.mktemp("large") / "large"
    checkpoints.save(folder, Model(config.model, digits.spec).eval(), config, digits, [])
    file = folder.with_suffix(".zip")  # as bytes it would go through Playwright's driver, which takes a minute
    file.write_bytes(archive.pack(checkpoints.load(folder)))
    return file


def held(app_url: str) -> int:
    """Bytes of uploads in the server's memory, as Streamlit counts them."""
    text = httpx.get(f"{app_url}/_stcore/metrics", params={"families": "cache_memory_bytes"}).text
    found = re.search(r'cache_type="UploadedFileManager"[^}]*\} (\d+)', text)
    return int(found[1]) if found else 0


def test_the_apps_own_large_model_comes_back_and_what_is_too_large_is_told(visit, app_url, large, tmp_path):
    size = large.stat().st_size
    assert 35 * MB < size < 40 * MB
    page = visit("/train", wait_for="stHeading")
    page.get_by_role("button", name="Bring a model").click()
    chooser = page.get_by_test_id("stPopoverBody").locator('input[type="file"]')
    huge = tmp_path / "huge.zip"
    huge.write_bytes(b"0" * (64 * MB + 1))
    chooser.set_input_files(huge)
    expect(page.get_by_text("File must be 64.0MB or smaller.")).to_be_visible()
    chooser.set_input_files(large)
    expect(page.get_by_text("large is here now: choose it on Explore.")).to_be_visible(timeout=60_000)
    assert held(app_url) >= size
    page.keyboard.press("Escape")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Explore").click()
    expect(page.get_by_test_id("decoded-image")).to_be_visible()
    deadline = time.monotonic() + 20  # Streamlit counts anew every five seconds
    while held(app_url) >= size and time.monotonic() < deadline:
        time.sleep(0.5)
    assert held(app_url) < MB


def test_a_tab_that_holds_too_much_is_told_and_has_room_again_when_files_are_taken_out(visit, tmp_path):
    page = visit("/reconstruct?checkpoint=mnist-vae-2d")
    page.get_by_test_id("stMain").get_by_text("Upload", exact=True).click()
    chooser = page.locator('[data-testid="stMain"] input[type="file"]')
    files = [tmp_path / f"{name}.png" for name in (*range(7), "again")]
    for file in files:
        file.write_bytes(b"no" * (5 * MB - MB // 2))
    for file in files[:6]:
        chooser.set_input_files(file)
        expect(page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible()  # it has been sent
    chooser.set_input_files(files[6])
    told = page.get_by_text("This tab holds 57 MB of files, and 60 MB is what one may")
    expect(told).to_be_visible()
    page.get_by_role("button", name="Remove 0.png").click()
    page.get_by_role("button", name="Remove 6.png").click()
    expect(told).to_have_count(0)
    chooser.set_input_files(files[7])
    expect(page.get_by_role("button", name="Remove again.png")).to_be_visible()
    expect(told).to_have_count(0)
