"""The checkpoints that come with the project."""

import math
import os

import pytest
import torch

from checkpoints.recipes import AT_HAND, FIRST, NOT_OURS, RECIPES
from tests.checkpoints.folders import FILES
from vae_core import checkpoints
from vae_core.checkpoints.files import ORIGINALS
from vae_core.datasets import shapes
from vae_core.kinds import kind_of
from vae_core.metrics import measure
from vae_core.numerals import numeral

SHIPPED = sorted(path.parent.name for path in checkpoints.SHIPPED.glob("*/manifest.json"))
MOST_NEGATIVE_ELBO = {"mnist-vae-2d": 140, "mnist-vae-16d": 101}
"""Nats per image on the test set."""


HELD_OUT = {
    "digits": 359,
    "levels": 357,
    "chorales": 3570,
    "captions": 979,
    "captions_facts": 958,
    "reviews": 597,
    "waves": 1000,
    "emoji": 203,
}
"""The whole test split, where that is small: the digits have 1,797 images, levels 4-1 and 6-3 357 windows, 77 chorales
3,570; 979 of 1,000 captions are not too long, 958 of them state a fact, and 597 of 1,000 reviews are not; of 1,635
emoji, one family in eight is held out."""
MOST_BYTES = {"emoji": 1_250_000, "letters": 103_000}
"""Of the originals that go along, where they are more than 100 kB: a hundred of 64×64 pixels in colour, or of 32×32."""


def test_every_recipe_has_its_checkpoint():
    assert SHIPPED == sorted(RECIPES)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_checkpoint_is_whole_and_works(name):
    checkpoint = checkpoints.load(name)
    assert checkpoint.path == checkpoints.SHIPPED / name
    alone = checkpoint.spec.name in AT_HAND | NOT_OURS
    assert set(os.listdir(checkpoint.path)) == FILES | (set() if alone else {ORIGINALS})
    assert sum(path.stat().st_size for path in checkpoint.path.iterdir()) <= 4e6

    config, metrics = checkpoint.train_config, checkpoint.metrics
    assert config == RECIPES[name]
    trained = [*([FIRST[name]] if name in FIRST else []), config]
    assert [record["epoch"] for record in checkpoint.history] == [*range(1, 1 + sum(each.epochs for each in trained))]
    assert metrics["elbo"] == pytest.approx(-(metrics["nll"] + metrics["kl"]))
    assert metrics["kl"] == pytest.approx(sum(metrics["kl_per_dim"]))
    assert -metrics["elbo"] <= MOST_NEGATIVE_ELBO.get(name, math.inf)
    assert (metrics["kl"] > 1) == config.model.variational

    card = (checkpoint.path / "README.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name}\n") and f"{numeral(metrics['nll'], '.2f')} nats per example" in card

    latents, n = checkpoint.load_latents(), len(checkpoint.load_latents().y)
    assert n >= HELD_OUT.get(checkpoint.spec.name, 5000)
    mu, logvar = latents.posterior
    assert mu.shape == (n, config.latent_dim) and mu.isfinite().all()
    assert logvar.shape == mu.shape and logvar.isfinite().all() if config.model.variational else logvar is None
    if not checkpoint.spec.groups:  # of the classes that an example is of, one is its label
        assert latents.y.unique().tolist() == list(range(max(1, len(checkpoint.spec.classes))))
    assert set(latents.projections) == ({"pca", "umap", "umap-3d", "tsne"} if config.latent_dim > 2 else set())
    for kind, flat in latents.projections.items():
        assert flat.shape == (n, 3 if kind == "umap-3d" else 2) and flat.isfinite().all()
    known = slice(None) if checkpoint.spec.normal is None else latents.y == checkpoint.spec.normal
    nll = latents.nll[known].mean().item()
    assert latents.nll.shape == (n,) and nll <= metrics["nll"] + 0.01 * abs(metrics["nll"])  # a sample's is higher
    assert (latents.factors is not None) == bool(checkpoint.spec.factors)

    model = checkpoint.load_model()
    y = latents.y[:20] if config.conditional else None
    shown = model.decode(mu[:20], y)
    assert shown.shape == (20, *checkpoint.spec.shape) and shown.isfinite().all()
    assert shown.float().std(0).max() > 0.1  # different codes, different pictures
    assert model.sample(20, y).isfinite().all()


@pytest.mark.parametrize(
    "name", [name for name in RECIPES if checkpoints.load(name).spec.name not in AT_HAND | NOT_OURS]
)
def test_the_first_examples_of_data_that_is_elsewhere_go_along(name):
    checkpoint = checkpoints.load(name)
    assert (checkpoint.path / ORIGINALS).stat().st_size <= MOST_BYTES.get(checkpoint.spec.name, 100_000)
    x, latents = kind_of(checkpoint.spec).feed(checkpoint.load_originals()), checkpoint.load_latents()
    assert len(x) == (100 if latents.first is None else len(latents.y))  # windows are kept as their series
    assert set(latents.y[: len(x)].tolist()) == set(latents.y.tolist())
    x, y = x[:100], latents.y[:100] if checkpoint.train_config.conditional else None
    mu = checkpoint.load_model().encode(x, y).mu
    torch.testing.assert_close(mu, latents.posterior.mu[:100], atol=0.02, rtol=0.01)  # stored in half precision


def test_shipped_digits_measure_what_their_folder_says(digits):
    checkpoint = checkpoints.load("digits-vae-2d")
    measured = measure(checkpoint.load_model(), digits.test)
    for name, value in measured.items():
        assert checkpoint.metrics[name] == pytest.approx(value, rel=1e-3), name
    latents = checkpoint.load_latents()
    again = checkpoint.load_model().encode(digits.test.x.float() / 255)
    torch.testing.assert_close(latents.posterior.mu, again.mu, rtol=1e-2, atol=1e-2)


def test_the_shapes_factors_are_separated():
    """Scale, x and y follow one dimension each, nearly in proportion, and no other dimension is in use."""
    latents, metrics = checkpoints.load("shapes-beta-vae").load_latents(), checkpoints.load("shapes-beta-vae").metrics
    in_use = [i for i, kl in enumerate(metrics["kl_per_dim"]) if kl > 0.1]
    columns = [shapes.FACTORS.index(name) for name in ("scale", "x", "y")]
    rows = torch.cat([latents.posterior.mu[:, in_use], latents.factors[:, columns]], dim=1).T
    correlation = torch.corrcoef(rows)[: len(in_use), len(in_use) :].abs()
    assert len(in_use) == 3 and sorted(correlation.argmax(0).tolist()) == [0, 1, 2]
    assert correlation.amax(0).min() > 0.95
    assert correlation.topk(2, dim=0).values[1].max() < 0.2  # and no other dimension tells of it
