"""The example that a page begins with."""

import pytest
import torch

from vae_core import checkpoints
from vae_core.latent.clarity import clear_example
from vae_core.latent.typicality import Typicality


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mario-vae"])
def test_a_clear_example_is_typical_and_surer_and_less_ordinary_than_the_prior_mean(name):
    checkpoint = checkpoints.load(name)
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    mu = latents.posterior.mu
    z = mu[[clear_example(model, latents)]]
    assert Typicality.of(latents.posterior).percentile(z) >= 45

    def doubt(z: torch.Tensor) -> float:
        """−log p(x | z) of what is shown at z, nats."""
        return model.nll(model.decode(z), z).item()

    ordinary = model.decode(torch.zeros_like(z))
    with torch.inference_mode():
        assert model.nll(model.decode(z), torch.zeros_like(z)).item() > 2 * doubt(z)
        if model.spec.kind == "tiles":  # the mean is ground and sky
            assert (model.decode(z)[0] != ordinary[0]).sum() > 4
        else:
            assert doubt(z) < doubt(torch.zeros_like(z))


def test_a_clear_digit_lies_among_its_like():
    checkpoint = checkpoints.load("mnist-vae-16d")
    latents = checkpoint.load_latents()
    index = clear_example(checkpoint.load_model(), latents)
    near = (latents.posterior.mu - latents.posterior.mu[index]).norm(dim=1).topk(10, largest=False).indices
    assert (latents.y[near] == latents.y[index]).all()
