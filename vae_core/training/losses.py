"""The losses that a training has: an autoencoder has no KL, hence no evidence lower bound."""

import math
from collections.abc import Mapping
from typing import Any

from vae_core.latent.geometry import INACTIVE_KL
from vae_core.numerals import numeral
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


def describe_losses(config: TrainConfig, split: Mapping[str, Any], digits: int = 3) -> str:
    """As "−ELBO 25.1 = NLL 20.0 + KL 5.1", or "NLL 20.0"; the unit is the caller's. The largest gets that many
    significant `digits`, all of them the same number of decimals."""
    found = {LOSSES[name]: value for name, value in losses(config, split).items() if value is not None}
    places = decimals(max(map(abs, found.values())), digits)
    words = [f"{name} {numeral(value, f'.{places}f')}" for name, value in found.items()]
    return words[0] if len(words) == 1 else f"{words[0]} = {words[1]} + {words[2]}"


def decimals(value: float, digits: int) -> int:
    """After how many decimals `value` has that many significant digits: 3 for 25.104 and five digits; at least 1."""
    if not value or not math.isfinite(value):
        return 1
    return max(1, digits - 1 - math.floor(math.log10(abs(value))))


def dimensions_in_use(config: TrainConfig, split: Mapping[str, Any]) -> int | None:
    """How many latent dimensions carry at least INACTIVE_KL nats; None for an autoencoder, which has no KL."""
    return sum(value >= INACTIVE_KL for value in split["kl_per_dim"]) if config.model.variational else None
