"""The examples that Arithmetic begins with."""

import pytest
import torch

from components.arithmetic.concept_groups import first_choice, sources
from components.arithmetic.start import usual
from vae_core import checkpoints
from vae_core.latent.clarity import clarity
from vae_core.latent.typicality import Typicality

RIGHT = 0.9
"""Share of the ten examples nearest to D that must have the class of C."""


@pytest.mark.parametrize("name", ["digits-vae-2d", "mnist-vae-2d", "mnist-vae-16d", "mario-vae"])
def test_the_first_analogy_is_a_right_one(name):
    checkpoint = checkpoints.load(name)
    latents = checkpoint.load_latents()
    mu, y = latents.posterior.mu, latents.y
    a, b, c = usual(checkpoint)["analogy"]
    assert len({a, b, c}) == 3
    d = mu[[c]] + mu[[b]] - mu[[a]]
    assert Typicality.of(latents.posterior).percentile(d) >= 1  # the model is not guessing
    if checkpoint.spec.classes:
        assert y[a] == y[b] != y[c]
        near = (mu - d).norm(dim=1).topk(10, largest=False).indices
        assert (y[near] == y[c]).double().mean() >= RIGHT


@pytest.mark.parametrize(("name", "classes"), [("mnist-vae-16d", 4), ("mario-vae", 1)])
def test_a_palette_begins_with_four_that_differ(name, classes):
    checkpoint = checkpoints.load(name)
    latents, corners = checkpoint.load_latents(), usual(checkpoint)["palette"]
    assert len(set(corners)) == 4 and len({latents.y[corner].item() for corner in corners}) == classes


def test_levels_begin_with_something_beside_the_ground():
    checkpoint = checkpoints.load("mario-vae")
    model, mu = checkpoint.load_model(), checkpoint.load_latents().posterior.mu
    for examples in usual(checkpoint).values():
        for example in examples:
            assert (model.decode(mu[[example]])[0] != model.decode(mu[[0]] * 0)[0]).sum() > 4


@pytest.mark.parametrize("name", ["emoji-vae", "digits-vae-2d", "mnist-vae-2d"])
def test_examples_of_classes_are_shown_clearly(name):
    """The class's mean is a blur where the class is of many things, as animals are; so are all of some classes."""
    checkpoint = checkpoints.load(name)
    latents = checkpoint.load_latents()
    everywhere = clarity(checkpoint.load_model(), latents, torch.arange(min(1000, len(latents.y))))
    found = torch.tensor(sorted({example for examples in usual(checkpoint).values() for example in examples}))
    clear = clarity(checkpoint.load_model(), latents, torch.cat([torch.arange(len(everywhere)), found]))[-len(found) :]
    assert clear.min() > everywhere.quantile(0.3) and clear.median() > everywhere.quantile(0.6)


@pytest.mark.parametrize(
    "name", ["digits-vae-2d", "mnist-vae-16d", "mnist-cvae", "emoji-vae", "shapes-beta-vae", "mario-vae"]
)
def test_a_concept_vector_begins_where_it_leads_away_from(name):
    checkpoint = checkpoints.load(name)
    _, away = first_choice(checkpoint)
    (example,) = usual(checkpoint)["concept"]
    assert example in sources(checkpoint)[away].group.examples


@pytest.mark.parametrize("name", ["waves-lstm-vae", "taxi-conv1d"])
def test_who_learned_normal_examples_begins_with_them(name):
    checkpoint = checkpoints.load(name)
    y, normal = checkpoint.load_latents().y, checkpoint.spec.normal
    assert all(y[example] == normal for examples in usual(checkpoint).values() for example in examples)
