"""A stored example to begin with: one that anybody recognises, where the prior's mean may be a blend of several."""

import torch
from torch import Tensor

from vae_core.latent.encoded import Latents
from vae_core.model import Model

LOOKED_AT, DECODED = 500, 200
NEIGHBOURS = 15
LEAST_DOUBT = 1.0
"""Nats; densities, as of a Gaussian, may have less than none."""
TYPICAL, PURE, CLEAR = 0.5, 0.7, 0.9
"""Shares of the examples that must be less typical, less surely of one class and less clear than the chosen one. The
clearest of all would be an exception: the boldest stroke, the fullest level."""


def clear_example(model: Model, latents: Latents) -> int:
    """The number of a stored example that is typical, lies among examples of its class and is decoded clearly."""
    ranked = by_clarity(model, latents)
    return int(ranked[len(ranked) - 1 - int(CLEAR * (len(ranked) - 1))])


def by_clarity(model: Model, latents: Latents) -> Tensor:
    """Up to 200 typical examples that lie among examples of their class, the clearest first: int64 [n]."""
    mu, y = latents.posterior.mu[:LOOKED_AT], latents.y[:LOOKED_AT]
    typicality = latents.typicality(model.spec).percentile(mu)
    known = torch.ones_like(y, dtype=torch.bool) if model.spec.normal is None else y == model.spec.normal
    if not known.any():
        known[:] = True
    rows = (known & (typicality >= torch.quantile(typicality[known], TYPICAL))).nonzero().flatten()
    told_apart = model.spec.classes and model.spec.normal is None
    if told_apart and not model.n_conditions:  # a code that is given the class need not say it
        count = min(NEIGHBOURS, len(latents.y))
        near = torch.cdist(mu[rows], latents.posterior.mu).topk(count, largest=False).indices
        purity = (latents.y[near] == y[rows, None]).double().mean(1)
        rows = rows[purity >= torch.quantile(purity, PURE)]
    rows = rows[:DECODED]
    return rows[clarity(model, latents, rows).argsort(descending=True)]


def clarity(model: Model, latents: Latents, rows: Tensor) -> Tensor:
    """How clearly a model shows the stored examples of these numbers [n] again: float [n], to be compared among them.

    Clear is what is shown if p(x | z) leaves little doubt of it where the average example's distribution leaves much:
    a blurred digit is in doubt itself, and an empty level is what one would have guessed. What its kind finds plain
    comes last.
    """
    own, average, plain = _doubts(model, latents, rows)
    return ((average - own) / own.clamp(min=LEAST_DOUBT)).masked_fill(plain, -torch.inf)


def likeness(model: Model, latents: Latents, rows: Tensor) -> Tensor:
    """The same, and how like the example it is where its NLL is stored: the mean of two ranks from 0 to 1, float [n].

    The second one ranks what the reconstruction saves of what the average example's distribution would cost.
    """
    own, average, plain = _doubts(model, latents, rows)
    found = [(average - own) / own.clamp(min=LEAST_DOUBT)]
    if latents.nll is not None:
        found.append((average - latents.nll[rows]) / (average - own).clamp(min=LEAST_DOUBT))
    ranks = [each.masked_fill(plain, -torch.inf).argsort().argsort().double() for each in found]
    return torch.stack(ranks).mean(0) / max(1, len(rows) - 1)


def _doubts(model: Model, latents: Latents, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """NLL [n] of what is shown under its own distribution and under the average example's, and what is plain, [n]."""
    mu, y = latents.posterior.mu[rows], latents.y[rows]
    with torch.inference_mode():
        logits = model.decode_logits(mu, y if model.n_conditions else None)
        shown = model.likelihood.shown(logits)
        own, average = (
            model.likelihood.nll_per_value(each, shown).flatten(1).sum(1)
            for each in (logits, logits.mean(0, keepdim=True).expand_as(logits))
        )
    plain = model.kind.plain(shown, model.spec)
    return own, average, torch.zeros(len(rows), dtype=torch.bool) if plain is None else plain
