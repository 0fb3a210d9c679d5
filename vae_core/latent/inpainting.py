"""Completing a picture of which a part is hidden: several guesses at the latent point, from what is visible.

Two ways to find such points, `pseudo_gibbs` and `gradient_steps`, and `complete`, which chooses the most plausible
ones that differ and puts the visible pixels back. `python -m benchmarks.inpainting` compares the two.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.model import Model

CHAINS, STEPS = 20, 24
STARTS, GRADIENT_STEPS, RATE = 8, 40, 0.1  # as many passes through a network, counting a gradient as two
PER_CLASS = 3
"""Chains for each class, where the class is not given."""
ALIKE = 0.12
"""Two completions are one if their hidden pixels differ by less than this (root mean square, grey range 0 to 1)."""


@dataclass(frozen=True)
class Completions:
    """Of B pictures, n completions each, the most plausible first.

    `images` [B, n, *shape] have the input's visible pixels, `z` [B, n, D] is what the hidden ones were decoded from,
    `visible_nll` [B, n] is −log p(x_visible | z) and `log_joint` [B, n] is log p(x_visible, z), in nats (for a
    deterministic code, which has no prior, log p(x_visible | z)). `y` [B, n] is each one's class, None for an
    unconditional model.
    """

    images: Tensor
    z: Tensor
    visible_nll: Tensor
    log_joint: Tensor
    y: Tensor | None


@torch.no_grad()
def pseudo_gibbs(
    model: Model,
    x: Tensor,
    visible: Tensor,
    y: Tensor | None = None,
    *,
    chains: int = CHAINS,
    steps: int = STEPS,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The most plausible point that each of several chains came by: [B, chains, D].

    A chain starts at a draw from the prior and alternates: decode z, put the visible pixels back, encode, draw z
    (missing data imputation in Rezende, Mohamed & Wierstra 2014). x [B, *shape], `visible` 1 or 0, broadcasts to x.
    """
    x, y = _each(x, chains), _classes(model, y, len(x), chains)
    noise = model.kind.random(x, generator)
    z = torch.randn(len(x), model.config.latent_dim, generator=generator)
    if not model.config.variational:
        z = model.encode(_filled(x, visible, noise), y).mu  # without a prior: from a filling of pure noise
    best_z, best = z, torch.full((len(x),), -torch.inf)
    for _ in range(steps):
        nll, shown = model.nll_and_shown(x, z, y, visible)
        level = -nll + _log_prior(model, z)
        best_z = torch.where((level > best)[:, None], z, best_z)
        best = torch.maximum(level, best)
        z = model.encode(_filled(x, visible, shown), y).sample(generator)
    return best_z.unflatten(0, (-1, chains))


@torch.enable_grad()
def gradient_steps(
    model: Model,
    x: Tensor,
    visible: Tensor,
    y: Tensor | None = None,
    *,
    chains: int = STARTS,
    steps: int = GRADIENT_STEPS,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Modes of the posterior given the visible pixels: [B, chains, D].

    Adam on −log p(x_visible, z) from draws from the prior (as Yeh et al. 2017 do with a GAN). Shapes as above.
    """
    x, y = _each(x, chains), _classes(model, y, len(x), chains)
    z = torch.randn(len(x), model.config.latent_dim, generator=generator).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=RATE)
    for _ in range(steps):
        loss = model.nll(x, z, y, visible) - _log_prior(model, z)
        (gradient,) = torch.autograd.grad(loss.sum(), z)
        z.grad = gradient  # of z alone: the model's weights keep theirs
        optimizer.step()
    return z.detach().unflatten(0, (-1, chains))


@torch.no_grad()
def complete(
    model: Model,
    x: Tensor,
    visible: Tensor,
    y: Tensor | None = None,
    *,
    n: int = 5,
    find=pseudo_gibbs,
    generator: torch.Generator | None = None,
) -> Completions:
    """`n` completions of each x [B, *shape] in [0, 1]; `visible` is 1 where x is seen, else 0, and broadcasts to x.

    `find` gives the candidates: `pseudo_gibbs` or `gradient_steps`. Without labels y [B], a conditional model's
    candidates take the classes in turn: the class is then part of the guess.
    """
    turns = {"chains": PER_CLASS * model.n_conditions} if y is None and model.n_conditions else {}
    z = find(model, x, visible, y, generator=generator, **turns)  # [B, C, D]
    chains = z.shape[1]
    repeated, flat, own = _each(x, chains), z.flatten(0, 1), _classes(model, y, len(x), chains)
    nll, shown = model.nll_and_shown(repeated, flat, own, visible)
    joint = nll.neg() + _log_prior(model, flat)
    images = _filled(repeated, visible, shown)
    hidden = max(1.0, (1 - visible).expand(x.shape[1:]).sum().item())
    images, nll, joint = (values.unflatten(0, (-1, chains)) for values in (images, nll, joint))
    chosen = torch.stack([_different(images[b], joint[b], hidden, n) for b in range(len(x))])  # [B, n]
    rows = torch.arange(len(x))[:, None]
    labels = None if own is None else own.unflatten(0, (-1, chains))[rows, chosen]
    return Completions(images[rows, chosen], z[rows, chosen], nll[rows, chosen], joint[rows, chosen], labels)


def _different(images: Tensor, joint: Tensor, hidden: float, n: int) -> Tensor:
    """The n most plausible of C completions that are not alike, filled up with those that are: indices, best first."""
    flat = images.flatten(1)
    # Symbols have no distances: two places agree or do not.
    symbols = not images.is_floating_point()
    distance = (flat[:, None] != flat[None]).sum(2).sqrt() if symbols else torch.cdist(flat, flat)
    distance = distance / hidden**0.5
    order = joint.argsort(descending=True).tolist()
    kept: list[int] = []
    for index in order:
        if len(kept) < n and all(distance[index, other] >= ALIKE for other in kept):
            kept.append(index)
    kept += [index for index in order if index not in kept][: n - len(kept)]
    return torch.tensor(sorted(kept, key=order.index))


def _each(values: Tensor, times: int) -> Tensor:
    """[B, …] -> [B·times, …], copies of one example beside each other."""
    return values.repeat_interleave(times, 0)


def _classes(model: Model, y: Tensor | None, n: int, chains: int) -> Tensor | None:
    """The class [n·chains] of each chain: the one given, else all in turn; None for an unconditional model."""
    if not model.n_conditions:
        return None
    return (torch.arange(chains) % model.n_conditions).repeat(n) if y is None else _each(y, chains)


def _filled(x: Tensor, visible: Tensor, filling: Tensor) -> Tensor:
    """x where it is visible, the filling elsewhere."""
    return torch.where(visible.bool(), x, filling)


def _log_prior(model: Model, z: Tensor) -> Tensor:
    if not model.config.variational:
        return z.new_zeros(len(z))
    return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
