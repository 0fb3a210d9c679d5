"""Diagnosis of a training from measured quantities, and translation of its β to other programs' conventions.

`diagnose` looks for latent dimensions that carry no information (posterior collapse, Bowman et al. 2016; Lucas et al.
2019), and compares with a language model, which has no z. `conventions` answers the most common question about VAE
code: mean or sum?
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from vae_core.data import Split
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.metrics import METRICS, batches, encode_split
from vae_core.model import Model
from vae_core.networks._writing import SymbolWriter
from vae_core.objectives import beta_vae, language_model
from vae_core.training import TrainConfig

EXAMPLES = 1000
"""Held-out examples in a diagnosis."""


@dataclass(frozen=True)
class Convention:
    """A way to write the loss, and the equivalent β of `NLL + β·KL` with sums over dimensions."""

    name: str
    loss: str
    effective_beta: float


def conventions(beta: float, n_values: int, latent_dim: int, batch_size: int) -> list[Convention]:
    """The effective β if reconstruction and KL were reduced differently; the first row is this program's convention."""
    return [
        Convention(
            "sum over values and dimensions, mean over the batch (here)", "NLL.sum(1).mean() + β·KL.sum(1).mean()", beta
        ),
        Convention("sum over everything", "NLL.sum() + β·KL.sum()", beta),
        Convention("mean over values too", "NLL.mean() + β·KL.sum(1).mean()", beta * n_values),
        Convention("mean over values and dimensions", "NLL.mean() + β·KL.mean()", beta * n_values / latent_dim),
        Convention(
            "mean over values, KL summed over the batch", "NLL.mean() + β·KL.sum()", beta * n_values * batch_size
        ),
        Convention("NLL summed over the batch, KL averaged", "NLL.sum() + β·KL.sum(1).mean()", beta / batch_size),
    ]


@dataclass(frozen=True)
class Remedy:
    """A change worth trying: its id (valid in a training's name), title, reason, and the config to train with."""

    id: str
    name: str
    reason: str
    config: TrainConfig


@dataclass(frozen=True)
class Diagnosis:
    """Measurements on held-out examples, in nats per example: `kl_per_dim`, empty for a deterministic code; `nll`; and
    `nll_shuffled`, the NLL if each example is decoded from another one's z. If it is close to `nll`, the decoder
    ignores z.

    `inactive` counts dimensions below INACTIVE_KL, `active_units` those whose posterior mean has a variance above
    `active_above` (Burda et al. 2016). `mutual_information`, I(x; z), can be at most `most_information`, the logarithm
    of the number of examples; None for a deterministic code. `language_model` is the NLL of one without z, if given.
    """

    kl_per_dim: list[float]
    inactive: int
    active_units: int
    active_above: float
    mutual_information: float | None
    most_information: float
    nll: float
    nll_shuffled: float
    language_model: float | None
    verdict: str
    healthy: bool
    remedies: list[Remedy]


@torch.inference_mode()
def diagnose(
    model: Model, split: Split, config: TrainConfig, seed: int = 0, baseline: Model | None = None
) -> Diagnosis:
    """Measure on up to 1,000 examples how much z carries and what it costs to shuffle it, and derive a verdict.

    For a conditional model z is exchanged within each class, so that only the information in z is lost. `baseline` is a
    language model of the same data, trained with the objective of that name.
    """
    part = split.take(slice(0, EXAMPLES)).to(model.device)
    posterior = encode_split(model, part)
    generator = torch.Generator().manual_seed(seed)
    z = posterior.sample(generator).to(model.device)
    kl = posterior.kl_per_dim().mean(0).tolist() if posterior.logvar is not None else []
    partner = _derangement(part.y if model.n_conditions else None, len(part), generator)
    own, shuffled = nll(model, part, z), nll(model, part, z[partner])
    inactive = sum(value < INACTIVE_KL for value in kl)
    units, information = METRICS["active_units"], METRICS["mutual_information"]
    found = METRICS.build(information.config(noise_seed=seed), model, part, posterior)
    verdict, healthy = _verdict(inactive, len(kl), own, shuffled, config)
    return Diagnosis(
        kl_per_dim=kl,
        inactive=inactive,
        active_units=METRICS.build(units.config(), model, part, posterior)["active_units"],
        active_above=units.config().threshold,
        mutual_information=found.get("mutual_information"),
        most_information=math.log(len(part)),
        nll=own,
        nll_shuffled=shuffled,
        language_model=None if baseline is None else nll(baseline, part, encode_split(baseline, part).mu),
        verdict=verdict,
        healthy=healthy,
        remedies=[] if healthy else _remedies(config, inactive == len(kl), model),
    )


@torch.inference_mode()
def nll(model: Model, split: Split, z: torch.Tensor) -> float:
    """The mean NLL of a split decoded from z [N, D], in nats per example."""
    total, start = 0.0, 0
    for batch in batches(model, split):
        total += model.nll(batch.x, z[start : start + len(batch)].to(model.device), batch.y).double().sum().item()
        start += len(batch)
    return total / len(split)


