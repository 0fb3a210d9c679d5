"""The generative adversarial network, the contrast to every autoencoder: it draws and never saw what it encodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

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
from vae_core.objectives.iwae import log_posterior
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "GAN"

    steadiness: float = steadiness()


@OBJECTIVES.register("gan", Config)
class GAN(Adversarial):
    """The decoder draws what a discriminator takes for an example, and never sees one (Goodfellow et al. 2014).

    loss = −log D(G(z)) − log q(z | G(z)), z from the prior. The first term, `adversarial`, reaches the decoder alone;
    the second, `code`, the encoder alone: it guesses the z of what the decoder drew, and is shown no example (the sleep
    phase of Hinton et al. 1995). So a reconstruction is what the decoder would have drawn instead. NLL, KL and −ELBO
    are those of examples as everywhere, though nothing here minimises them.
    """

    title = "GAN"
    terms = ("loss", "nll", "kl", "adversarial", "code")
    labels: ClassVar[Mapping[str, str]] = {"adversarial": "−log D (drawn)", "code": "−log q(z | drawn)"}

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        assert isinstance(helper, Critic)
        # With gradients, which are then let go: a learned σ follows them.
        terms = {name: term.detach() for name, term in self.encoded(model, batch, generator)[2].items()}
        z, drawn = self._drawn(model, batch, generator)
        with fixed(helper):
            terms["adversarial"] = convincing(helper(drawn, model.condition(batch.y)))
        terms["code"] = -log_posterior(z, model.encode(drawn.detach(), batch.y)).mean()
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["adversarial"] + terms["code"]

    def helper_loss(self, model: Model, batch: Batch, generator: torch.Generator | None, helper: nn.Module) -> Tensor:
        assert isinstance(helper, Critic)
        condition = model.condition(batch.y)
        with torch.no_grad():
            _, drawn = self._drawn(model, batch, generator)
        loss = told_apart(helper(batch.x, condition), helper(drawn, condition))
        return loss + self.config.steadiness * steepness(helper, batch.x, condition)

    @torch.inference_mode()
    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; `adversarial` and `code` are of as many draws as there are examples."""
        assert isinstance(helper, Critic)
        generator, adversarial, code = torch.Generator(model.device).manual_seed(0), 0.0, 0.0
        with watching(model), watching(helper):
            for part in batches(model, split):
                z, drawn = self._drawn(model, part, generator)
                adversarial += convincing(helper(drawn, model.condition(part.y))).item() * len(part)
                code -= log_posterior(z, model.encode(drawn, part.y)).sum().item()
        found = {"adversarial": adversarial / len(split), "code": code / len(split)}
        return self.with_loss(self.elbo(model, split, encoded) | found, epoch)

    @staticmethod
    def _drawn(model: Model, batch: Batch, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """As many draws of the prior as the batch has examples, [B, D], and what they decode to [B, *shape]."""
        z = torch.randn(len(batch), model.config.latent_dim, generator=generator, device=model.device)
        return z, model.decode(z, batch.y)
