"""Metrics of a trained model, one per file, each tested on known answers.

Add one: a file here with a frozen `Config` and a function `(config, model, split, encoded) -> {name: value}`,
registered with `@METRICS.register("name", Config)`. `encoded` is the posterior of the split; return {} if the metric is
undefined for the data (no factors, no classes). One that takes long says `on_request: ClassVar[bool] = True` in its
Config; `measure`, which every checkpoint needs, then leaves it out. One that asks for no more than the codes, classes
and factors of a checkpoint's latents, and takes a second or two, says `of_codes: ClassVar[bool] = True`. What its
numbers mean it says in `measures: ClassVar[tuple[Measure, ...]]`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vae_core.data import Batch, DataSpec, Split
from vae_core.kinds import kind_of
from vae_core.latent.reader import reader_of
from vae_core.model import Model, ModelConfig
from vae_core.posterior import Posterior
from vae_core.registry import Registry

METRICS = Registry("metric", __name__)

BATCH = 1000

NEEDS: Mapping[str, tuple[str, Callable[[ModelConfig, DataSpec], bool]]] = {
    "posterior": ("no posterior", lambda config, spec: config.variational),
    "dimensions": ("one dimension", lambda config, spec: config.latent_dim > 1),
    "classes": ("no classes", lambda config, spec: len(spec.classes) > 1),
    "factors": ("no factors", lambda config, spec: bool(spec.factors)),
    "anomalies": ("no anomalies", lambda config, spec: spec.normal is not None),
    "sentences": ("no sentences", lambda config, spec: spec.padding is not None),
    "numbers": ("symbols", lambda config, spec: not spec.symbols and not any(each.values for each in spec.columns)),
    "pictures": ("no pictures", lambda config, spec: not spec.symbols and not spec.columns),
    "reader": ("no reader", lambda config, spec: reader_of(spec) is not None),
}
"""What a measure may ask of a model and its data: what is said where that is missing, and whether it is there."""

ABOUT = ("loss", "code", "classes", "factors", "examples", "strangers", "size")
"""What measures are about, in the order of a table."""


@dataclass(frozen=True)
class Measure:
    """What one of a metric's numbers means, for a table that puts models side by side.

    `key` is its name in a checkpoint's metrics, `says` a sentence, `about` one of `ABOUT`, `needs` names from `NEEDS`.
    `better` is "lower" or "higher"; None: neither. `unit` follows the number: "nats" (per example), "%" of a share.
    `negated`: what is shown is −value. Values compare where models are measured on the same examples and `alike` other
    metrics of theirs are known and equal, such as what they were measured against; `likelihood`: and only if that is
    the same.
    """

    key: str
    title: str
    says: str
    about: str
    better: str | None = None
    unit: str = ""
    negated: bool = False
    needs: tuple[str, ...] = ()
    likelihood: bool = False
    alike: tuple[str, ...] = ()

    def lacks(self, config: ModelConfig, spec: DataSpec) -> str | None:
        """Why a model has no such number, in two words; None if it has one."""
        return next((said for said, there in map(NEEDS.__getitem__, self.needs) if not there(config, spec)), None)


def measures() -> dict[str, list[Measure]]:
    """The measures of each metric that says what its numbers mean, by the metric's name."""
    found = {entry.name: list(getattr(entry.config, "measures", ())) for entry in METRICS}
    return {name: each for name, each in found.items() if each}


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


def of_codes(encoded: Posterior, split: Split) -> dict[str, Any]:
    """The metrics for which codes and the classes and factors of `split` are enough: nothing else of it is read."""
    results: dict[str, Any] = {}
    for entry in METRICS:
        if getattr(entry.config, "of_codes", False):
            results |= entry.build(entry.config(), None, split, encoded)
    return results
