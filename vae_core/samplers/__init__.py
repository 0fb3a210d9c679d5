"""Samplers, one per file: where in latent space a model draws from when nothing else is asked.

Add one: a file here with a frozen `Config` and a function `(config, codes, generator) -> Gaussians`, registered with
`@SAMPLERS.register("name", Config)`; the command line and the page draw from what it returns. `codes` is the posterior
of training examples, [N, D]; a Config with `of_codes: ClassVar[bool] = False` draws from one place for all classes.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.registry import Registry
from vae_core.samplers._gaussians import Gaussians

__all__ = ["SAMPLERS", "Gaussians", "decoded", "draw", "fit", "for_page", "of_codes", "usual"]

SAMPLERS = Registry("sampler", __name__)

COMPONENTS, NUMBERS = 2000, 500_000
"""Gaussians that travel to a page, at most, all classes together; and numbers of their means, or of their factors."""


def of_codes(config: Any) -> bool:
    """Whether a sampler, by its config or the class of it, draws near the codes of examples."""
    return getattr(config, "of_codes", True)


def usual(codes: Posterior) -> str:
    """The name of the sampler of a model for which none is chosen: the prior, or what a deterministic code has in its
    place (Ghosh et al. 2020)."""
    return "prior" if codes.logvar is not None else "mixture"


def fit(config: Any, codes: Posterior, generator: torch.Generator | None = None) -> Gaussians:
    """What the sampler that `config` describes draws from, by the posteriors of examples `codes` [N, D]. UserError if
    it needs some and there are none."""
    if of_codes(config) and not len(codes.mu):
        raise UserError(
            f"The sampler {SAMPLERS.of(config).name} draws near the codes of examples, and there are none of these."
        )
    return SAMPLERS.build(config, codes, generator)


def draw(
    config: Any,
    n: int,
    codes: Posterior,
    classes: Tensor | None = None,
    y: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """`n` points z [n, D] from the sampler that `config` describes, on the CPU, as is the generator.

    `codes` [N, D] are the posteriors of examples, `classes` [N] their labels. With `y` [n], each point is drawn near
    codes of its class. UserError if there are none.
    """
    if n < 0:
        raise UserError(f"{n} samples cannot be drawn.")
    if y is None or classes is None or not of_codes(config):
        return fit(config, codes, generator).draw(n, generator)
    z = torch.zeros(n, codes.mu.shape[1])
    for label in y.unique().tolist():
        places = (y == label).nonzero()[:, 0]
        z[places] = fit(config, codes.take(classes == label), generator).draw(len(places), generator)
    return z


def for_page(config: Any, codes: Posterior, classes: Tensor | None = None) -> dict[str, Tensor]:
    """What a page draws from: `means` [K, D], `factors` [K, D] or [K, D, D], `weights` [K] and, with the labels
    `classes` [N] of a conditional model's codes, `y` [K], the class that each Gaussian is of; weights add up to 1 in
    each. Always the same for the same codes, and of a few megabytes at most.
    """
    generator = torch.Generator().manual_seed(0)
    labels = classes.unique().tolist() if classes is not None and of_codes(config) else []
    of_each = [codes.take(classes == label) for label in labels] or [codes]
    parts = [fit(config, some, generator) for some in of_each]
    most = max(1, min(COMPONENTS, NUMBERS // codes.mu.shape[1]) // len(parts))
    parts = [part.within(most, NUMBERS // len(parts), generator) for part in parts]
    if any(part.factors.ndim == 2 for part in parts):  # one form for all
        parts = [part.within(most, 0, generator) for part in parts]
    found = {
        "means": torch.cat([part.means for part in parts]),
        "factors": torch.cat([part.factors for part in parts]),
        "weights": torch.cat([part.shares for part in parts]),
    }
    if labels:
        found["y"] = torch.tensor(labels).repeat_interleave(torch.tensor([len(part.means) for part in parts]))
    return {name: tensor.float().contiguous() for name, tensor in found.items()}


def decoded(
    model: Model,
    z: Tensor,
    y: Tensor | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """What points z [n, D] decode to, as `Model.decode` does, in parts that fit in memory, on the CPU."""
    with torch.inference_mode():
        for piece in model.pieces(len(z), 1000):
            some = None if y is None else y[piece].to(model.device)
            yield model.decode(z[piece].to(model.device), some, temperature, generator).cpu()
