"""How unlike what it learned a model finds an example: higher is stranger."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vae_core.anomalies.found import told_apart
from vae_core.data import Data, Split
from vae_core.latent.typicality import Typicality
from vae_core.metrics import Measure, batches, encode_split
from vae_core.model import Model
from vae_core.posterior import Posterior

SCORES: Mapping[str, str] = {
    "neg_elbo": "NLL and KL: what the example costs in bits that the model would send",
    "nll": "NLL of the reconstruction: what the model cannot make again",
    "kl": "KL: how far from the prior it lies",
    "density": "−log density of its code among those of examples",
}

_BRIEFLY = {"neg_elbo": "−ELBO", "nll": "NLL", "kl": "KL", "density": "density"}

MEASURES = (
    *(
        Measure(
            f"auc_{name}",
            f"Anomalies by {short}, AUC",
            f"How often an anomaly's {short} is stranger than a normal example's: 1 always, 0.5 by chance.",
            "strangers",
            better="higher",
            needs=("anomalies",),
        )
        for name, short in _BRIEFLY.items()
    ),
    *(
        Measure(
            f"average_precision_{name}",
            f"Anomalies by {short}, average precision",
            "Of what is flagged, the share that are anomalies, over all thresholds; by chance their share of all.",
            "strangers",
            better="higher",
            needs=("anomalies",),
        )
        for name, short in _BRIEFLY.items()
    ),
)
"""What the numbers of `measured` mean."""

LEARNED = 2000
"""Examples that say where codes are dense."""


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


def learned(model: Model, data: Data) -> Posterior:
    """The codes of up to LEARNED examples that were learned from, spread over all."""
    index = torch.linspace(0, len(data.train) - 1, min(LEARNED, len(data.train))).long()
    return encode_split(model, data.train.take(index))


def measured(model: Model, data: Data) -> dict[str, float]:
    """How well each score tells the held-out anomalies from the normal examples: `auc_NAME` and
    `average_precision_NAME`; {} where none are labelled."""
    if data.spec.normal is None:
        return {}
    anomalous = data.test.y.ne(data.spec.normal)
    if anomalous.all() or not anomalous.any():
        return {}
    typicality = Typicality.of(learned(model, data))
    found = {}
    for name, values in unlabelled(model, data.test.x, typicality).items():
        found[f"auc_{name}"], found[f"average_precision_{name}"] = told_apart(values, anomalous)
    return found


def of_parts(nll: Tensor, posterior: Posterior, typicality: Typicality) -> dict[str, Tensor]:
    """The scores of examples whose NLL at the posterior mean [N] and posterior are known: a checkpoint stores them."""
    kl = posterior.kl_per_dim().sum(1)
    return {"neg_elbo": nll + kl, "nll": nll, "kl": kl, "density": -typicality.log_density(posterior.mu).float()}


def _cpu(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.cpu()
