"""The evidence lower bound and its two terms."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure, batches
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "elbo",
            "−ELBO",
            "What the code and the reconstruction cost together: an upper bound on −log p(x).",
            "loss",
            better="lower",
            unit="nats",
            negated=True,
            needs=("posterior",),
            likelihood=True,
        ),
        Measure(
            "nll",
            "NLL",
            "What the reconstruction from the code misses of an example, under the model's own likelihood.",
            "loss",
            better="lower",
            unit="nats",
            likelihood=True,
        ),
        Measure(
            "kl",
            "KL",
            "What the code says of an example. More is no better by itself: it pays if the NLL falls by more.",
            "loss",
            unit="nats",
            needs=("posterior",),
        ),
    )

    noise_seed: int = option(0, "Seed of the posterior sample of each example.", minimum=0)


@METRICS.register("elbo", Config)
@torch.inference_mode()
def elbo(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """ELBO, NLL and KL in nats per example, one posterior sample each (Kingma & Welling 2014).

    `elbo` = −(`nll` + `kl`); `kl_per_dim` lists the KL of each latent dimension. For a deterministic code `kl` is 0 and
    `elbo` is −`nll`, which is no bound.
    """
    training = model.training
    model.eval()
    generator = torch.Generator(model.device).manual_seed(config.noise_seed)
    nll = torch.zeros((), dtype=torch.float64)
    start = 0
    for part in batches(model, split):
        stop = start + len(part)
        logvar = None if encoded.logvar is None else encoded.logvar[start:stop].to(model.device)
        z = Posterior(encoded.mu[start:stop].to(model.device), logvar).sample(generator)
        nll += model.nll(part.x, z, part.y).double().sum().cpu()
        start = stop
    model.train(training)
    kl_per_dim = encoded.kl_per_dim().double().mean(0)
    terms = {"nll": nll.item() / len(split), "kl": kl_per_dim.sum().item()}
    return {"elbo": -(terms["nll"] + terms["kl"]), **terms, "kl_per_dim": kl_per_dim.tolist()}
