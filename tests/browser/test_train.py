"""The Train and Compare pages in a real Chromium, with real training processes in runs/ of a folder of their own."""

import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image

from components.shared.trainings.presets import FIRST, TEN
from tests.browser.pages import assert_accessible, dress
from tests.browser.trainings import (
    cells,
    epoch_shown,
    open_train,
    pixels,
    pixels_of,
    settle,
    shown_epoch,
    start,
    type_epochs,
    wait_for_epoch,
    wait_for_live_updates,
)
from tests.browser.waiting import expect
from vae_core import jobs
from vae_core.objectives import OBJECTIVES


@pytest.fixture
def runs(app_runs):
    """The app's folder of trainings; what a test leaves in it is deleted."""
    yield app_runs
    for job in sorted(jobs.find(app_runs), key=lambda job: job.refresh().status != "queued"):
        job.delete()  # those that wait first: else the next of them starts each time


@pytest.mark.timeout(240)  # job processes have a low priority: on a busy machine they wait
def test_a_class_watches_steers_and_explores_the_default_training(open_page, runs):
    page = open_train(open_page)
    start(page, lesson="Posterior collapse", epochs=4000)
    newest = wait_for_live_updates(page, 2)
    expect(page.locator(".stMain")).to_contain_text(re.compile(r"−ELBO \d+\.\d = NLL \d+\.\d \+ KL \d+\.\d nats/image"))

    curves = page.locator('[data-figure="losses"].js-plotly-plot')
    expect(curves.locator(".scatterlayer").first).to_be_attached()
    curves.evaluate("node => { window.drawn = { node, points: node.data[0].x.length }; }")

    (job,) = jobs.find(runs)
    other = open_train(open_page, f"/train?run={job.name}")  # another session sees the same training
    wait_for_epoch(other, newest)

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(other.get_by_role("button", name="Resume")).to_be_visible()
    other.close()  # it would draw all that follows, too
    assert job.refresh().status == "paused"
    held = len(job.history())
    page.wait_for_timeout(1500)
    assert len(job.history()) == held

    page.locator(".stMain").get_by_role("spinbutton", name="β", exact=True).fill("1")
    page.locator(".stMain").get_by_role("spinbutton", name="β", exact=True).press("Enter")
    expect(page.get_by_text("From the next batch on: β 1.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    wait_for_epoch(page, held + 2)
    changes = [change for record in job.history() for change in record.get("changes", [])]
    assert [change["beta"] for change in changes] == [1.0]
    page.wait_for_function("drawn.node.isConnected && drawn.node.data[0].x.length > drawn.points")  # they grow in place

    top = page.locator(".lf").bounding_box()["y"]
    page.locator(".stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Explore it")).to_be_visible(timeout=90_000)
    settle(page)
    # The pictures stay where they are. A rerun follows the poll that sees the end, and what it replaces may be there
    # until it has ended.
    page.wait_for_function(
        "top => Math.abs(document.querySelector('.lf').getBoundingClientRect().y - top) <= 2", arg=top
    )
    assert job.refresh().status == "stopped"
    expect(page.get_by_text(f"Changed while it ran: β 1 in epoch {held + 1}.")).to_be_visible()

    scrubber = page.get_by_test_id("film-scrubber")
    scrubber.focus()
    page.keyboard.press("Home")
    first = (epoch_shown(page), pixels(page, "samples"))
    page.keyboard.press("ArrowRight")
    assert epoch_shown(page) > first[0] and pixels(page, "samples") != first[1]
    box = scrubber.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    epochs = set()
    for part in (0.4, 0.6, 0.8):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        epochs.add(epoch_shown(page))
    page.mouse.up()
    assert len(epochs) == 3  # it follows the finger

    page.get_by_text("Explore it").click()
    expect(page.locator('canvas[data-testid="decoded-image"][data-frames]')).to_be_visible()
    expect(page).to_have_url(re.compile(f"checkpoint={job.name}"))


def test_a_finished_training_is_examined_downloaded_brought_back_and_published(open_page, runs):
    page = open_train(open_page)
    start(page, lesson="Posterior collapse", epochs=30)
    page.get_by_role("button", name="More settings").click()  # not before: its fields have their values all the same
    expect(page.get_by_role("combobox", name=re.compile("Network"))).to_have_value("Fully connected")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Explore it")).to_be_visible(timeout=60_000)
    (job,) = jobs.find(runs)
    assert OBJECTIVES.of(job.config.objective).name == "beta_vae" and job.config.network == TEN.network
    page.get_by_role("radio", name="Is it healthy?").click()
    expect(page.get_by_text(re.compile("Posterior collapse: the decoder ignores z"))).to_be_visible()
    expect(page.get_by_role("button", name="Train again: Warm-up")).to_be_visible()
    page.get_by_role("radio", name="The same β in other programs").click()
    expect(page.get_by_text(re.compile("With β = 100, 64 values, 10 dimensions"))).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download (zip)").click()
    content = download.value.path().read_bytes()
    names = {name.split("/")[-1] for name in zipfile.ZipFile(io.BytesIO(content)).namelist()}
    assert {"config.json", "model.safetensors", "README.md", "manifest.json"} <= names
    page.get_by_role("button", name="Bring a model").click()
    page.locator('input[type="file"]').last.set_input_files(
        {"name": "virus.zip", "mimeType": "application/zip", "buffer": b"<html>not a zip</html>"}
    )
    expect(page.get_by_text("That file is not a zip that can be read")).to_be_visible()
    assert not list(runs.glob("virus*"))
    page.locator('input[type="file"]').last.set_input_files(
        {"name": "../from a friend.zip", "mimeType": "application/zip", "buffer": content}
    )
    expect(page.get_by_text("from-a-friend is here now")).to_be_visible()
    assert (runs / "from-a-friend" / "model.safetensors").is_file()

    with page.expect_download() as download:
        page.locator("summary", has_text="Export").click()
        page.get_by_text("Film (GIF)").click()
    assert Image.open(io.BytesIO(download.value.path().read_bytes())).n_frames == 30

    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page, ".stMain")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name=f"Delete {job.name} for everybody").click()
    expect(page.get_by_text("Ten digits find their places on a plane.")).to_be_visible()
    settle(page)
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page, ".stMain")
        assert_accessible(page, '[data-testid="stSidebarUserContent"]')
    expect(page.get_by_text("Explore it")).to_have_count(0)
    assert not job.path.exists()

    page.goto(page.url.partition("/train")[0] + "/?checkpoint=from-a-friend")
    expect(page.get_by_test_id("latent-slider")).to_have_count(10)  # not one carries anything: all are shown


