"""Ways to write with a sequence decoder: one symbol after the other, also from the likeliest few, and beam search."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.networks import SequenceDecoder, State


def limited(params: Tensor, possible: Tensor | None, step: int | Tensor) -> Tensor:
    """The parameters of a step [B, V] with −∞ for the symbols that cannot stand there: `possible` bool [T, V] or None.
    `step` is one for all or each example's own [B]."""
    return params if possible is None else params.masked_fill(~possible[step], -torch.inf)


class Limited(SequenceDecoder):
    """A decoder that writes at each step only what is possible there. Its state counts the steps."""

    def __init__(self, decoder: SequenceDecoder, possible: Tensor | None):
        super().__init__()
        self.decoder, self.length, self.possible = decoder, decoder.length, possible

    def start(self, z: Tensor, condition: Tensor | None = None) -> State:
        return (*self.decoder.start(z, condition), torch.zeros(len(z), dtype=torch.long, device=z.device))

    def step(self, previous: Tensor | None, state: State) -> tuple[Tensor, State]:
        *inner, step = state
        params, after = self.decoder.step(previous, tuple(inner))
        return limited(params, self.possible, step), (*after, step + 1)


def write(
    decoder: SequenceDecoder,
    state: State,
    choose: Callable[[Tensor], Tensor],
    end: int | None = None,
    padding: int = 0,
) -> Tensor:
    """The symbols that `choose` ([B, V] -> [B]) picks one after the other, int64 [B, T].

    `state` is the decoder's before the first step. Once every example has its `end`, the rest is padding.
    """
    written: list[Tensor] = []
    ended = torch.zeros(len(state[0]), dtype=torch.bool, device=state[0].device)
    for _ in range(decoder.length):
        params, state = decoder.step(written[-1] if written else None, state)
        written.append(choose(params))
        if end is not None:
            ended = ended | (written[-1] == end)
            if ended.all():
                break
    return F.pad(torch.stack(written, 1), (0, decoder.length - len(written)), value=padding)


def nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Logits [B, V] with −∞ for all but the fewest symbols whose probabilities reach `top_p` together (Holtzman et al.
    2020). The most likely symbol always stays."""
    sorted_, order = logits.sort(1, descending=True)
    before = sorted_.softmax(1).cumsum(1) - sorted_.softmax(1)  # what the likelier ones have reached
    outside = torch.zeros_like(before, dtype=torch.bool).scatter(1, order, before >= top_p)
    return logits.masked_fill(outside, -torch.inf)


def beam_search(
    decoder: SequenceDecoder,
    state: State,
    beams: int,
    allowed: Callable[[Tensor], Tensor],
    end: int | None = None,
    padding: int = 0,
) -> Tensor:
    """The most likely of the sentences that are found by keeping the `beams` likeliest beginnings, int64 [B, T].

    `state` is the decoder's before the first step; `allowed` rules symbols of [N, V] out. After `end` stands padding.
    """
    n, device = len(state[0]), state[0].device
    state = tuple(part.repeat_interleave(beams, 0) for part in state)  # [B·K, …]
    scores = torch.full((n, beams), -torch.inf, device=device)
    scores[:, 0] = 0  # all beams begin alike: one counts
    written = torch.zeros(n, beams, 0, dtype=torch.long, device=device)
    ended = torch.zeros(n, beams, dtype=torch.bool, device=device)
    rows = torch.arange(n, device=device)[:, None]
    for step in range(decoder.length):
        previous = None if step == 0 else written[..., -1].flatten()
        params, state = decoder.step(previous, state)
        log_p = allowed(params).float().log_softmax(1).view(n, beams, -1)
        symbols = log_p.shape[2]
        still = torch.full((symbols,), -torch.inf, device=device)
        still[padding] = 0  # an ended sentence goes on in one way, at no cost
        log_p = torch.where(ended[..., None], still, log_p)
        scores, best = (scores[..., None] + log_p).flatten(1).topk(beams, 1)  # [B, K]
        beam, symbol = best // symbols, best % symbols
        written = torch.cat([written[rows, beam], symbol[..., None]], 2)
        ended = ended[rows, beam]
        state = tuple(part[(rows * beams + beam).flatten()] for part in state)
        if end is not None:
            ended = ended | (symbol == end)
            if ended.all():
                break
    found = written[:, 0]  # topk sorts
    return F.pad(found, (0, decoder.length - found.shape[1]), value=padding)
