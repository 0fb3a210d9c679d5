"""How far reconstructions are off, in the units of other programs."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from vae_core.data import Split
from vae_core.metrics import METRICS, Measure, batches
from vae_core.model import Model
from vae_core.posterior import Posterior

LEAST = 1e-10
"""A squared error below it counts as this: 100 dB."""


@dataclass(frozen=True)
class Config:
    """No options."""

    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "mse",
            "Squared error",
            "Mean squared error of a value, from the posterior mean.",
            "examples",
            better="lower",
            needs=("numbers",),
        ),
        Measure(
            "psnr",
            "PSNR",
            "The same as a level: 3 dB more is half the squared error.",
            "examples",
            better="higher",
            unit="dB",
            needs=("pictures",),
        ),
    )


@METRICS.register("reconstruction", Config)
@torch.inference_mode()
def reconstruction(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Mean squared error per value of reconstructions of the posterior mean, and of pictures the PSNR in dB.

    PSNR is the mean over examples of −10 log₁₀ of the squared error, for values from 0 to 1. {} for symbols.
    """
    if model.spec.symbols or any(column.values for column in model.spec.columns):
        return {}
    training = model.training
    model.eval()
    total = decibels = 0.0
    start = 0
    for part in batches(model, split):
        shown = model.decode(encoded.mu[start : start + len(part)].to(model.device), part.y)
        errors = (shown - part.x).double().square().flatten(1).mean(1)
        total += errors.sum().item()
        decibels -= 10 * errors.clamp(min=LEAST).log().sum().item() / math.log(10)
        start += len(part)
    model.train(training)
    found = {"mse": total / len(split)}
    return found if model.spec.columns else found | {"psnr": decibels / len(split)}
