"""How far a projection can be believed, in words."""

import pytest
import torch

from components.projection.controls import Shown
from components.projection.words import _sentences
from vae_core.projections import Fitted, fit, pca, tsne
from vae_core.projections.faithfulness import Faithfulness


@pytest.fixture
def mu(generator):
    return torch.randn(60, 2, generator=generator)


def test_neighbours_classes_and_the_way_back_are_said_with_their_numbers(mu):
    shown = Shown("a", Fitted(tsne.Config(), mu, {"flat": mu}))
    words = " ".join(_sentences(shown, Faithfulness(0.871, 0.968, 0.944, 0.677), own=True, units="levels"))
    assert "mostly neighbours in latent space (trustworthiness 0.871" in words
    assert "96.8% of the time on the map, 94.4% in latent space" in words
    assert "For held-out levels the error is 68% of what it is" in words
    assert "t-SNE cannot place new levels" in words


@pytest.mark.parametrize(("error", "said"), [(0.0, "nothing is lost"), (0.89, "leaves out 89%")])
def test_a_plane_says_what_it_leaves_out_and_places_new_pictures_itself(mu, error, said):
    shown = Shown("a", fit(pca.Config(), mu))
    words = " ".join(_sentences(shown, Faithfulness(None, None, None, error), own=True, units="levels"))
    assert "exact on the plane; " in words and said in words and "image" not in words
    assert "trustworthiness" not in words and "cannot place" not in words
