"""What the page shows of a model's held-out examples: their scores, and the series that they were cut from, beside what
the model makes of it."""

import torch
from torch import Tensor

from components.shared.app import models
from components.shared.app.once import once
from components.shared.bring.examples import originals
from vae_core import anomalies, checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.kinds.series.windows import joined

LIMIT_STEPS = 2_000_000
"""Values of a series that a page gets, at most: windows that do not fit in are left out."""
OVERLAP = 4
"""Of so many windows that hold a step, about, is its reconstruction the mean."""
RISK = 1e-3
"""The chance that a normal example is flagged, of the threshold that is fitted to the tail."""


def available(checkpoint: Checkpoint) -> list[str]:
    """The scores that differ from each other: a code without a posterior has no KL, an old checkpoint no NLL."""
    latents = models.latents(checkpoint)
    variational = latents.posterior.logvar is not None
    found = ["neg_elbo"] if variational and latents.nll is not None else []
    found += ["nll"] if latents.nll is not None else []
    return [*found, "kl", "density"] if variational else [*found, "density"]


def scores(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The scores of the stored examples that are `available`, float32 [N] in nats each."""
    return models.per_checkpoint(_scores, checkpoint)


def _scores(checkpoint: Checkpoint) -> dict[str, Tensor]:
    latents = models.latents(checkpoint)
    nll = torch.zeros(len(latents.y)) if latents.nll is None else latents.nll.float()
    found = anomalies.of_parts(nll, latents.posterior, latents.density(checkpoint.spec))
    return {name: found[name].float() for name in available(checkpoint)}


def series(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The held-out series: `values`, what the model makes of it (`again`) and how sure it is of that (`sigma`),
    [C, steps] each and NaN where there is no window, and where each window begins, `first` [n].

    Windows that were not cut from one series are laid end to end. UserError where no originals are at hand.
    """
    x, spec = originals(checkpoint), checkpoint.spec
    if x is None or spec.kind != "series":
        raise UserError(f"The data of {checkpoint.name} is not at hand.")
    latents, model = models.latents(checkpoint), models.loaded(checkpoint)
    length = spec.shape[1]
    n = min(len(x), LIMIT_STEPS // spec.shape[0] // length) if latents.first is None else len(x)
    if latents.first is None:
        first = torch.arange(n) * length
        chosen = torch.arange(n)
    else:
        first = latents.first[:n] - latents.first.min()
        chosen = _spread(first, max(1, length // OVERLAP))
    decoded, variances = [], []
    with torch.inference_mode():
        for piece in model.pieces(len(chosen), 1000):
            index = chosen[piece]
            params = model.decode_logits(latents.posterior.mu[index], latents.y[index])
            decoded.append(model.likelihood.shown(params))
            variances.append(torch.exp(2 * model.likelihood.log_sigmas(params)).expand_as(decoded[-1]))
    again, squares = _averaged(torch.cat(decoded), first[chosen]), _averaged(torch.cat(decoded) ** 2, first[chosen])
    within = _averaged(torch.cat(variances), first[chosen])
    sigma = (within + (squares - again**2).clamp(min=0)).sqrt()
    found = {"values": joined(x[:n], first), "again": again, "sigma": sigma}
    return {name: value.T.float() for name, value in found.items()} | {"first": first.float()}


def _spread(first: Tensor, apart: int) -> Tensor:
    """The indices of windows that begin at the steps `first` [N], in order: as few as cover every step that any covers,
    with neighbours at most about `apart` steps from each other."""
    chosen, last = [0], int(first[0])
    for i in range(1, len(first)):
        following = int(first[i + 1]) if i + 1 < len(first) else None
        if following is None or following - last > apart:
            chosen.append(i)
            last = int(first[i])
    return torch.tensor(chosen)


def _averaged(x: Tensor, first: Tensor) -> Tensor:
    """The mean [steps, C] over windows x [N, C, T] of what each says of a step; NaN where none does."""
    length = x.shape[2]
    index = (first[:, None] + torch.arange(length)).flatten()
    steps = int(first.max()) + length
    sums = torch.zeros(steps, x.shape[1]).index_add(0, index, x.transpose(1, 2).flatten(0, 1).float())
    return sums / torch.bincount(index, minlength=steps)[:, None]


@once
def tail(name: str, digest: str, score: str, normal: tuple[int, ...] | None) -> float:
    """The threshold that a normal example exceeds with probability RISK; `normal` are the classes that count as normal,
    None all. UserError where they are too few."""
    checkpoint = checkpoints.load(name, digest=digest)
    found, y = scores(checkpoint)[score], models.latents(checkpoint).y
    known = slice(None) if normal is None else torch.isin(y, torch.tensor(normal))
    return anomalies.of_tail(found[known], RISK)
