"""Records in the app: columns under the slider, one filled in, and what is hidden of it."""

import json
import shutil

import pytest
import torch

from tests.browser.pages import MOVES, assert_accessible, button, drag, dress, slider
from tests.browser.waiting import expect
from vae_core import checkpoints
from vae_core.data import Column, Data, DataSpec, Split
from vae_core.datasets import nsl_kdd
from vae_core.likelihoods import mixed
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train

NAME = "toy-records"
COLUMNS = (
    Column("src_bytes", "bytes", center=4.0, spread=2.0, log=True),
    Column("rate", center=0.5, spread=0.25),
    Column("logged_in", values=("no", "yes")),
    Column("service", values=("dns", "http", "mail")),
)


def toy() -> Data:
    """Mail is large and slow, and its senders have logged in."""
    generator = torch.Generator().manual_seed(0)
    service = torch.arange(600) % 3
    noise = 0.1 * torch.randn(600, 2, generator=generator)
    x = torch.stack([service - 1 + noise[:, 0], 1 - service + noise[:, 1], service == 2, service], 1).float()
    y = (torch.arange(600) % 10 == 0).long()
    spec = DataSpec("toy", "records", (4,), classes=("normal", "probe"), columns=COLUMNS, normal=0)
    return Data(spec, Split(x[y == 0], y[y == 0]), Split(x, y))


@pytest.fixture(scope="module")
def model(app_runs):
    """A model of records among the app's."""
    data = toy()
    parts = {"network": mlp.Config(hidden=(16,)), "likelihood": mixed.Config()}
    config = TrainConfig(dataset=nsl_kdd.Config(), **parts, latent_dim=2, epochs=12, lr=0.02)
    records = list(train(config, data))
    history = [record.to_json() for record in records]
    checkpoints.save(app_runs / NAME, records[-1].state.model.eval(), config, data, history)
    yield checkpoints.load(str(app_runs / NAME)).load_model()
    shutil.rmtree(app_runs / NAME)


def shown(page, testid="decoded-record"):
    return json.loads(page.get_by_test_id(testid).get_attribute("data-values"))


def test_changed_columns_are_marked_as_the_finger_moves(model, visit):
    page = visit(f"/?checkpoint={NAME}&z=0,0", wait_for="decoded-record")
    record = page.get_by_test_id("decoded-record")
    frames = int(record.get_attribute("data-frames"))
    drag(page, slider(page).bounding_box(), (0.5, 0.5), (0.95, 0.5))
    found = record.evaluate("node => ({ frames: +node.dataset.frames, z: JSON.parse(node.dataset.z) })")
    assert found["frames"] - frames >= 0.95 * MOVES
    expected = model.decode(torch.tensor([found["z"]]))[0]
    torch.testing.assert_close(torch.tensor(shown(page)), expected, atol=1e-4, rtol=0)
    expect(record.locator("li[data-changed]").first).to_be_visible()
    expect(page.get_by_test_id("honesty")).to_contain_text("wrote a record like")
    for scheme in ("light", "dark"):
        dress(page, scheme)
        assert_accessible(page)


def test_a_record_is_filled_in_and_its_columns_are_hidden(model, visit):
    page = visit(f"/reconstruct?checkpoint={NAME}", wait_for="record-pad")
    page.get_by_label("src_bytes").fill("500")
    page.get_by_label("rate").fill("0.25")
    page.get_by_label("logged_in").set_checked(True)
    page.get_by_label("service").select_option("mail")
    x = torch.tensor([[(torch.tensor(501.0).log() - 4) / 2, -1, 1, 2]])
    torch.testing.assert_close(torch.tensor(shown(page)), model.reconstruct(x)[0], atol=2e-3, rtol=0)
    expect(page.get_by_test_id("verdict")).to_contain_text("fits what the model learned as normal")
    page.get_by_label("src_bytes").fill("1e300")
    expect(page.get_by_test_id("record-status")).to_contain_text("too far from all that src_bytes was")
    page.get_by_label("service").select_option("dns")
    expect(page.get_by_test_id("misfit")).to_contain_text("Fits least: ")
    expect(page.get_by_test_id("misfit")).to_contain_text("service = dns")
    button(page, "Undo").click()
    button(page, "Hide a part").click()
    cards = page.locator('.rc-completions[data-state="done"] .rc-card')
    expect(cards.first).to_contain_text("logged_in = yes, service = mail")
    assert_accessible(page)
