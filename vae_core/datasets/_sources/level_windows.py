"""Windows of levels, the examples of a dataset of tiles."""

from collections.abc import Callable

import torch
from torch import Tensor

from vae_core.data import DataSpec, Split
from vae_core.kinds.tiles.corpus import ids_of
from vae_core.kinds.tiles.measures import factors

PIECE = 4096


def windows(level: Tensor, columns: int) -> Tensor:
    """All windows of a level [rows, L], one column apart: [L − columns + 1, rows, columns]."""
    return level.unfold(1, columns, 1).movedim(1, 0).contiguous()


def split_of(x: Tensor, spec: DataSpec) -> Split:
    """Windows [N, rows, columns] with their measures as factors, in pieces: there, a symbol takes eight bytes."""
    found = torch.cat([factors(part.long(), spec) for part in x.split(PIECE)])
    return Split(x, torch.zeros(len(x), dtype=torch.int64), found)


def splicing(spec: DataSpec, pool: Tensor, share: float) -> Callable[[Tensor, torch.Generator], Tensor]:
    """An augmentation of batches: with probability `share`, replace the columns of a window from a random cut on by
    those of another window of the `pool` [N, rows, columns], unless the cut would split a pipe.

    The two halves of a window are nearly independent, so splicing keeps a model from memorising the few levels.
    """
    width = spec.shape[1]
    pools: dict[torch.device, Tensor] = {}  # by device, as copying it there takes longer than a batch
    left = [ids_of(spec, role) for role in ("pipe_top_left", "pipe_left")]
    right = [ids_of(spec, role) for role in ("pipe_top_right", "pipe_right")]

    def has(column: Tensor, symbols: list[int | None]) -> Tensor:
        wanted = torch.tensor([symbol for symbol in symbols if symbol is not None], dtype=column.dtype)
        return torch.isin(column, wanted.to(column.device)).any(1)

    def splice(x: Tensor, generator: torch.Generator) -> Tensor:
        n, device = len(x), x.device
        if device not in pools:
            pools[device] = pool.to(device)
        other = pools[device][torch.randint(len(pool), (n,), generator=generator, device=device)]
        cut = torch.randint(2, max(3, width - 1), (n,), generator=generator, device=device)
        chosen = torch.rand(n, generator=generator, device=device) < share
        each = torch.arange(n, device=device)
        whole = ~has(x[each, :, cut - 1], left) & ~has(other[each, :, cut], right)
        from_other = (torch.arange(width, device=device) >= cut[:, None]) & (chosen & whole)[:, None]
        return torch.where(from_other[:, None], other, x)

    return splice
