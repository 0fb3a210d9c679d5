"""The maximum mean discrepancy against its closed form for Gaussians."""

import math

import pytest
import torch

from tests.objectives.toy import batch, model_for
from vae_core.objectives import OBJECTIVES, info_vae
from vae_core.objectives.info_vae import KERNELS, gaussian, mmd


def closed_form(mean, spread, dimensions):
    """MMD² of N(mean·1, spread²·I) from N(0, I) under exp(−‖a − b‖²/D): three integrals of Gaussians."""

    def alike(variances, squared_distance):
        width = 1 + 2 * variances / dimensions
        return width ** (-dimensions / 2) * math.exp(-squared_distance / dimensions / width)

    return alike(2 * spread**2, 0) + alike(2.0, 0) - 2 * alike(1 + spread**2, dimensions * mean**2)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (1.0, 1.0), (0.0, 0.3), (0.5, 2.0)])
def test_of_gaussians_in_closed_form(mean, spread, generator):
    draws = [torch.randn(2000, 3, generator=generator) for _ in range(2)]
    found = mmd(mean + spread * draws[0], draws[1], gaussian).item()
    assert found == pytest.approx(closed_form(mean, spread, 3), abs=0.01)


@pytest.mark.parametrize("kernel", KERNELS)
def test_it_has_no_bias_and_tells_a_shift(kernel, generator):
    found = [
        [mmd(torch.randn(8, 2, generator=generator) + shift, torch.randn(8, 2, generator=generator), KERNELS[kernel])]
        for shift in (0.0, 2.0)
        for _ in range(400)
    ]
    same, shifted = torch.tensor(found).view(2, 400)
    assert abs(same.mean()) < 4 * same.std() / 20 and shifted.mean() > 10 * same.std() / 20


def test_by_loops_over_pairs_of_points(generator):
    one, other = torch.randn(5, 2, generator=generator), torch.randn(5, 2, generator=generator)

    def kernel(a, b):
        square = ((a - b) ** 2).sum().item()
        return sum(4 * scale / (4 * scale + square) for scale in info_vae.SCALES)

    within = [
        sum(kernel(points[i], points[j]) for i in range(5) for j in range(5) if i != j) / 20 for points in (one, other)
    ]
    across = sum(kernel(a, b) for a in one for b in other) / 25
    assert mmd(one, other, KERNELS["multiquadratic"]).item() == pytest.approx(sum(within) - 2 * across, rel=1e-4)
    alone = torch.ones(1, 2, requires_grad=True)
    mmd(alone, alone, gaussian).backward()
    assert alone.grad.tolist() == [[0, 0]]


@pytest.mark.parametrize(("alpha", "of_kl", "of_mmd"), [(0.0, 1.0, 9.0), (0.5, 0.5, 9.5), (1.0, 0.0, 10.0)])
def test_the_weights_of_zhao_and_with_the_kl_off_a_wasserstein_autoencoder(alpha, of_kl, of_mmd, generator):
    objective = OBJECTIVES.build(info_vae.Config(information=alpha, mmd_weight=10.0, kernel="gaussian"))
    model, given = model_for(objective), batch(generator)
    terms = objective(model, given, torch.Generator().manual_seed(5))
    noise = torch.Generator().manual_seed(5)
    posterior = model.encode(given.x)
    z = posterior.sample(noise)
    distance = mmd(z, torch.randn(z.shape, generator=noise), gaussian)
    expected = model.nll(given.x, z).mean() + of_kl * posterior.kl_per_dim().sum(1).mean() + of_mmd * distance
    torch.testing.assert_close(terms["loss"], expected)
