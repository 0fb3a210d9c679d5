"""Two baselines for models of levels: the tile frequencies of each row, and a Markov chain of whole columns.

Both take windows as tiles int64 [N, H, W] and give log-likelihoods in nats per window.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class RowModel:
    """Each tile is drawn independently from the frequencies of its row. `log_p` float [H, V]."""

    log_p: Tensor

    @classmethod
    def fit(cls, tiles: Tensor, n_symbols: int) -> "RowModel":
        """Fit tiles [N, H, W], with one count of each symbol added per row, so that none is impossible."""
        counts = F.one_hot(tiles, n_symbols).sum((0, 2)) + 1
        return cls(torch.log(counts / counts.sum(1, keepdim=True)))

    def mode(self, tiles: Tensor) -> Tensor:
        """The most common tile of each row as a guess for every window: [N, H, W]."""
        return self.log_p.argmax(1)[None, :, None].expand_as(tiles)

    def log_likelihood(self, tiles: Tensor) -> Tensor:
        """log p of each window, [N]."""
        rows = torch.arange(tiles.shape[1])[None, :, None]
        return self.log_p[rows, tiles].double().sum((1, 2))

    def sample(self, n: int, width: int, generator: torch.Generator) -> Tensor:
        """Windows [n, H, width]."""
        drawn = torch.multinomial(self.log_p.exp(), n * width, replacement=True, generator=generator)  # [H, n·width]
        return drawn.view(-1, n, width).transpose(0, 1)


@dataclass(frozen=True)
class ColumnChain:
    """A first-order Markov chain of columns.

    Three models with absolute discounting (Kneser & Ney 1995), each backing off to the next: how often a column follows
    the one before it, how often it occurs at all, and the row model of its tiles. A discount d of each count goes to
    the fallback, so that unseen columns have a likelihood too.

    `columns` int64 [K, H] are the distinct columns; `counts` float [K]; `follows` float [K, K] counts pairs, the row
    being the column before.
    """

    columns: Tensor
    counts: Tensor
    follows: Tensor
    rows: RowModel
    discount: float

    @classmethod
    def fit(cls, levels: list[Tensor], n_symbols: int, discount: float = 0.5) -> "ColumnChain":
        """Fit whole levels, each [H, W]: windows would count the columns in the middle of a level more often."""
        joined = torch.cat(levels, dim=1).T  # [all columns, H]
        columns, index = joined.unique(dim=0, return_inverse=True)
        follows = torch.zeros(len(columns), len(columns))
        for part in index.split([level.shape[1] for level in levels]):
            follows.index_put_((part[:-1], part[1:]), torch.ones(len(part) - 1), accumulate=True)
        rows = RowModel.fit(joined.T[None], n_symbols)
        return cls(columns, torch.bincount(index).float(), follows, rows, discount)

    def log_likelihood(self, tiles: Tensor) -> Tensor:
        """log p of each window, [N]: its first column by frequency, the others given the column before."""
        n, height, width = tiles.shape
        columns = tiles.transpose(1, 2).reshape(-1, height)
        same = (columns[:, None, :] == self.columns[None]).all(2)  # [N·W, K]
        index = torch.where(same.any(1), same.int().argmax(1), -1).view(n, width)
        by_tile = self.rows.log_likelihood(columns[:, :, None]).exp().view(n, width)
        alone = self._backed_off(self.counts[index] * (index >= 0), self.counts, by_tile)
        before, after = index[:, :-1], index[:, 1:]
        counts = self.follows[before] * (before >= 0)[..., None]  # [N, W - 1, K]
        seen = counts.gather(2, after.clamp(min=0)[..., None])[..., 0] * (after >= 0)
        chained = self._backed_off(seen, counts, alone[:, 1:])
        return alone[:, 0].log() + chained.log().sum(1)

    def sample(self, n: int, width: int, generator: torch.Generator) -> Tensor:
        """Windows [n, H, width], without the row model, which would turn one column in a hundred into noise."""
        alone = self.counts / self.counts.sum()
        state = torch.multinomial(alone, n, replacement=True, generator=generator)
        states = [state]
        for _ in range(width - 1):
            counts = self.follows[state]
            chance = self._backed_off(counts, counts, alone[None], keep=True)
            state = torch.multinomial(chance.float(), 1, generator=generator)[:, 0]
            states.append(state)
        return self.columns[torch.stack(states, dim=1)].transpose(1, 2)

    def _backed_off(self, seen: Tensor, counts: Tensor, fallback: Tensor, keep: bool = False) -> Tensor:
        """(seen − d)+ / total + d · kinds / total · fallback; the fallback alone in an unseen context.

        `seen` [...] are the counts in question, `counts` [..., K] all counts of the context; `keep`: seen is counts.
        """
        total, kinds = counts.sum(-1, keepdim=keep), (counts > 0).sum(-1, keepdim=keep)
        discounted = ((seen - self.discount).clamp(min=0) + self.discount * kinds * fallback) / total.clamp(min=1)
        return torch.where(total > 0, discounted, fallback)