def test_a_lesson_starts_several_trainings(open_page, runs):
    page = open_train(open_page)
    start(page, lesson="AE against VAE")
    for _ in range(100):
        if len(jobs.find(runs)) == 2:
            break
        page.wait_for_timeout(100)
    found = {job.name: job.config for job in jobs.find(runs)}
    assert set(found) == {"digits-ae", "digits-vae"}
    assert replace(found["digits-ae"], objective=found["digits-vae"].objective) == found["digits-vae"]


def test_ten_starts_at_once_leave_the_app_at_hand(open_page, runs):
    """That all ten end is a test of the queue (tests/jobs); here the first two suffice, the others are deleted."""
    config = replace(FIRST, epochs=2)
    with ThreadPoolExecutor(10) as pool:
        started = list(pool.map(lambda n: jobs.start(config, f"job-{n}", root=runs), range(10)))
    standing = [job.refresh() for job in started]
    assert sum(job.status == "queued" for job in standing) >= 7  # eight, unless one has ended already
    watched = next(job.name for job in standing if job.status != "queued")
    latest_first = sorted(jobs.find(runs), key=lambda job: job.position or 0, reverse=True)
    for path, shown in {"/": "decoded-image", "/latent_map": "decoded-image"}.items():
        open_page(path, wait_for=shown)
        # The last to begin is read first: else one that begins meanwhile is counted beside the one that has ended.
        assert sum(job.refresh().status == "running" for job in latest_first) <= 2
    page = open_page(f"/train?run={watched}", wait_for="stHeading")
    expect(page.get_by_text("Explore it")).to_be_visible(timeout=90_000)


