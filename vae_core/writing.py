"""How a model writes with a decoder that puts one symbol after the other: the likeliest, a draw, or between what is
given; and the search for the likeliest whole sentence."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds import Kind
from vae_core.likelihoods import Likelihood
from vae_core.networks import SequenceDecoder
from vae_core.networks._decoding import Limited, beam_search, limited, nucleus, write

Choose = Callable[[Tensor], Tensor]
"""Picks the symbols of one step, [B, V] -> [B]."""
Point = tuple[Tensor, Tensor | None]
"""What a decoder starts from: z [B, D] and its condition [B, K]."""


@dataclass(frozen=True)
class Writer:
    """Writes examples of one spec, int64 [B, T], of symbols that may stand where they are: `possible` [T, V], or None
    where all may."""

    decoder: SequenceDecoder
    kind: Kind
    spec: DataSpec
    likelihood: Likelihood
    possible: Tensor | None

    def greedy(self, kept: Callable[[int, Tensor], Tensor] | None = None) -> Choose:
        """Chooses the most likely symbols of one step after the other; `kept` may put others in their place, by the
        number of the step."""
        written: list[Tensor] = []

        def choose(params: Tensor) -> Tensor:
            step = len(written)
            params = limited(params, self.possible, step)
            if self.kind.toll and step >= self.kind.toll[0]:
                period, nats = self.kind.toll
                params = params.scatter_add(1, written[-period][:, None], params.new_full((len(params), 1), -nats))
            chosen = self.kind.next_symbol(params, self.likelihood, 0.0, None)
            written.append(chosen if kept is None else kept(step, chosen))
            return written[-1]

        return choose

    def drawing(self, temperature: float, generator: torch.Generator | None, top_p: float) -> Choose:
        """Draws each symbol from those that make up a share `top_p` of the probability (Holtzman et al. 2020)."""

        def choose(params: Tensor) -> Tensor:
            if top_p < 1:
                params = nucleus(self._allowed(params) / temperature, top_p) * temperature
            return self.kind.next_symbol(params, self.likelihood, temperature, generator)

        return choose

    def write(self, point: Point, choose: Choose) -> Tensor:
        """What `choose` picks step by step."""
        decoder = Limited(self.decoder, self.possible)
        return self.kind.finished(write(decoder, decoder.start(*point), choose, self._end, self._padding))

    def search(self, point: Point, beams: int) -> Tensor:
        """The likeliest sentence that a beam search finds."""
        decoder = Limited(self.decoder, self.possible)
        found = beam_search(decoder, decoder.start(*point), beams, self._allowed, self._end, self._padding)
        return self.kind.finished(found)

    def fill(self, point: Point, x: Tensor, seen: Tensor) -> Tensor:
        """x [B, T] where it is `seen` (bool [B, T]), and the most likely symbols where it is hidden."""
        end = self._end
        goes_on = None if end is None else seen & (x != self._padding)  # [B, T]
        later = itertools.count(1)
        greedy = self.greedy(lambda step, chosen: torch.where(seen[:, step], x[:, step], chosen))

        def choose(params: Tensor) -> Tensor:
            rest = next(later)
            if goes_on is not None:
                params = params.clone()
                params[:, end] = torch.where(goes_on[:, rest:].any(1), -torch.inf, params[:, end])
            return greedy(params)

        return self.write(point, choose)

    @property
    def _end(self) -> int | None:
        """The symbol that ends a sentence, where the data have one."""
        return self.spec.symbol_roles.index("end") if "end" in self.spec.symbol_roles else None

    @property
    def _padding(self) -> int:
        return self.spec.padding or 0

    def _allowed(self, params: Tensor) -> Tensor:
        """Logits of one step [B, V], with those symbols ruled out that are never written."""
        params = self.kind.allowed(params)
        if self.spec.padding is not None:
            params = params.index_fill(1, torch.tensor([self.spec.padding], device=params.device), -torch.inf)
        return params
