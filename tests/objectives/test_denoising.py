"""Noises by their shares and their draws; the target stays clean."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.objectives.toy import batch, model_for
from vae_core.objectives import OBJECTIVES, denoising


def test_gaussian_noise_has_its_spread_and_stays_a_picture(generator):
    x = torch.full((40_000,), 0.5)
    noisy = denoising.gaussian(x, 0.1, generator)
    assert noisy.mean().item() == pytest.approx(0.5, abs=0.003)
    assert noisy.std().item() == pytest.approx(0.1, rel=0.03)
    strong = denoising.gaussian(x, 2.0, generator)
    assert strong.min() == 0 and strong.max() == 1
    # P(0.5 + 2 n < 0) = Φ(−0.25)
    assert (strong == 0).float().mean().item() == pytest.approx(0.4013, abs=0.01)


def test_salt_and_pepper_hits_its_share_with_as_much_of_either(generator):
    noisy = denoising.salt_and_pepper(torch.full((40_000,), 0.5), 0.3, generator)
    shares = [(noisy == value).float().mean().item() for value in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.15, 0.7, 0.15], abs=0.01)


def test_masking_takes_its_share_and_leaves_the_rest(generator):
    noisy = denoising.masking(torch.full((40_000,), 0.5), 0.3, generator)
    assert [(noisy == value).float().mean().item() for value in (0.0, 0.5)] == pytest.approx([0.3, 0.7], abs=0.01)


@pytest.mark.parametrize("noise", denoising.NOISES.values(), ids=denoising.NOISES)
def test_no_strength_is_no_noise_and_the_input_is_kept(noise, generator):
    x = torch.rand(4, 1, 5, 5, generator=generator)
    before = x.clone()
    assert torch.equal(noise(x, 0.0, generator), x)
    assert not torch.equal(noise(x, 0.5, generator), x)
    assert torch.equal(x, before)


def test_mixed_noise_draws_a_kind_and_a_strength_for_each_example(generator):
    objective = OBJECTIVES.build(denoising.Config("mixed", 1.0, vary=True))
    seen = objective.seen(torch.full((600, 1, 20, 20), 0.5), generator).flatten(1)
    masked, hit = (seen == 0).float().mean(1), ((seen == 0) | (seen == 1)).float().mean(1)
    untouched = (seen == 0.5).float().mean(1)
    only_masked = (hit == masked) & (hit + untouched == 1)
    salted = (hit != masked) & (hit + untouched > 0.999)
    gaussian = untouched < 0.001
    for kind in (only_masked, salted, gaussian):
        assert kind.float().mean().item() == pytest.approx(1 / 3, abs=0.06)
    # Uniform strengths: half of the masked examples lost less than half of their pixels.
    assert (masked[only_masked] < 0.5).float().mean().item() == pytest.approx(0.5, abs=0.1)


def test_the_target_stays_clean(generator):
    """The encoder gets the disturbed picture, NLL is that of the clean one: by torch.distributions."""
    objective = OBJECTIVES.build(denoising.Config("masking", 1.0))
    model, given = model_for(objective), batch(generator)
    x = given.x
    terms = objective(model, given, torch.Generator().manual_seed(5))
    code = model.network.encoder(torch.zeros_like(x))  # nothing is left of the input
    noise = torch.Generator().manual_seed(5)
    torch.rand(x.shape, generator=noise)
    z = code[:, :3] + torch.exp(0.5 * code[:, 3:]) * torch.randn(6, 3, generator=noise)
    nll = -Bernoulli(logits=model.network.decoder(z)).log_prob(x).sum() / 6
    kl = kl_divergence(Normal(code[:, :3], torch.exp(0.5 * code[:, 3:])), Normal(0.0, 1.0)).sum() / 6
    torch.testing.assert_close(terms["nll"], nll)
    torch.testing.assert_close(terms["loss"], nll + kl)


@pytest.mark.parametrize("seed", range(3))
def test_each_example_has_a_strength_of_its_own(seed):
    """The masked shares are spread like U(0, 1), whose standard deviation is 1/√12; with one for all it were 0.025."""
    objective = OBJECTIVES.build(denoising.Config("masking", 1.0, vary=True))
    seen = objective.seen(torch.ones(600, 1, 20, 20), torch.Generator().manual_seed(seed))
    masked = (seen == 0).float().mean((1, 2, 3))
    assert masked.std().item() == pytest.approx(12**-0.5, abs=0.03) and masked.mean().item() == pytest.approx(
        0.5, abs=0.05
    )


def test_noises_by_their_draws():
    """By the generator's own numbers: whoever seeds it gets the same noise everywhere."""
    x = torch.linspace(0, 1, 600).view(6, 100)
    strength = torch.linspace(0.1, 0.9, 6)[:, None]

    def seeded():
        return torch.Generator().manual_seed(4)

    normal, uniform = torch.randn(6, 100, generator=seeded()), torch.rand(6, 100, generator=seeded())
    assert torch.equal(denoising.gaussian(x, strength, seeded()), (x + strength * normal).clamp(0, 1))
    assert torch.equal(denoising.masking(x, strength, seeded()), x * (uniform >= strength))
    salted = denoising.salt_and_pepper(x, strength, seeded())
    for value, share in ((1.0, uniform < strength / 2), (0.0, (uniform >= strength / 2) & (uniform < strength))):
        assert (salted[share] == value).all()
    assert torch.equal(salted[uniform >= strength], x[uniform >= strength])
