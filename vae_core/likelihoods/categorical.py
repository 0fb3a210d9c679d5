"""The categorical likelihood, for data of symbols: tiles, words, notes."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS, Likelihood


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "Categorical"


@LIKELIHOODS.register("categorical", Config)
class Categorical(Likelihood):
    """Each cell holds one of V symbols, with the probabilities that the decoder predicts.

    The parameters are logits, symbols first: [B, V, *shape], the layout of PyTorch's cross-entropy and of convolutions.
    x is int64 [B, *shape], symbol ids. UserError if the spec has no symbols, or if its padding is not one of them.
    """

    def __init__(self, config: Config, spec: DataSpec):
        super().__init__(config, spec)
        if len(spec.symbols) < 2:
            raise UserError(f"The categorical likelihood is for data of symbols; {spec.name} has none.")
        if spec.padding is not None and spec.padding not in range(len(spec.symbols)):
            raise UserError(
                f"The padding of {spec.name}, {spec.padding!r}, is none of its {len(spec.symbols)} symbols."
            )
        self.symbols = len(spec.symbols)
        self.padding = spec.padding

    def parameter_shape(self, spec: DataSpec) -> tuple[int, ...]:
        return (len(spec.symbols), *spec.shape)

    def nll_per_value(self, params: Tensor, x: Tensor) -> Tensor:
        if self.padding is None:
            return F.cross_entropy(params, x, reduction="none")
        # Half of a batch of sentences is padding: a softmax over 3,000 words there would take as long as the rest.
        counts = x != self.padding
        found = F.cross_entropy(params.movedim(1, -1)[counts], x[counts], reduction="none")
        return torch.zeros(x.shape, device=found.device, dtype=found.dtype).masked_scatter(counts, found)

    def shown(self, params: Tensor) -> Tensor:
        return self._allowed(params).argmax(1)

    def draw(self, params: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None) -> Tensor:
        if temperature == 0:
            return self.shown(params)
        shape = (len(params), *params.shape[2:])
        flat = self._allowed(params).movedim(1, -1).reshape(-1, self.symbols)
        probabilities = torch.softmax(flat / temperature, dim=1).cpu()
        return torch.multinomial(probabilities, 1, generator=generator).view(shape).to(params.device)

    def _allowed(self, params: Tensor) -> Tensor:
        """The logits with the padding ruled out: it only fills up examples, so it is never shown or drawn."""
        if self.padding is None:
            return params
        return params.index_fill(1, torch.tensor([self.padding], device=params.device), -torch.inf)

    def for_page(self) -> dict[str, Any]:
        return {"symbols": self.symbols} | ({} if self.padding is None else {"padding": self.padding})
