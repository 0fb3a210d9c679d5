"""Metrics of a trained model, one per file, each tested on known answers.

Add one: a file here with a frozen `Config` and a function `(config, model, split, encoded) -> {name: value}`,
registered with `@METRICS.register("name", Config)`. `encoded` is the posterior of the split; return {} if the metric is
undefined for the data (no factors, no classes). One that takes long says `on_request: ClassVar[bool] = True` in its
Config; `measure`, which every checkpoint needs, then leaves it out.
"""

from collections.abc import Iterator
from typing import Any

import torch

from vae_core.data import Batch, Split
from vae_core.kinds import kind_of
from vae_core.model import Model, Posterior
from vae_core.registry import Registry

METRICS = Registry("metric", __name__)

BATCH = 1000


@torch.inference_mode()
def encode_split(model: Model, split: Split) -> Posterior:
    """The posterior of every example, [N, D], on the CPU, computed in evaluation mode."""
    training = model.training
    model.eval()
    parts = [model.encode(part.x, part.y) for part in batches(model, split)]
    model.train(training)
    mu = torch.cat([part.mu for part in parts]).cpu()
    logvars = [part.logvar for part in parts if part.logvar is not None]
    return Posterior(mu, torch.cat(logvars).cpu() if logvars else None)


def batches(model: Model, split: Split, size: int = BATCH) -> Iterator[Batch]:
    """The split in order, as batches in batch form on the model's device."""
    kind = kind_of(model.spec)
    for piece in model.pieces(len(split), size):
        part = split.take(piece).to(model.device)
        yield Batch(kind.feed(part.x), part.condition)


def measure(model: Model, split: Split) -> dict[str, Any]:
    """All registered metrics of one split but those `on_request`, as one flat dict of JSON-ready values."""
    encoded = encode_split(model, split)
    results: dict[str, Any] = {}
    for entry in METRICS:
        if getattr(entry.config, "on_request", False):
            continue
        results |= entry.build(entry.config(), model, split, encoded)
    return results
