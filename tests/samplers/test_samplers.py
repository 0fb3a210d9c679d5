"""Where samplers draw from, by the moments of what they drew."""

import pytest
import torch

from vae_core.errors import UserError
from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, Gaussians, decoded, draw, fit, for_page, of_codes, usual

N = 4000


@pytest.fixture
def codes(generator):
    """Two clusters, at (−4, 0) and (4, 2), of posteriors with a standard deviation of 0.5; and their classes."""
    y = torch.arange(600) % 2
    centre = torch.tensor([[-4.0, 0.0], [4.0, 2.0]])[y]
    mu = centre + 0.3 * torch.randn(600, 2, generator=generator)
    return Posterior(mu, torch.full((600, 2), 0.25).log()), y


@pytest.mark.parametrize("name", SAMPLERS.names)
def test_a_seed_decides_and_any_number_can_be_drawn(name, codes):
    config = SAMPLERS[name].config()
    for posterior in (codes[0], Posterior(codes[0].mu, None)):
        one, same, other = (draw(config, 5, posterior, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
        assert one.shape == (5, 2) and one.dtype == torch.float32 and torch.equal(one, same)
        assert not torch.equal(one, other)
        assert draw(config, 0, posterior, generator=torch.Generator()).shape == (0, 2)
    few = Posterior(torch.tensor([[1.0, 2.0]]), None)
    assert draw(config, 3, few, generator=torch.Generator()).isfinite().all()
    with pytest.raises(UserError, match="-1 samples cannot"):
        draw(config, -1, codes[0])


def test_the_prior_is_a_standard_normal_wherever_the_codes_are(codes, generator):
    z = draw(SAMPLERS["prior"].config(), N, codes[0], generator=generator)
    torch.testing.assert_close(z.mean(0), torch.zeros(2), rtol=0, atol=0.06)
    torch.testing.assert_close(torch.cov(z.T), torch.eye(2), rtol=0, atol=0.1)


@pytest.mark.parametrize("name", ["aggregated_posterior", "mixture"])
@pytest.mark.parametrize("variational", [True, False])
def test_the_others_have_the_moments_of_the_codes(name, variational, codes, generator):
    posterior = codes[0] if variational else Posterior(codes[0].mu, None)
    z = draw(SAMPLERS[name].config(), N, posterior, generator=generator)
    spread = 0.3**2 + (0.25 if variational else 0)
    expected = torch.tensor([[16 + spread, 4.0], [4.0, 1 + spread]])
    wider = 0.35 if not variational and name == "aggregated_posterior" else 0  # the kernels' own width
    torch.testing.assert_close(z.mean(0), torch.tensor([0.0, 1.0]), rtol=0, atol=0.2)
    torch.testing.assert_close(torch.cov(z.T), expected, rtol=0.05 + wider, atol=0.06)
    between = (z[:, 0].abs() < 1.5).float().mean()  # where no code is
    assert between < (0.2 if wider else 0.01)


def test_each_point_lies_among_the_codes_of_its_class(codes, generator):
    posterior, classes = codes
    y = torch.tensor([0, 1, 1, 0])
    for entry in SAMPLERS:
        z = draw(entry.config(), 4, posterior, classes, y, generator)
        if of_codes(entry.config):
            assert ((z[:, 0] > 0) == (y == 1)).all(), entry.name
    with pytest.raises(UserError, match="mixture draws near the codes of examples"):
        draw(SAMPLERS["mixture"].config(), 1, posterior, classes, torch.tensor([7]), generator)


def test_points_are_decoded_in_parts_as_the_model_does(trained):
    model, z = trained.model, torch.randn(1500, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(list(decoded(model, z))), model.decode(z))


def moments(found):
    """The mean [D] and the covariance [D, D] of a mixture of Gaussians, of its tensors."""
    weights, means, factors = (found[name].double() for name in ("weights", "means", "factors"))
    factors = factors if factors.ndim == 3 else torch.diag_embed(factors)
    mean = weights @ means
    apart = means - mean
    own = factors @ factors.mT
    return mean, (weights[:, None, None] * (own + apart[:, :, None] * apart[:, None, :])).sum(0)


@pytest.mark.parametrize("name", SAMPLERS.names)
@pytest.mark.parametrize("variational", [True, False])
def test_what_a_page_draws_from_has_the_moments_of_what_python_draws(name, variational, codes, generator):
    mu = codes[0].mu.flip(0)  # made with the noise of this seed, which would meet itself otherwise
    posterior, config = Posterior(mu, codes[0].logvar if variational else None), SAMPLERS[name].config()
    mean, covariance = moments(for_page(config, posterior))
    z = draw(config, 10 * N, posterior, generator=generator)
    torch.testing.assert_close(z.mean(0).double(), mean, rtol=0, atol=0.1)
    torch.testing.assert_close(torch.cov(z.T).double(), covariance, rtol=0.05, atol=0.1)


def test_a_page_draws_near_codes_of_the_class(codes):
    posterior, classes = codes
    for entry in SAMPLERS:
        found = for_page(entry.config(), posterior, classes)
        assert ("y" in found) == of_codes(entry.config)
        for label, side in ((0, -4), (1, 4)) if "y" in found else ():
            of_class = found["y"] == label
            assert found["weights"][of_class].sum() == pytest.approx(1, abs=1e-5)
            assert (found["means"][of_class, 0] - side).abs().max() < 2, entry.name
        again = for_page(entry.config(), posterior, classes)
        assert all(torch.equal(again[name], tensor) for name, tensor in found.items())


def test_what_travels_to_a_page_stays_small(generator):
    many = Posterior(torch.randn(5000, 3, generator=generator), torch.zeros(5000, 3))
    found = for_page(SAMPLERS["aggregated_posterior"].config(), many)
    assert found["means"].shape == found["factors"].shape == (2000, 3) and len(found["means"].unique(dim=0)) == 2000
    wide = Posterior(torch.randn(40, 300, generator=generator) * torch.arange(1, 301), None)
    found = for_page(SAMPLERS["mixture"].config(components=6), wide)
    assert found["factors"].shape == (6, 300)  # 6 × 300 × 300 numbers would be too many: no correlations
    kept = SAMPLERS["mixture"].config(components=1)
    torch.testing.assert_close(
        for_page(kept, wide)["factors"][0].square().sum(1), wide.mu.var(0, correction=0), rtol=1e-3, atol=1e-3
    )


def test_heavy_gaussians_stand_for_light_ones():
    weights = torch.tensor([0.9] + [0.1 / 999] * 999)
    few = Gaussians(torch.arange(1000.0)[:, None], torch.ones(1000, 1), weights).within(200, 1000, torch.Generator())
    assert len(few.means) == 200 and 160 <= (few.means == 0).sum() <= 199


def test_a_deterministic_code_has_no_prior_and_says_so(codes, generator):
    posterior = Posterior(codes[0].mu, None)
    assert (usual(posterior), usual(codes[0])) == ("mixture", "prior")
    fitted = {entry.name: fit(entry.config(), posterior, generator) for entry in SAMPLERS}
    assert [name for name, found in fitted.items() if found.note] == ["prior"]
    assert "has no prior" in fitted["prior"].note and not fit(SAMPLERS["prior"].config(), codes[0]).note
    z = fitted["prior"].draw(N, generator)
    torch.testing.assert_close(z.mean(0), posterior.mu.mean(0), rtol=0, atol=0.25)
    torch.testing.assert_close(z.std(0), posterior.mu.std(0), rtol=0.05, atol=0)
    assert torch.cov(z.T)[0, 1].abs() < 0.3  # dimensions apart, though the codes' go along
