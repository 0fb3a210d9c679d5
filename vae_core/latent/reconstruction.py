"""How well a model reconstructs an example, compared with the examples that a checkpoint stores."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.latent.encoded import Latents
from vae_core.model import Model
from vae_core.posterior import Posterior

REFERENCES = 1000
QUANTILES = 101
BATCH = 200


@dataclass(frozen=True)
class Scores:
    """Scores of B examples: posteriors, reconstructions [B, *shape] and, in nats per example, NLL at the posterior mean
    and KL, [B] each. `y` [B] is the class used for each, None for an unconditional model."""

    posterior: Posterior
    reconstruction: Tensor
    nll: Tensor
    kl: Tensor
    y: Tensor | None

    @property
    def neg_elbo(self) -> Tensor:
        """NLL + KL: −ELBO with its expectation taken at the posterior mean."""
        return self.nll + self.kl


@torch.inference_mode()
def score(model: Model, x: Tensor, y: Tensor | None = None) -> Scores:
    """Score x [B, *shape] in batch form. Without `y`, a conditional model takes the class of highest ELBO."""
    pieces = model.pieces(len(x), BATCH)
    if len(pieces) > 1:
        return _joined([score(model, x[piece], None if y is None else y[piece]) for piece in pieces])
    if model.n_conditions and y is None:
        each = [score(model, x, torch.full((len(x),), label)).neg_elbo for label in range(model.n_conditions)]
        y = torch.stack(each).argmin(0)
    if not model.n_conditions:
        y = None
    posterior = model.encode(x, y)
    nll, shown = model.nll_and_shown(x, posterior.mu, y)
    return Scores(posterior, shown, nll, posterior.kl_per_dim().sum(1), y)


def _joined(parts: list[Scores]) -> Scores:
    logvars = [part.posterior.logvar for part in parts if part.posterior.logvar is not None]
    labels = [part.y for part in parts if part.y is not None]
    return Scores(
        Posterior(torch.cat([part.posterior.mu for part in parts]), torch.cat(logvars) if logvars else None),
        torch.cat([part.reconstruction for part in parts]),
        torch.cat([part.nll for part in parts]),
        torch.cat([part.kl for part in parts]),
        torch.cat(labels) if labels else None,
    )


@torch.inference_mode()
def stored_examples(model: Model, latents: Latents, n: int = REFERENCES) -> Tensor:
    """The first `n` stored examples, decoded from their posterior means, [n, *shape]; originals are not stored."""
    mu, y = latents.posterior.mu[:n], latents.y[:n] if model.n_conditions else None
    pieces = model.pieces(len(mu), BATCH)
    return torch.cat([model.decode(mu[piece], None if y is None else y[piece]) for piece in pieces])


def reference(model: Model, latents: Latents) -> dict[str, Tensor]:
    """The 0th to 100th percentiles [101] of `nll`, `kl` and `neg_elbo` of the stored examples, or those of the normal
    class: of the originals, or, in a checkpoint of an earlier version, which does not store their NLL, of the examples
    as the model decodes them."""
    if latents.nll is not None:
        known = latents.known(model.spec)
        kl = latents.posterior.take(known).kl_per_dim().sum(1)
        return _percentiles(latents.nll[known].float(), kl)
    x = stored_examples(model, latents)
    found = score(model, x, latents.y[: len(x)] if model.n_conditions else None)
    return _percentiles(found.nll, found.kl)


def _percentiles(nll: Tensor, kl: Tensor) -> dict[str, Tensor]:
    levels = torch.linspace(0, 1, QUANTILES)
    return {name: torch.quantile(value, levels) for name, value in (("nll", nll), ("kl", kl), ("neg_elbo", nll + kl))}


def nearest(z: Tensor, latents: Latents, k: int) -> Tensor:
    """The indices [B, k] of the stored examples with the nearest posterior means to z [B, D]."""
    mu = latents.posterior.mu
    return torch.cdist(z, mu).topk(min(k, len(mu)), largest=False).indices


def vote(z: Tensor, latents: Latents, k: int = 10) -> Tensor:
    """The class [B] that the k nearest stored examples vote for."""
    return latents.y[nearest(z, latents, k)].mode(dim=1).values
