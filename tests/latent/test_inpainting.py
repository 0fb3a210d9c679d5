"""Completions of half-hidden pictures: what is visible stays, and the guesses beat encode-decode."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.latent.inpainting import ALIKE, _different, complete, gradient_steps, pseudo_gibbs
from vae_core.latent.reconstruction import stored_examples
from vae_core.likelihoods import bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp

WAYS = pytest.mark.parametrize("find", [pseudo_gibbs, gradient_steps])


@pytest.fixture(scope="module")
def halved():
    """A model, ten pictures as it decodes them, and a mask that hides their lower half."""
    checkpoint = checkpoints.load("mnist-vae-16d")
    model = checkpoint.load_model()
    visible = torch.ones(1, 28, 28)
    visible[:, 14:] = 0
    return model, stored_examples(model, checkpoint.load_latents(), 10).clone(), visible


@WAYS
def test_the_best_of_five_beats_encode_decode(halved, find):
    model, x, visible = halved
    found = complete(model, x, visible, find=find, generator=torch.Generator().manual_seed(0))
    assert found.images.shape == (10, 5, 1, 28, 28) and found.z.shape == (10, 5, 16)
    assert torch.equal(found.images[..., :14, :], x[:, None, :, :14].expand(-1, 5, -1, -1, -1))

    def error(images):
        return ((images - x[:, None]) * (1 - visible)).square().flatten(2).sum(2)

    with torch.inference_mode():
        plain = error(model.reconstruct(x * visible)[:, None]).mean()
    assert error(found.images).min(1).values.mean() < 0.75 * plain


@WAYS
def test_plausibility_against_torch_distributions(halved, find):
    model, x, visible = halved
    found = complete(model, x[:2], visible, find=find, generator=torch.Generator().manual_seed(1))
    for b in range(2):
        for i in range(5):
            z = found.z[b, i]
            with torch.inference_mode():
                logits = model.decode_logits(z[None])[0, 0, :14]
            target = x[b, 0, :14]
            white, black = (Bernoulli(logits=logits).log_prob(torch.full_like(target, value)) for value in (1.0, 0.0))
            nll = -(target * white + (1 - target) * black).sum()
            assert found.visible_nll[b, i].item() == pytest.approx(nll.item(), rel=1e-3)
            joint = Normal(0.0, 1.0).log_prob(z).sum() - nll
            assert found.log_joint[b, i].item() == pytest.approx(joint.item(), rel=1e-3)
    assert (found.log_joint.diff(dim=1) <= 0).all(), "the most plausible comes first"


def test_completions_differ_where_the_candidates_do(halved):
    model, x, visible = halved
    found = complete(model, x[:3], visible, n=2, generator=torch.Generator().manual_seed(2))
    apart = (found.images[:, 0] - found.images[:, 1]).square().flatten(1).sum(1) / 392
    assert (apart.sqrt() >= ALIKE).all()


def test_a_seed_decides_the_completions(halved):
    model, x, visible = halved
    found = [complete(model, x[:1], visible, generator=torch.Generator().manual_seed(s)).images for s in (1, 1, 2)]
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_nothing_hidden_gives_the_picture_back(halved):
    model, x, _ = halved
    found = complete(model, x[:2], torch.ones(1, 28, 28), generator=torch.Generator().manual_seed(0))
    assert torch.equal(found.images, x[:2, None].expand(-1, 5, -1, -1, -1))


def test_without_a_class_it_is_part_of_the_guess():
    checkpoint = checkpoints.load("mnist-cvae")
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    x = stored_examples(model, latents, 20).clone()
    visible = torch.ones(1, 28, 28)
    visible[:, 14:] = 0
    found = complete(model, x, visible, generator=torch.Generator().manual_seed(0))
    assert found.y.shape == (20, 5)
    assert (found.y == latents.y[:20, None]).any(1).float().mean() >= 0.8, "the right class is among the five"
    assert (found.y != found.y[:, :1]).any(1).float().mean() >= 0.5, "half a digit may be several"
    # Each was decoded with the class that it says.
    with torch.inference_mode():
        again = model.decode(found.z.flatten(0, 1), found.y.flatten())
    torch.testing.assert_close(again[..., 14:, :], found.images.flatten(0, 1)[..., 14:, :], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["mnist-cvae", "mnist-ae-2d"])
def test_conditional_and_deterministic_models_complete_too(name):
    checkpoint = checkpoints.load(name)
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    x = stored_examples(model, latents, 3).clone()
    y = latents.y[:3] if model.n_conditions else None
    visible = torch.ones(1, 28, 28)
    visible[..., 14:] = 0
    found = complete(model, x, visible, y, generator=torch.Generator().manual_seed(0))
    assert found.images.isfinite().all() and found.images.shape == (3, 5, 1, 28, 28)
    assert found.y is None if y is None else (found.y == y[:, None]).all()
    assert torch.equal(found.images[..., :14], x[:, None, ..., :14].expand(-1, 5, -1, -1, -1))
    best = (found.images[:, 0] - x).abs().flatten(1).mean(1)
    assert (best < 0.1).all()


@WAYS
def test_the_prior_counts_where_the_picture_says_nothing(find):
    """A decoder that ignores z, and an encoder that says z = 0: of all points the prior's mode is the most plausible,
    and a chain's start, a draw from the prior, is not."""
    config = ModelConfig(mlp.Config((4,)), bernoulli.Config(), 3)
    model = Model(config, DataSpec("toy", "image", (1, 4, 4))).eval()
    for parameter in model.parameters():
        parameter.data.zero_()
    model.network.encoder[-1].bias.data[3:] = -20.0  # the log variances
    x, visible = torch.ones(5, 1, 4, 4), torch.ones(1, 4, 4)
    found = find(model, x, visible, chains=4, generator=torch.Generator().manual_seed(0))
    start = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    assert found.shape == (5, 4, 3) and start.abs().max() > 1.5
    assert found.abs().max() < 0.4


