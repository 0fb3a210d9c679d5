"""How far the distribution of a model's draws is from that of its data, in the eyes of a small classifier of ours."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.latent.reader import reader_of
from vae_core.metrics import METRICS, Measure, batches
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "reader_distance",
            "Reader distance",
            "Fréchet distance of the prior's draws from real pictures, in the features of this program's digit reader.",
            "examples",
            better="lower",
            needs=("reader",),
        ),
    )

    most: int = option(5000, "Draws of the prior, and held-out examples, at most.", minimum=2, maximum=1_000_000)
    draw_seed: int = option(0, "Seed of the draws.", minimum=0)


@METRICS.register("reader_distance", Config)
@torch.inference_mode()
def reader_distance(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Fréchet distance of draws of the prior from held-out pictures in the 64 features of this program's own reader.

    The formula of Heusel et al. 2017, but not their network: the reader of the dataset (`checkpoints/readers.py` trains
    it) knows digits and nothing else, so the number compares models of one dataset here and none elsewhere.
    `reader_distance_halves` is that of one half of the examples from the other: what is left of it is chance. {} where
    a dataset has no reader.
    """
    reader = reader_of(model.spec)
    if reader is None or len(split) < 4:
        return {}
    training = model.training
    model.eval()
    part = split.take(slice(0, config.most))
    real = torch.cat([reader.features(some.x.cpu()) for some in batches(model, part)])
    generator = torch.Generator().manual_seed(config.draw_seed)
    z = torch.randn(len(part), model.config.latent_dim, generator=generator)
    drawn = [model.decode(z[i].to(model.device), part.condition[i].to(model.device)) for i in model.pieces(len(z), 500)]
    made = torch.cat([reader.features(some.cpu()) for some in drawn])
    model.train(training)
    half = len(part) // 2
    return {"reader_distance": frechet(real, made), "reader_distance_halves": frechet(real[:half], real[half:])}


def frechet(one: Tensor, other: Tensor) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of two samples [N, R] and [M, R], not below 0 (Dowson & Landau 1982)."""
    one, other = one.double(), other.double()
    means = (one.mean(0) - other.mean(0)).square().sum()
    first, second = (torch.atleast_2d(torch.cov(each.T)) for each in (one, other))
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    # The eigenvalues of Σ₁Σ₂ are those of Σ₁^½ Σ₂ Σ₁^½, which is symmetric.
    shared = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    return max(0.0, (means + first.trace() + second.trace() - 2 * shared).item())
