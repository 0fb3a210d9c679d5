"""Objectives, one per file: the loss that a training minimises, with its formula, its paper and its named terms.

Add one: a file here with a frozen `Config` and a subclass of `Objective`, registered with
`@OBJECTIVES.register("name", Config)`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from vae_core.data import Batch, DataSpec, Split
from vae_core.errors import UserError
from vae_core.metrics import METRICS
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.registry import Registry

OBJECTIVES = Registry("objective", __name__)


def numbers_only(spec: DataSpec, why: str) -> None:
    """UserError unless all values of an example are numbers, for an objective that needs their gradients: `why`."""
    if spec.symbols or any(column.values for column in spec.columns):
        raise UserError(f"{why}; {spec.name} has symbols, which are not numbers.")


class Objective:
    """Maps a model and a batch to named terms, each in nats per example.

    `variational` tells whether the code is a distribution, `conditional` whether the model must be told the class; it
    is built accordingly. `terms` names the scalars that a training sums and records; it minimises the first, `loss`.
    `labels` says what a person calls the terms that only this objective has; those named in `unitless` are no nats.
    `ranked`: −ELBO on held-out examples tells which epoch of a training is its best; if not, the latest counts as such.
    `title` is what the name of a model says of it; of a VAE, nothing.
    """

    variational = True
    conditional = False
    title = ""
    terms: tuple[str, ...] = ("loss", "nll", "kl")
    labels: ClassVar[Mapping[str, str]] = {}
    ranked = True
    unitless: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Any):
        self.config = config

    def check(self, spec: DataSpec) -> None:
        """UserError if the objective does not suit such data."""

    def prepare(self, model: Model) -> None:
        """Change fresh weights before the first step, if it has to. UserError for an unsuitable model."""

    def trained(self, model: Model, epoch: float, step: int) -> Iterable[nn.Parameter] | None:
        """The parameters that a step updates; None: all of them. `step` counts the batches of an epoch from 0."""
        return None

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        """The `terms` of a batch (scalars, means over the batch) and `kl_per_dim` [D], which is not recorded."""
        _, z, terms = self.encoded(model, batch, generator)
        loss, more = self.loss(terms, batch.epoch), self.aside(model, batch, z)
        return {"loss": loss if more is None else loss + more, **terms}

    def encoded(
        self, model: Model, batch: Batch, generator: torch.Generator | None = None
    ) -> tuple[Posterior, Tensor, dict[str, Tensor]]:
        """The posterior of a batch, a draw z [B, D] of it, and with that the terms `nll`, `kl` and `kl_per_dim`."""
        posterior = model.encode(self.seen(batch.x, generator), batch.y)
        z = posterior.sample(generator)
        nll = model.nll(batch.x, z, batch.y).mean()
        kl_per_dim = posterior.kl_per_dim().mean(0)
        return posterior, z, {"nll": nll, "kl": kl_per_dim.sum(), "kl_per_dim": kl_per_dim}

    def seen(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The encoder's input for x, in its shape: x itself, unless the objective corrupts it."""
        return x

    def aside(self, model: Model, batch: Batch, z: Tensor) -> Tensor | None:
        """What a step of the training minimises beside the loss, a scalar; None: nothing. It is no part of what is
        measured on held-out examples."""
        return None

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        """The loss, a scalar in nats per example, computed from the other terms."""
        raise NotImplementedError

    def helper(self, model: Model) -> nn.Module | None:
        """A network that the objective itself needs, such as a discriminator; None if it needs none.

        It is initialised from the training's seed, trained on `helper_loss` by its own optimizer, and saved and resumed
        with the training.
        """
        return None

    def helper_loss(self, model: Model, batch: Batch, generator: torch.Generator | None, helper: nn.Module) -> Tensor:
        """The loss of the helper's step, which follows each step of the model: a scalar."""
        raise NotImplementedError

    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """The terms on held-out examples, JSON-ready, with `elbo` and `kl_per_dim`. `encoded` is their posterior.

        The default takes ELBO, NLL and KL from the metric `elbo` and computes the loss from them.
        """
        return self.with_loss(self.elbo(model, split, encoded), epoch)

    def with_loss(self, found: Mapping[str, Any], epoch: float) -> dict[str, Any]:
        """Terms that were measured, JSON-ready, with the loss computed from them."""
        terms = {name: torch.tensor(value) for name, value in found.items()}
        return {"loss": self.loss(terms, epoch).item(), **found}

    @staticmethod
    def elbo(model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
        """ELBO, NLL, KL and `kl_per_dim` on held-out examples: what can be compared between objectives."""
        return METRICS.build(METRICS["elbo"].config(), model, split, encoded)
