"""Samplers, one per file: where in latent space a model draws from when nothing else is asked.

Add one: a file here with a frozen `Config` and a function `(config, n, codes, generator) -> z [n, D]`, registered with
`@SAMPLERS.register("name", Config)`. `codes` is the posterior of training examples, [N, D]; a Config with
`of_codes: ClassVar[bool] = False` uses only their number of dimensions.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.model import Model, Posterior
from vae_core.registry import Registry

SAMPLERS = Registry("sampler", __name__)


def of_codes(config: Any) -> bool:
    """Whether a sampler, by its config or the class of it, draws near the codes of examples."""
    return getattr(config, "of_codes", True)


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
        return _draw(config, n, codes, generator)
    z = torch.zeros(n, codes.mu.shape[1])
    for label in y.unique().tolist():
        places = (y == label).nonzero()[:, 0]
        z[places] = _draw(config, len(places), codes.take(classes == label), generator)
    return z


def _draw(config: Any, n: int, codes: Posterior, generator: torch.Generator | None) -> Tensor:
    if of_codes(config) and not len(codes.mu):
        raise UserError(
            f"The sampler {SAMPLERS.of(config).name} draws near the codes of examples, and there are none of these."
        )
    return SAMPLERS.build(config, n, codes, generator)


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