def test_alike_completions_give_way_to_the_next_most_plausible():
    """Each of four pictures has 25 hidden values; the distances are their root mean square."""
    shades = torch.tensor([0.5, 0.55, 0.5 + ALIKE + 0.001, 0.9])
    images = torch.zeros(4, 1, 5, 10)
    images[..., 5:] = shades.view(4, 1, 1, 1)
    joint = torch.tensor([-10.0, -11.0, -12.0, -13.0])
    assert _different(images, joint, 25.0, 2).tolist() == [0, 2]  # 1 is like 0
    assert _different(images, joint, 25.0, 3).tolist() == [0, 2, 3]
    assert _different(images, joint, 25.0, 4).tolist() == [0, 1, 2, 3]  # too few others
    assert _different(images, joint.flip(0), 25.0, 2).tolist() == [3, 2]
    assert _different(images, joint.flip(0), 25.0, 3).tolist() == [3, 2, 0]  # 1 is like 2


def test_symbols_are_alike_if_few_cells_differ():
    """Of 100 hidden cells: 1 differs (√0.01 = 0.1, alike), or 2 (√0.02 = 0.14)."""
    tiles = torch.zeros(3, 10, 10, dtype=torch.long)
    tiles[1, 0, 0] = 1
    tiles[2, 0, :2] = 2
    assert _different(tiles, torch.tensor([-1.0, -2.0, -3.0]), 100.0, 2).tolist() == [0, 2]


def test_without_a_class_as_many_chains_are_run_for_each(halved):
    seen = []

    def find(model, x, visible, y, *, generator, chains):
        seen.append((y, chains))
        return torch.zeros(len(x), chains, model.config.latent_dim)

    model = Model(ModelConfig(mlp.Config((4,)), bernoulli.Config(), 3, conditional=True), halved[0].spec).eval()
    found = complete(model, halved[1][:2], halved[2], find=find)
    assert seen == [(None, 30)] and found.y.shape == (2, 5)
