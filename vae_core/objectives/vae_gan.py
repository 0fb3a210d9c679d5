"""VAE-GAN: a reconstruction is as good as a discriminator finds it, not as its pixels are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, Split
from vae_core.metrics import batches
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES
from vae_core.objectives._critic import (
    Adversarial,
    Critic,
    convincing,
    fixed,
    steadiness,
    steepness,
    told_apart,
    watching,
)
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "VAE-GAN"

    adversarial: float = option(
        1.0, "Weight of the decoder's wish to deceive the discriminator.", minimum=0, maximum=1000, live=True
    )
    steadiness: float = steadiness()
    pixels: float = option(
        0.0, "Weight of the NLL of the values themselves; 0, as in the paper: none.", minimum=0, maximum=1000, live=True
    )


@OBJECTIVES.register("vae_gan", Config)
class VAEGAN(Adversarial):
    """A reconstruction is as good as a discriminator finds it, not as its pixels are (Larsen, Sønderby et al. 2016).

    loss = ½‖D_l(x) − D_l(x̂)‖² + KL + γ·GAN, D_l a discriminator's features.
    `features` is the squared distance of the features of x and of its reconstruction, the NLL of a normal of variance 1
    around them less a constant. `adversarial` is −log D of reconstructions and of draws from the prior, and reaches the
    decoder alone. The discriminator learns to tell both from examples after each step. NLL and with it −ELBO are those
    of the values as everywhere, though nothing here minimises them.
    """

    title = "VAE-GAN"
    terms = ("loss", "nll", "kl", "features", "adversarial")
    labels: ClassVar[Mapping[str, str]] = {"features": "Distance in features", "adversarial": "−log D (made)"}

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        assert isinstance(helper, Critic)
        posterior = model.encode(batch.x, batch.y)
        z, condition = posterior.sample(generator), model.condition(batch.y)
        nll, made = model.nll_and_shown(batch.x, z, batch.y)
        kl_per_dim = posterior.kl_per_dim().mean(0)
        drawn = torch.randn(z.shape, generator=generator, device=z.device)
        # Decoded again, so that the encoder does not hear of the discriminator.
        fakes = [model.decode(points, batch.y) for points in (z.detach(), drawn)]
        with fixed(helper):
            distance = helper.features(batch.x, condition) - helper.features(made, condition)
            adversarial = convincing(*(helper(fake, condition) for fake in fakes))
        terms = {"nll": nll.mean(), "kl": kl_per_dim.sum(), "kl_per_dim": kl_per_dim}
        terms |= {"features": 0.5 * distance.square().sum(1).mean(), "adversarial": adversarial}
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        config = self.config
        return (
            terms["features"] + terms["kl"] + config.adversarial * terms["adversarial"] + config.pixels * terms["nll"]
        )

    def helper_loss(self, model: Model, batch: Batch, generator: torch.Generator | None, helper: nn.Module) -> Tensor:
        assert isinstance(helper, Critic)
        condition = model.condition(batch.y)
        with torch.no_grad():
            z = model.encode(batch.x, batch.y).sample(generator)
            drawn = torch.randn(z.shape, generator=generator, device=z.device)
            fakes = [model.decode(points, batch.y) for points in (z, drawn)]
        loss = told_apart(helper(batch.x, condition), *(helper(fake, condition) for fake in fakes))
        return loss + self.config.steadiness * steepness(helper, batch.x, condition)

    @torch.inference_mode()
    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; features and deception are those of reconstructions of the posterior mean."""
        assert isinstance(helper, Critic)
        features = adversarial = 0.0
        start = 0
        with watching(model), watching(helper):
            for part in batches(model, split):
                condition = model.condition(part.y)
                made = model.decode(encoded.mu[start : start + len(part)].to(model.device), part.y)
                distance = helper.features(part.x, condition) - helper.features(made, condition)
                features += 0.5 * distance.square().sum().item()
                adversarial += convincing(helper(made, condition)).item() * len(part)
                start += len(part)
        found = {"features": features / len(split), "adversarial": adversarial / len(split)}
        return self.with_loss(self.elbo(model, split, encoded) | found, epoch)
