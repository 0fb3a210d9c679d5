"""Objectives: what a training minimises. One a file, with its formula, its paper and its named terms.

Add one: a file here with a frozen `Config` and a subclass of `Objective`, registered with
`@OBJECTIVES.register("name", Config)`.
"""

from typing import Any

import torch
from torch import Tensor

from vae_core.model import Model
from vae_core.registry import Registry

OBJECTIVES = Registry("objective", __name__)


class Objective:
    """Called with a model and a batch, gives named terms, each in nats per example.

    `variational` says whether the code is a distribution; the model is built accordingly.
    """

    variational = True

    def __init__(self, config: Any):
        self.config = config

    def __call__(
        self, model: Model, x: Tensor, y: Tensor | None, epoch: float, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """x float [B, *shape] in [0, 1], y int64 [B] or None -> terms, of which `loss` is what to minimise.

        Always there: `loss`, `nll`, `kl` (scalars, means over the batch) and `kl_per_dim` [D]. `epoch` is how far
        the training is, as a real number (2.5: half-way through the third), for what changes with time.
        """
        posterior = model.encode(self.seen(x, generator), y)
        logits = model.decode_logits(posterior.sample(generator), y)
        nll = model.likelihood.nll(logits, x).mean()
        kl_per_dim = posterior.kl_per_dim().mean(0)
        terms = {"nll": nll, "kl": kl_per_dim.sum(), "kl_per_dim": kl_per_dim}
        return {"loss": self.loss(terms, epoch), **terms}

    def seen(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """What the encoder gets of a batch, in x's shape: x itself, unless the objective disturbs it."""
        return x

    def loss(self, terms: dict[str, Tensor], epoch: float) -> Tensor:
        """What to minimise, from `nll`, `kl` and `kl_per_dim`, in nats per example."""
        raise NotImplementedError
