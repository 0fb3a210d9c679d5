"""Likelihoods p(x | z), one per file: the meaning of the decoder's output. Only `Model.nll` evaluates them.

Add one: a file here with a frozen `Config` and a subclass of `Likelihood`, registered with
`@LIKELIHOODS.register("name", Config)`, and an entry in `components/shared/engine/likelihoods.js`.
"""

from typing import Any

import torch
from torch import Tensor, nn

from vae_core.data import DataSpec
from vae_core.registry import Registry

LIKELIHOODS = Registry("likelihood", __name__)


class Likelihood(nn.Module):
    """Scores data in batch form under the decoder's output, its parameters `params` [B, *parameter_shape]."""

    def __init__(self, config: Any, spec: DataSpec):
        super().__init__()

    def parameter_shape(self, spec: DataSpec) -> tuple[int, ...]:
        """The shape of the decoder's output for one example."""
        return spec.shape

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        """−log p of each value in nats, [B, *shape], 0 at padding. Given z, the values are independent."""
        raise NotImplementedError

    def nll(self, params: Tensor, x: Tensor) -> Tensor:
        """−log p(x | z) in nats, [B]: summed over all values of an example."""
        return self.nll_per_value(params, x).flatten(1).sum(1)

    def shown(self, params: Tensor) -> Tensor:
        """The point estimate that pages show, [B, *shape] in batch form: the mean, or the most likely symbols."""
        raise NotImplementedError

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        """One x per example, [B, *shape] in batch form, on the device of `params`. A `temperature` below 1 sharpens the
        distribution; at 0 the result is `shown`. `generator` must live on the CPU."""
        raise NotImplementedError

    def for_page(self) -> dict[str, Any]:
        """The likelihood's parameters that the page's engine needs, JSON-ready, without the likelihood's name."""
        return {}
