"""Inpainting: several completions of a partly hidden example, from latent points inferred from the visible part.

`pseudo_gibbs` and `gradient_steps` find such points; `complete` picks the most plausible ones that differ and restores
the visible values. `python -m benchmarks.inpainting` compares the two searches.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.model import Model

CHAINS, STEPS = 20, 24
STARTS, GRADIENT_STEPS, RATE = 8, 40, 0.1  # the same number of network passes, a gradient counting as two
PER_CLASS = 3
"""Chains per class if the class is not given."""
ALIKE = 0.12
"""Completions whose hidden values differ by less than this are alike (root mean square, grey range 0 to 1)."""


@dataclass(frozen=True)
class Completions:
    """n completions of each of B examples, the most plausible first.

    `images` [B, n, *shape] keep the input's visible values; the hidden ones are decoded from `z` [B, n, D].
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
    best: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The most plausible point that each of several chains visits: [B, chains, D]; without `best`, the one that it ends
    at, which is about a draw from p(z | x_visible).

    A chain starts at a draw from the prior and repeats: decode z, restore the visible values, encode, sample z
    (missing data imputation in Rezende, Mohamed & Wierstra 2014). x [B, *shape], `visible` 1 or 0, broadcasts to x.
    """
    x, y = _each(x, chains), _classes(model, y, len(x), chains)
    noise = model.kind.random(x, generator)
    z = torch.randn(len(x), model.config.latent_dim, generator=generator)
    if not model.config.variational:
        z = model.encode(_filled(x, visible, noise), y).mu  # there is no prior: start from pure noise
    best_z, highest = z, torch.full((len(x),), -torch.inf)
    for _ in range(steps):
        nll, filled = model.nll_and_filled(x, z, visible, y)
        level = -nll + _log_prior(model, z)
        best_z = torch.where((level > highest)[:, None], z, best_z)
        highest = torch.maximum(level, highest)
        z = model.encode(filled, y).sample(generator)
    return (best_z if best else z).unflatten(0, (-1, chains))


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
        z.grad = gradient  # of z alone: the gradients of the weights stay untouched
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
    """`n` completions of each x [B, *shape] in batch form; `visible` is 1 or 0 and broadcasts to x.

    `find` proposes the candidates: `pseudo_gibbs` or `gradient_steps`. Without labels y [B], the candidates of a
    conditional model go through the classes in turn: the class is then part of the inference.
    """
    turns = {"chains": PER_CLASS * model.n_conditions} if y is None and model.n_conditions else {}
    z = find(model, x, visible, y, generator=generator, **turns)  # [B, C, D]
    chains = z.shape[1]
    repeated, flat, own = _each(x, chains), z.flatten(0, 1), _classes(model, y, len(x), chains)
    nll, images = model.nll_and_filled(repeated, flat, visible, own)
    joint = nll.neg() + _log_prior(model, flat)
    hidden = max(1.0, (1 - visible).expand(x.shape[1:]).sum().item())
    images, nll, joint = (values.unflatten(0, (-1, chains)) for values in (images, nll, joint))
    chosen = torch.stack([_different(images[b], joint[b], hidden, n) for b in range(len(x))])  # [B, n]
    rows = torch.arange(len(x))[:, None]
    labels = None if own is None else own.unflatten(0, (-1, chains))[rows, chosen]
    return Completions(images[rows, chosen], z[rows, chosen], nll[rows, chosen], joint[rows, chosen], labels)


def _different(images: Tensor, joint: Tensor, hidden: float, n: int) -> Tensor:
    """Indices of the n most plausible of C completions, best first; alike ones only if there are too few others."""
    flat = images.flatten(1)
    # Symbols have no distance: two cells agree or differ.
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
    """[B, …] -> [B·times, …], the copies of an example adjacent."""
    return values.repeat_interleave(times, 0)


def _classes(model: Model, y: Tensor | None, n: int, chains: int) -> Tensor | None:
    """The class of each chain, [n·chains]: the given one, else all in turn; None for an unconditional model."""
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
