"""Whether what is decoded changes little by little along a path, or all at once."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "smoothness",
            "Smoothness",
            "How evenly what is decoded changes along straight paths: 1 evenly, near 0 in one jump.",
            "examples",
            better="higher",
        ),
    )

    paths: int = option(100, "Straight paths between two draws of the prior.", minimum=1, maximum=10_000)
    steps: int = option(20, "Steps of a path.", minimum=2, maximum=1000)
    path_seed: int = option(0, "Seed of the paths.", minimum=0)


@METRICS.register("smoothness", Config)
@torch.inference_mode()
def smoothness(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """How evenly what is decoded changes along straight paths between draws of the prior, 0 to 1, mean over paths.

    (Σ d)² / (T Σ d²) for the changes d of the T steps of a path: 1 if each changes as much, 1/T if all change in one.
    A change is the distance of what is shown, of symbols the square root of how many differ. Of a conditional model
    both ends have the class of one example. {} if nothing changes anywhere.
    """
    generator = torch.Generator().manual_seed(config.path_seed)
    ends = torch.randn(2, config.paths, model.config.latent_dim, generator=generator)
    y = split.condition[torch.randint(len(split), (config.paths,), generator=generator)]
    training = model.training
    model.eval()
    shares = []
    for path in range(config.paths):
        z = torch.lerp(ends[0, path], ends[1, path], torch.linspace(0, 1, config.steps + 1)[:, None])
        label = y[path : path + 1].expand(config.steps + 1, *y.shape[1:])
        parts = model.pieces(len(z), len(z))
        shown = torch.cat([model.decode(z[i].to(model.device), label[i].to(model.device)).cpu() for i in parts])
        apart = (shown[1:] != shown[:-1]).double() if model.spec.symbols else (shown[1:] - shown[:-1]).double()
        squares = apart.square().flatten(1).sum(1)  # [T]
        if squares.sum() > 0:
            shares.append((squares.sqrt().sum().square() / (config.steps * squares.sum())).item())
    model.train(training)
    return {"smoothness": sum(shares) / len(shares)} if shares else {}
