"""The example that a page begins with."""

from dataclasses import replace

import pytest
import torch

from vae_core import checkpoints
from vae_core.latent.clarity import by_clarity, clear_example
from vae_core.latent.encoded import Latents
from vae_core.latent.typicality import Typicality
from vae_core.metrics import encode_split
from vae_core.training import TrainingState


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


@pytest.mark.parametrize("conditional", [False, True])
def test_the_ranking_step_by_step(trained, digits, conditional):
    """Of 120 encoded digits: the more typical half; of these, unless the class is given, the purer three tenths; the
    clearest first."""
    model = trained.model
    if conditional:
        model = TrainingState.start(replace(trained.config, conditional=True), digits.spec).model.eval()
    split = digits.test.take(slice(120))
    posterior = encode_split(model, split)
    mu, y = posterior.mu, split.y
    typicality = Typicality.of(posterior).percentile(mu)
    kept = [i for i in range(120) if typicality[i] >= typicality.quantile(0.5)]
    if not conditional:
        near = [(mu - mu[i]).norm(dim=1).argsort()[:15] for i in kept]
        purity = torch.stack([(y[others] == y[i]).double().mean() for i, others in zip(kept, near, strict=True)])
        kept = [i for i, share in zip(kept, purity, strict=True) if share >= purity.quantile(0.7)]
    logits = model.decode_logits(mu[kept], y[kept] if conditional else None).detach()
    doubt = {}
    for name, each in {"own": logits, "average": logits.mean(0, keepdim=True).expand(len(kept), -1, -1, -1)}.items():
        shown = logits.sigmoid()
        doubt[name] = -(shown * each.sigmoid().log() + (1 - shown) * (1 - each.sigmoid()).log()).sum((1, 2, 3))
    order = ((doubt["average"] - doubt["own"]) / doubt["own"]).argsort(descending=True)
    expected = torch.tensor(kept)[order].tolist()
    latents = Latents(posterior, y, None, {})
    assert by_clarity(model, latents).tolist() == expected and 10 < len(expected) <= 60
    assert clear_example(model, latents) == expected[len(expected) - 1 - int(0.9 * (len(expected) - 1))]
