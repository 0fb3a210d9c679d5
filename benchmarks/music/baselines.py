"""What tunes are measured against: the chord before, and first-order Markov chains."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.kinds.notes.voices import VOICES


def repeated(x: Tensor) -> Tensor:
    """The guess that each chord is the one before: ids [N, steps − 1, 4] of ids [N, steps, 4]."""
    return x[:, :-1]


@dataclass(frozen=True)
class Chain:
    """A first-order Markov chain: each voice's symbol given its own before, `log_p` [V, V], and without one, `first`
    [V]. With `below`, each voice above the bass is also given the symbol that the voice below it sings now, as a
    product of both: the counts of pairs are too few for a table of triples."""

    log_p: Tensor
    first: Tensor
    below: Tensor | None

    @classmethod
    def fit(cls, x: Tensor, symbols: int, added: float, below: bool = False) -> "Chain":
        """From ids [N, steps, 4], with `added` to every count."""
        flat = x.flatten(0, 1)
        first = torch.bincount(flat.flatten(), minlength=symbols).double() + added
        pairs = torch.zeros(symbols, symbols, dtype=torch.double)
        pairs.index_put_((x[:, :-1].flatten(), x[:, 1:].flatten()), torch.ones(()).double(), accumulate=True)
        above = None
        if below:
            above = torch.zeros(symbols, symbols, dtype=torch.double)
            index = (flat[:, :-1].flatten(), flat[:, 1:].flatten())
            above.index_put_(index, torch.ones(()).double(), accumulate=True)
            above = above + added
        return cls((pairs + added).log(), first.log(), None if above is None else above.log())

    def scores(self, x: Tensor, possible: Tensor) -> Tensor:
        """Log probabilities of all symbols at each place of ids [N, steps, 4]: [N, steps, 4, V]; `possible` bool [4, V]
        says which symbols each voice has."""
        n, steps, voices = x.shape
        found = self.first.expand(n, steps, voices, -1).clone()
        found[:, 1:] = self.log_p[x[:, :-1]]
        if self.below is not None:
            own = self.first.expand(n, steps, voices - 1, -1)
            found[:, :, 1:] += self.below[x[:, :, :-1]] - own
        return found.masked_fill(~possible, -torch.inf).log_softmax(-1)

    def nll(self, x: Tensor, possible: Tensor) -> Tensor:
        """−log p of ids [N, steps, 4] in nats, [N]."""
        return -self.scores(x, possible).gather(3, x[..., None]).flatten(1).sum(1)

    def guess(self, x: Tensor, possible: Tensor) -> Tensor:
        """The most likely symbol at each place from the second step on: [N, steps − 1, 4]."""
        return self.scores(x, possible).argmax(-1)[:, 1:]

    def sample(self, n: int, steps: int, possible: Tensor, generator: torch.Generator) -> Tensor:
        """Ids [n, steps, 4]."""
        x = torch.zeros(n, steps, len(VOICES), dtype=torch.int64)
        for step in range(steps):
            for voice in range(len(VOICES)):
                window = x[:, max(0, step - 1) : step + 1]
                p = self.scores(window, possible)[:, -1, voice].exp()
                x[:, step, voice] = torch.multinomial(p, 1, generator=generator)[:, 0]
        return x
