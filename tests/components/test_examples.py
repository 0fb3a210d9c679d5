"""The originals of stored examples and the maps of them, as the page gets them."""

import pytest
import torch
from safetensors.torch import load

from components.projection import maps as projection_maps
from components.shared.app.assets import facts_url, routes
from components.shared.bring import examples
from tests.routes import ask
from vae_core import checkpoints, datasets
from vae_core.datasets._sources import idx
from vae_core.latent.typicality import Typicality
from vae_core.projections import PROJECTIONS

NAME = "digits-vae-2d"


def get(url: str):
    return ask([*examples.routes, *projection_maps.routes, *routes], "GET", url)


@pytest.fixture(scope="module")
def checkpoint():
    return checkpoints.load(NAME)


def test_originals_come_in_the_order_asked_for(checkpoint, digits):
    answer = get(f"{examples.originals_url(checkpoint)}?index=17,3,17")
    pixels = torch.frombuffer(bytearray(answer.content), dtype=torch.uint8).view(3, 8, 8, 4)
    for channel in range(3):
        assert torch.equal(pixels[..., channel], digits.test.x[[17, 3, 17], 0])
    assert (pixels[..., 3] == 255).all() and "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("index", ["359", "-1", "x", "", ",".join(["1"] * 1001)])
def test_what_is_no_example_is_refused_in_words(checkpoint, index):
    answer = get(f"{examples.originals_url(checkpoint)}?index={index}")
    assert answer.status_code == 404 and "numbers from 0 to 358" in answer.text


def test_data_that_is_not_at_hand_is_never_downloaded(monkeypatch, tmp_path):
    monkeypatch.setattr(idx, "cache_folder", lambda source: tmp_path)
    monkeypatch.setattr(idx, "_download", lambda *args: pytest.fail("it was downloaded"))
    mnist = datasets.DATASETS["mnist"].config()
    assert datasets.held_out(mnist, None) is None and datasets.held_out(mnist, tmp_path) is None


def test_without_the_data_the_first_originals_are_those_that_went_along(monkeypatch, tmp_path):
    monkeypatch.setattr(idx, "cache_folder", lambda source: tmp_path)
    monkeypatch.setenv("LATENT_DATA_DIR", str(tmp_path))
    mnist = checkpoints.load("mnist-vae-2d")
    assert torch.equal(examples._originals(mnist), mnist.load_originals())
    assert examples._originals(checkpoints.load("shapes-beta-vae")).shape[0] == 5000


def test_held_out_shapes_are_those_of_the_whole_dataset():
    config = datasets.DATASETS["shapes"].config(n_train=150, n_test=20)
    assert torch.equal(datasets.held_out(config).x, datasets.DATASETS.build(config).test.x)


def test_a_map_says_its_settings_and_another_ones_are_not_there(checkpoint):
    pca, umap = PROJECTIONS["pca"].config(), PROJECTIONS["umap"].config(seed=12345)
    tensors = load(get(projection_maps.url(checkpoint, pca, 2)).content)
    mu = checkpoint.load_latents().posterior.mu
    back = tensors["mean"] + tensors["flat"] @ tensors["components"]
    torch.testing.assert_close(back, mu, rtol=1e-4, atol=1e-4)  # two dimensions lose nothing
    assert get(projection_maps.url(checkpoint, umap, 2)).status_code == 404
    wrong = get(projection_maps.url(checkpoint, pca, 2).replace("pca", "nope"))
    assert wrong.status_code == 404 and "There is no projection" in wrong.text


def test_the_numbers_that_colour_points_are_the_stored_examples_own(checkpoint, digits):
    facts = load(get(facts_url(checkpoint)).content)
    latents, model = checkpoint.load_latents(), checkpoint.load_model()
    x = digits.test.x.float() / 255
    posterior = model.encode(x)
    nll = model.likelihood.nll(model.decode_logits(posterior.mu), x)
    torch.testing.assert_close(facts["nll"], nll, rtol=1e-2, atol=0.1)
    torch.testing.assert_close(facts["kl"], posterior.kl_per_dim().sum(1), rtol=1e-2, atol=0.02)
    expected = Typicality.of(latents.posterior).percentile(latents.posterior.mu[:5])
    torch.testing.assert_close(facts["typicality"][:5].double(), expected, rtol=1e-4, atol=1e-3)
