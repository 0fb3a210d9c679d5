"""Encoded examples, as a checkpoint keeps those that were held out."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from vae_core.model import Posterior


@dataclass(frozen=True)
class Latents:
    """The encoded held-out examples: posterior [N, D], labels `y` [N], ground-truth `factors` [N, F] where known, the
    `projections` that were fitted, by name ("umap" [N, 2], "umap-3d" [N, 3]), and `nll` [N], how far off their
    reconstructions are (nats; None in checkpoints of earlier versions)."""

    posterior: Posterior
    y: Tensor
    factors: Tensor | None
    projections: Mapping[str, Tensor]
    nll: Tensor | None = None
