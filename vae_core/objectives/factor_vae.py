"""FactorVAE: a discriminator tells codes from codes whose dimensions were shuffled, and the encoder hides that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, Split
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "FactorVAE"

    gamma: float = option(
        10.0,
        "What it costs that dimensions depend on each other: the weight of the total correlation.",
        minimum=0,
        maximum=1000,
        live=True,
    )
    discriminator_width: int = option(
        256, "Width of the discriminator's hidden layers (1000 in the paper).", minimum=1, maximum=4096
    )
    discriminator_layers: int = option(
        3, "Number of the discriminator's hidden layers (6 in the paper).", minimum=1, maximum=16
    )


@OBJECTIVES.register("factor_vae", Config)
class FactorVAE(Objective):
    """A VAE whose dimensions pay for depending on each other, as a discriminator sees it (Kim & Mnih 2018).

    loss = NLL + KL + γ·TC(z), the total correlation.
    TC(z) = KL(q(z) ‖ Π q(z_d)) ≈ E log D(z) / (1 − D(z)), where D says how likely z is a code of an example rather than
    one put together from the dimensions of several. D is trained on each batch after the model's step: codes of one
    half of it against shuffled codes of the other half. `total_correlation` is the estimate in nats.
    """

    title = "FactorVAE"
    terms = ("loss", "nll", "kl", "total_correlation")
    labels: ClassVar[Mapping[str, str]] = {"total_correlation": "Total correlation"}

    def helper(self, model: Model) -> nn.Module:
        widths = [model.config.latent_dim, *[self.config.discriminator_width] * self.config.discriminator_layers]
        hidden = [
            layer
            for fan_in, fan_out in zip(widths, widths[1:], strict=False)
            for layer in (nn.Linear(fan_in, fan_out), nn.LeakyReLU(0.2))
        ]
        return nn.Sequential(*hidden, nn.Linear(widths[-1], 1))

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        assert helper is not None
        _, z, terms = self.encoded(model, batch, generator)
        terms["total_correlation"] = helper(z).mean()  # the logit is log D / (1 − D)
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"] + terms["kl"] + self.config.gamma * terms["total_correlation"]

    def helper_loss(self, model: Model, batch: Batch, generator: torch.Generator | None, helper: nn.Module) -> Tensor:
        with torch.no_grad():
            z = model.encode(batch.x, batch.y).sample(generator)
        half = len(z) // 2
        # One example alone is its own shuffled code, and the discriminator learns nothing.
        whole, parts = z[: len(z) - half], shuffled(z[half:], generator)
        return 0.5 * (F.softplus(-helper(whole)).mean() + F.softplus(helper(parts)).mean())

    @torch.inference_mode()
    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        assert helper is not None
        z = encoded.sample(torch.Generator().manual_seed(0)).to(model.device)
        seen = {"total_correlation": helper(z).mean().item()}
        return self.with_loss(self.elbo(model, split, encoded) | seen, epoch)


def shuffled(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Codes z [B, D] with each dimension shuffled over the batch on its own: draws of Π q(z_d)."""
    order = torch.rand(z.shape, generator=generator, device=z.device).argsort(0)
    return z.gather(0, order)
