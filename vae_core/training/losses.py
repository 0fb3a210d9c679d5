"""The losses that a training has: an autoencoder has no KL, hence no evidence lower bound."""

from collections.abc import Mapping
from typing import Any

from vae_core.latent.geometry import INACTIVE_KL
from vae_core.training.config import TrainConfig

LOSSES = {"neg_elbo": "−ELBO", "nll": "NLL", "kl": "KL"}


def losses(config: TrainConfig, split: Mapping[str, Any]) -> dict[str, float | None]:
    """The `LOSSES` in the terms of a record or of a checkpoint's metrics, in nats per example.

    Of an autoencoder NLL alone is a number. Its records hold a KL of 0, but −NLL bounds nothing, and beside a VAE's
    −ELBO it would always win.
    """
    nll, kl = split["nll"], split["kl"]
    variational = config.model.variational
    return {"neg_elbo": nll + kl if variational else None, "nll": nll, "kl": kl if variational else None}


def describe_losses(config: TrainConfig, split: Mapping[str, Any], digits: int = 1) -> str:
    """As "−ELBO 25.1 = NLL 20.0 + KL 5.1", or "NLL 20.0"; the unit is the caller's."""
    found = [f"{LOSSES[name]} {value:.{digits}f}" for name, value in losses(config, split).items() if value is not None]
    return found[0] if len(found) == 1 else f"{found[0]} = {found[1]} + {found[2]}"


def dimensions_in_use(config: TrainConfig, split: Mapping[str, Any]) -> int | None:
    """How many latent dimensions carry at least INACTIVE_KL nats; None for an autoencoder, which has no KL."""
    return sum(value >= INACTIVE_KL for value in split["kl_per_dim"]) if config.model.variational else None