def _derangement(y: torch.Tensor | None, n: int, generator: torch.Generator) -> torch.Tensor:
    """For each example the index of another one, of the same class if `y` is given: a random cycle."""
    partner = torch.empty(n, dtype=torch.long)
    groups = (
        [torch.arange(n)] if y is None else [torch.nonzero(y.cpu() == label).flatten() for label in y.cpu().unique()]
    )
    for group in groups:
        order = group[torch.randperm(len(group), generator=generator)]
        partner[order] = order.roll(1)
    return partner


def _verdict(inactive: int, total: int, nll: float, shuffled: float, config: TrainConfig) -> tuple[str, bool]:
    deaf = shuffled - nll < 0.02 * abs(nll)
    if isinstance(config.objective, language_model.Config):
        return "A language model has no z, so it has nothing to collapse: it is what others are compared with.", True
    if not config.model.variational:
        return "An autoencoder has no KL and cannot collapse; look at the gaps in its latent map instead.", True
    beta = getattr(config.objective, "beta", 1.0)
    blame = (
        f"β = {beta:g} is too large for this decoder"
        if beta > 1
        else "the KL is pressed to 0 faster than z becomes useful"
    )
    if inactive == total or deaf:
        return (
            f"Posterior collapse: the decoder ignores z ({inactive} of {total} dimensions carry nothing); {blame}.",
            False,
        )
    if inactive > total / 2:
        return f"{inactive} of {total} dimensions carry nothing; {blame}, or fewer dimensions would do.", False
    if inactive:
        return (
            f"{total - inactive} of {total} dimensions are in use, the rest carry nothing: more than these data need.",
            True,
        )
    which = {1: "The only dimension is", 2: "Both dimensions are"}.get(total, f"All {total} dimensions are")
    return f"{which} in use, and the decoder listens to {'it' if total == 1 else 'them'}.", True


def _remedies(config: TrainConfig, collapsed: bool, model: Model | None = None) -> list[Remedy]:
    is_beta_vae = isinstance(config.objective, beta_vae.Config)
    objective: beta_vae.Config = config.objective if is_beta_vae else beta_vae.Config(beta=1.0)

    def with_objective(**changes: Any) -> TrainConfig:
        return replace(config, objective=replace(objective, **changes))

    warmup = float(max(1, math.ceil(config.epochs / 3)))
    remedies = [
        Remedy(
            "warm-up",
            "Warm-up",
            f"Let the KL come in over {warmup:g} epochs (Bowman et al. 2016).",
            with_objective(warmup_epochs=warmup),
        ),
        Remedy(
            "free-bits",
            "Free bits",
            "Let each dimension carry 0.25 nats for free (Kingma et al. 2016).",
            with_objective(free_bits=0.25),
        ),
    ]
    if model is not None and isinstance(model.network.decoder, SymbolWriter):
        remedies += _remedies_of_writers(config, with_objective)
    if objective.beta > 1:
        smaller = 1.0 if collapsed else max(1.0, objective.beta / 4)
        remedies.insert(
            0, Remedy("smaller-beta", "Smaller β", f"Weigh the KL with β = {smaller:g}.", with_objective(beta=smaller))
        )
    return remedies


def _remedies_of_writers(config: TrainConfig, with_objective: Callable[..., TrainConfig]) -> list[Remedy]:
    """A decoder that sees the words before the next one can do without z, and needs more than others do."""
    total, cycle = round(0.5 * config.latent_dim, 1), config.epochs / 4
    remedies = [
        Remedy(
            "free-bits-total",
            "Free bits in total",
            f"Let all dimensions together carry {total:g} nats for free, whichever need them.",
            with_objective(free_bits_total=total),
        ),
        Remedy(
            "bag-of-words",
            "Bag of words",
            "Ask z for the words of a sentence in no order, too (Zhao et al. 2017).",
            with_objective(bag_of_words=0.5),
        ),
        Remedy(
            "cycles",
            "Cycles",
            f"Let the KL come in anew every {cycle:g} epochs, four times (Fu et al. 2019).",
            with_objective(cycles=4, cycle_epochs=cycle),
        ),
        Remedy(
            "encoder-first",
            "Encoder first",
            "Five steps of the encoder alone before each step of both, in the first epoch (He et al. 2019).",
            with_objective(encoder_steps=5, encoder_epochs=1.0),
        ),
    ]
    if getattr(config.network, "word_dropout", None) == 0:
        network = replace(config.network, word_dropout=0.3)
        reason = "Hide three words in ten from the decoder, so that it has to ask z (Bowman et al. 2016)."
        remedies.append(Remedy("word-dropout", "Word dropout", reason, replace(config, network=network)))
    return remedies
