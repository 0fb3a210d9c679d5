"""Where samplers draw from, by the moments of what they drew."""

import pytest
import torch

from vae_core.errors import UserError
from vae_core.model import Posterior
from vae_core.samplers import SAMPLERS, decoded, draw, of_codes

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
