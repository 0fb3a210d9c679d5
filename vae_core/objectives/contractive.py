"""The contractive autoencoder: a code that changes little when the input does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, DataSpec, Split
from vae_core.metrics import batches
from vae_core.model import Model
from vae_core.networks import ConcatCondition
from vae_core.objectives import OBJECTIVES, Objective, numbers_only
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Contractive autoencoder"

    contraction: float = option(
        1.0,
        "What it costs that the code moves with the input: the weight of the Jacobian's squared norm.",
        minimum=0,
        maximum=1000,
        live=True,
    )
    probes: int = option(
        1,
        "Random directions in which the Jacobian of a deeper encoder is measured at each example; as many as there are "
        "dimensions, or more, measure all of it.",
        minimum=1,
        maximum=512,
    )


@OBJECTIVES.register("contractive", Config)
class Contractive(Objective):
    """Reconstruction, and a code that hardly moves when the input does: loss = NLL + λ·‖∂z/∂x‖²_F (Rifai et al. 2011).

    The norm is exact for an encoder with one hidden layer, whose Jacobian is W₂ diag(s′) W₁, and by Hutchinson's
    estimate E ‖vᵀ ∂z/∂x‖², v of random signs, for others (Hutchinson 1990). `jacobian` is its mean over examples.
    """

    variational = False
    title = "contractive autoencoder"
    terms = ("loss", "nll", "kl", "jacobian")
    labels: ClassVar[Mapping[str, str]] = {"jacobian": "‖∂z/∂x‖²"}
    unitless = ("jacobian",)

    def check(self, spec: DataSpec) -> None:
        numbers_only(spec, "The contractive objective measures how the code moves when a number in the input does")

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        _, _, terms = self.encoded(model, batch, generator)
        terms["jacobian"] = squared_norm(model, batch, self.config.probes, generator).mean()
        return {"loss": self.loss(terms, batch.epoch), **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"] + self.config.contraction * terms["jacobian"]

    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        training, total = model.training, 0.0
        model.eval()
        generator = torch.Generator(model.device).manual_seed(0)
        for part in batches(model, split):
            total += squared_norm(model, part, self.config.probes, generator).sum().item()
        model.train(training)
        return self.with_loss(self.elbo(model, split, encoded) | {"jacobian": total / len(split)}, epoch)


def squared_norm(model: Model, batch: Batch, probes: int, generator: torch.Generator | None = None) -> Tensor:
    """‖∂z/∂x‖²_F of each example's code, [B]: exact for one hidden layer and for `probes` ≥ D, else estimated.

    It has gradients with respect to the encoder's weights.
    """
    layers = [layer for layer in model.network.encoder if not isinstance(layer, (nn.Flatten, ConcatCondition))]
    match layers:
        case [nn.Linear() as first, activation, nn.Linear() as last]:
            return _of_one_hidden_layer(model, batch, first, activation, last)
    x = batch.x.detach().requires_grad_()
    # Recurrent networks of cuDNN have no second derivative.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        z = model.encode(x, batch.y).mu
        found = z.new_zeros(len(x))
        for probe in _probes(z, probes, generator):
            (pulled,) = torch.autograd.grad(z, x, probe, create_graph=True)
            found = found + pulled.flatten(1).square().sum(1)
    return found if probes >= z.shape[1] else found / probes


def _probes(z: Tensor, n: int, generator: torch.Generator | None) -> list[Tensor]:
    """Directions in latent space, [B, D] each: every axis if there are enough of them, else random signs."""
    if n >= z.shape[1]:
        return [axis.expand_as(z) for axis in torch.eye(z.shape[1], device=z.device)]
    return [torch.randint(0, 2, z.shape, generator=generator, device=z.device) * 2.0 - 1 for _ in range(n)]


def _of_one_hidden_layer(
    model: Model, batch: Batch, first: nn.Linear, activation: nn.Module, last: nn.Linear
) -> Tensor:
    """Σ_hk s′_h s′_k (W₁W₁ᵀ)_hk (W₂ᵀW₂)_hk: two products of matrices a batch, and no Jacobian is ever made."""
    x, condition = batch.x.flatten(1).float(), model.condition(batch.y)
    with torch.enable_grad():
        hidden = first(x if condition is None else torch.cat([x, condition], 1))
        (slope,) = torch.autograd.grad(activation(hidden).sum(), hidden, create_graph=True)  # s′, [B, H]
        weights = first.weight[:, : x.shape[1]]  # the condition is no input that changes
        pairs = (weights @ weights.T) * (last.weight.T @ last.weight)
        return ((slope @ pairs) * slope).sum(1)
