"""Long levels of a checkpoint: which models make them, with codes as precise as a link carries them."""

import torch
from torch import Tensor

from components.shared.app import models
from components.shared.app.traffic import queue
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds.tiles.playability import is_playable
from vae_core.latent.long_levels import OVERLAP, LongLevels

SAMPLES, SEED = 300, 0
ANCHORS = 32
DECIMALS = 3


def suits(checkpoint: Checkpoint) -> bool:
    """Whether a model makes levels that somebody could walk through: tiles with roles, and no class to choose."""
    spec = checkpoint.spec
    return spec.kind == "tiles" and bool(spec.symbol_roles) and not checkpoint.train_config.conditional


def overlap(spec: DataSpec) -> int:
    """Columns that neighbouring windows share: fewer where a window is narrow."""
    return min(OVERLAP, spec.shape[1] // 2)


def rounded(codes: Tensor) -> Tensor:
    """Codes as a link and the page carry them."""
    scale = 10**DECIMALS
    return ((codes.double() * scale).round() / scale).float()


class RoundedLevels(LongLevels):
    """Long levels of codes that have been rounded: a repair goes to the edge of what can be played, and rounding it
    afterwards could step back over."""

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        queue.still_asked()
        return super().decode(rounded(codes))


def maker(checkpoint: Checkpoint) -> LongLevels:
    """Made once for all sessions."""
    return models.per_checkpoint(_maker, checkpoint)


def _maker(checkpoint: Checkpoint) -> LongLevels:
    mu = models.latents(checkpoint).posterior.mu
    anchors = mu[:: max(1, len(mu) // ANCHORS)]
    return RoundedLevels(models.loaded(checkpoint), anchors, overlap(checkpoint.spec))


def playable_samples(checkpoint: Checkpoint) -> int:
    """How many of SAMPLES levels, one window each, that the model draws from the prior can be played to their end."""
    return models.per_checkpoint(_playable_samples, checkpoint)


def _playable_samples(checkpoint: Checkpoint) -> int:
    model, generator = models.loaded(checkpoint), torch.Generator().manual_seed(SEED)
    with torch.inference_mode():
        levels = model.sample(SAMPLES, generator=generator)
    return sum(is_playable(level, checkpoint.spec) for level in levels)