@pytest.mark.timeout(240)
def test_compare_starts_a_lesson_and_is_live_until_its_end(open_page, runs):
    page = open_page("/compare", wait_for="stHeading")
    expect(page.locator(".st-key-start-ae-vae button")).to_be_visible()
    settle(page)
    assert_accessible(page, ".stMain")
    page.locator(".st-key-start-ae-vae button").click()
    reels = page.locator(".lf-reel")
    expect(reels).to_have_count(2)
    names = ("digits-ae", "digits-vae")
    assert all(cells(page)[name]["State"] for name in names)
    for name in names:  # untouched, pictures and numbers change
        page.wait_for_function(
            "name => Number(document.querySelector(`[data-run=${name}]`).dataset.epoch) >= 2", arg=name
        )
    early = {name: (cells(page)[name], shown_epoch(page, name)) for name in names}
    wait_for_epoch(page, max(epoch for _, epoch in early.values()) + 10)
    expect(page.locator("table").first).not_to_contain_text(early["digits-vae"][0]["State"])
    assert cells(page)["digits-vae"] != early["digits-vae"][0]
    for job in jobs.find(runs):
        job.stop()
        job.wait(60)
    expect(page.locator("table").first).not_to_contain_text("running")

    found = cells(page)
    assert [found["digits-ae"][title] for title in ("−ELBO, nats/image", "KL, nats/image")] == ["–", "–"]
    assert float(found["digits-ae"]["NLL, nats/image"]) and float(found["digits-vae"]["−ELBO, nats/image"])
    expect(page.get_by_text("digits-ae is an autoencoder")).to_be_visible()
    traces = page.locator(".js-plotly-plot").first.evaluate("plot => plot.data.map(trace => [trace.name, trace.xaxis])")
    assert len([axis for name, axis in traces if name == "digits-ae"]) == 2  # NLL: held out and training
    assert len([axis for name, axis in traces if name == "digits-vae"]) == 6
    told = page.locator("table").first.inner_text().replace("nats/image", "")
    assert "Objective" in told and "/" not in told and "_" not in told  # no path of the server, no raw name

    page.get_by_test_id("film-scrubber").focus()  # one scrubber for both
    page.keyboard.press("Home")
    assert [shown_epoch(page, name) for name in names] == [1, 1]
    page.keyboard.press("ArrowRight")
    assert [shown_epoch(page, name) for name in names] == [2, 2]
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page, ".stMain")


def test_equal_trainings_are_told_apart_and_shipped_models_stand_beside_them(open_page, runs):
    config = replace(FIRST, epochs=3)
    started = [jobs.start(config, f"same-{n}", root=runs) for n in (1, 2)]
    assert {job.wait(90).status for job in started} == {"done"}
    page = open_page("/compare?runs=same-1,same-2,mnist-ae-2d,same-9", wait_for="stHeading")
    expect(page.get_by_text("There is no training or model called “same-9” here.")).to_be_visible()
    expect(page.get_by_text("same-1 and same-2 have the same settings")).to_be_visible()
    expect(page.get_by_text(re.compile(r"same-1 \(\d\d:\d\d\)"))).to_be_visible()
    expect(page.locator('[data-run="mnist-ae-2d"][data-epoch]')).to_be_visible()  # its pictures have come
    assert pixels_of(page, "mnist-ae-2d") != pixels_of(page, "same-1")
    assert cells(page)["mnist-ae-2d"]["State"] == "shipped, 40 epochs"


def test_own_pictures_are_previewed_and_trained_on(open_page, runs):
    page = open_train(open_page)
    field = page.get_by_role("combobox", name=re.compile("Dataset"))
    field.scroll_into_view_if_needed()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    field.click()  # a list closes when the sidebar around it is still scrolling
    page.get_by_role("option", name="Own pictures").click()
    expect(page.get_by_text("Drop a zip or some images into the field below")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    files = []
    for shade in range(24):
        buffer = io.BytesIO()
        Image.new("L", (40, 40), 10 * shade).save(buffer, "png")
        files.append({"name": f"{shade}.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip:
        for file in files:
            zip.writestr(f"shades/{file['name']}", file["buffer"])
    page.locator('input[type="file"]').first.set_input_files(
        {"name": "Grüne Blätter.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    )
    expect(page.get_by_text("What the model will see: 24 images.")).to_be_visible()
    type_epochs(page, 3)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Explore it")).to_be_visible(timeout=60_000)
    (job,) = jobs.find(runs)
    assert job.config.to_json()["dataset"]["name"] == "folder" and len(job.history()) == 3
    assert job.name == "Grune-Blatter"
