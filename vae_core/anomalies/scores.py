"""How unlike what it learned a model finds an example: higher is stranger."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vae_core.data import Split
from vae_core.latent.typicality import Typicality
from vae_core.metrics import batches
from vae_core.model import Model, Posterior

SCORES: Mapping[str, str] = {
    "neg_elbo": "NLL and KL: what the example costs in bits that the model would send",
    "nll": "NLL of the reconstruction: what the model cannot make again",
    "kl": "KL: how far from the prior it lies",
    "density": "−log density of its code among those of examples",
}


@torch.inference_mode()
def scores(model: Model, split: Split, typicality: Typicality) -> dict[str, Tensor]:
    """Each of `SCORES` for every example, [N] in nats, on the CPU.

    NLL is that of the posterior mean, so that a score does not jitter. `typicality` is that of normal examples.
    """
    training = model.training
    model.eval()
    found: dict[str, list[Tensor]] = {name: [] for name in SCORES}
    try:
        for part in batches(model, split):
            posterior = model.encode(part.x, part.y)
            nll = model.nll(part.x, posterior.mu, part.y).float().cpu()
            rest = of_parts(nll, Posterior(posterior.mu.cpu(), _cpu(posterior.logvar)), typicality)
            for name, values in rest.items():
                found[name].append(values)
    finally:
        model.train(training)
    return {name: torch.cat(parts) for name, parts in found.items()}


def unlabelled(model: Model, x: Tensor, typicality: Typicality) -> dict[str, Tensor]:
    """The `scores` of examples at rest [N, *shape] whose class is not known: a conditional model takes the one that
    suits each best."""
    each = [
        scores(model, Split(x, torch.full((len(x),), label)), typicality) for label in range(max(1, model.n_conditions))
    ]
    return {name: torch.stack([found[name] for found in each]).amin(0) for name in SCORES}


def of_parts(nll: Tensor, posterior: Posterior, typicality: Typicality) -> dict[str, Tensor]:
    """The scores of examples whose NLL at the posterior mean [N] and posterior are known: a checkpoint stores them."""
    kl = posterior.kl_per_dim().sum(1)
    return {"neg_elbo": nll + kl, "nll": nll, "kl": kl, "density": -typicality.log_density(posterior.mu).float()}


def _cpu(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.cpu()
