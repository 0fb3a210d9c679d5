"""log p(x) itself, where the ELBO is a bound: by importance weighting."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure, batches
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "iw_nll",
            "Importance-weighted NLL",
            "Closer to −log p(x) than −ELBO, and the closer the more draws are taken.",
            "loss",
            better="lower",
            unit="nats",
            needs=("posterior",),
            likelihood=True,
            alike=("iw_samples",),
        ),
        Measure(
            "iw_perplexity",
            "Perplexity",
            "Among how many equally likely words the model is unsure at each step.",
            "loss",
            better="lower",
            needs=("posterior", "sentences"),
            likelihood=True,
            alike=("iw_samples",),
        ),
    )

    samples: int = option(500, "Draws of z for each example.", minimum=1, maximum=1_000_000)
    noise_seed: int = option(0, "Seed of the draws.", minimum=0)


@METRICS.register("importance", Config)
@torch.inference_mode()
def importance(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Importance-weighted NLL in nats per example, and of symbols the perplexity (Burda et al. 2016, equation 8).

    `iw_nll` falls towards −log p(x) as `iw_samples` grows. `iw_perplexity` is per symbol, padding left out and the end
    counted. {} for a deterministic code.
    """
    if encoded.logvar is None:
        return {}
    training = model.training
    model.eval()
    generator = torch.Generator(model.device).manual_seed(config.noise_seed)
    nll, start = 0.0, 0
    for part in batches(model, split):
        rows = slice(start, start + len(part))
        posterior = Posterior(encoded.mu[rows].to(model.device), encoded.logvar[rows].to(model.device))
        nll += weighted_nll(model, part.x, posterior, config.samples, part.y, generator).sum().item()
        start += len(part)
    model.train(training)
    found = {"iw_nll": nll / len(split), "iw_samples": config.samples}
    return found if model.spec.padding is None else found | {"iw_perplexity": perplexity(nll, split.x, model)}


def weighted_nll(
    model: Model,
    x: Tensor,
    posterior: Posterior,
    samples: int,
    y: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """−log 1/k Σ p(x | zᵢ) p(zᵢ) / q(zᵢ | x) over k `samples` zᵢ of the posterior, in nats, float64 [B].

    x [B, *shape] in batch form. One draw an example is in memory at a time, whatever their number.
    """
    mu, logvar = posterior.mu, posterior.logvar
    if logvar is None:
        raise ValueError("a deterministic code has no posterior to draw from")
    total = torch.full((len(x),), -math.inf, dtype=torch.float64, device=x.device)
    for _ in range(samples):
        noise = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
        z = mu + torch.exp(0.5 * logvar) * noise
        # log p(z) − log q(z | x); the constants cancel.
        prior = 0.5 * (noise.square() + logvar - z.square()).double().sum(1)
        total = torch.logaddexp(total, prior - model.nll(x, z, y).double())
    return math.log(samples) - total


def perplexity(nll: float, x: Tensor, model: Model) -> float:
    """e to the NLL per symbol, for the sum `nll` of the examples x [N, *shape]; padding is none."""
    symbols = x.numel() if model.spec.padding is None else int((x != model.spec.padding).sum())
    return math.exp(nll / symbols)
