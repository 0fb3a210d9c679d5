"""The most probable level whose pipes are all whole.

The decoder scores every tile by itself, and the best tile at each place can be half a pipe. This picks the best level
of those with whole pipes: exactly, given that a column has no more than one pipe and what the pipe stands on is what it
would be without it. It is to a level what a spelling checker is to a word.
"""

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.tiles.corpus import PIPES, SOLID, ids_of, one_of


def whole_pipes(logits: Tensor, spec: DataSpec) -> Tensor:
    """Scores [N, V, H, W] -> tiles int64 [N, H, W], as `logits.argmax(1)` but for pipes that are not whole. Levels
    without the four halves of a pipe among their symbols get the argmax.

    A column begins no pipe, or the left half of one whose right half is the next column's. A pipe may be cut by the
    left or the right edge. Which columns have one is a matter of the best sum over the row of columns, found from left
    to right (Viterbi 1967): the best up to a column needs only the best up to the two columns before it.
    """
    pipe = pipe_symbols(spec)
    if pipe is None:
        return logits.argmax(1)
    n, _, height, width = logits.shape
    device = logits.device
    log_p = logits.log_softmax(1)
    others = log_p.index_fill(1, torch.tensor(pipe, device=device), -torch.inf)
    plain_score, plain = others.max(1)  # [N, H, W]: the level without pipes
    solid = one_of(plain, spec, SOLID - set(PIPES))
    ground = torch.cat([solid, torch.ones_like(solid[:, :1])], dim=1)  # below the last row a pipe goes on

    # What a half pipe in rows [top, foot) gains over no pipe, per column: [N, top, foot, W].
    left, right = (
        _gains(log_p[:, top] - plain_score, log_p[:, stem] - plain_score) for top, stem in (pipe[:2], pipe[2:])
    )
    stands = ground[:, None]  # [N, 1, foot, W]
    minus = torch.full_like(left[..., :1], -torch.inf)
    left = left.masked_fill(~stands, -torch.inf)
    right = right.masked_fill(~stands, -torch.inf)
    both = torch.cat([minus, left], dim=3) + torch.cat([right, minus], dim=3)  # a pipe whose left half is column c - 1
    both[..., 0], both[..., -1] = right[..., 0], left[..., -1]  # the two that an edge cuts
    gain, rows = both.flatten(1, 2).max(1)  # [N, W + 1]: the best pipe over the border left of column c

    # The best sum of the first c columns, with column -1 before them.
    best = [gain.new_zeros(n), gain[:, 0].clamp(min=0)]
    taken = [gain[:, 0] > 0]
    for border in range(1, width + 1):
        # The pipe over this border ends with the column right of it, and needs the border before it to be free.
        with_pipe, without = best[-2] + gain[:, border], best[-1]
        taken.append(with_pipe > without)
        best.append(torch.maximum(with_pipe, without))

    tiles = plain.clone()
    free = torch.ones(n, dtype=torch.bool, device=device)
    row = torch.arange(height, device=device)
    for border in range(width, -1, -1):
        here = taken[border] & free
        top, foot = rows[:, border, None] // (height + 1), rows[:, border, None] % (height + 1)
        for column, (first, rest) in ((border - 1, pipe[:2]), (border, pipe[2:])):
            if 0 <= column < width:
                inside = here[:, None] & (row >= top) & (row < foot)
                symbol = torch.where(row == top, first, rest)
                tiles[:, :, column] = torch.where(inside, symbol, tiles[:, :, column])
        free = ~here
    return tiles


def pipe_symbols(spec: DataSpec) -> list[int] | None:
    """The symbols of a pipe's parts: left top and stem, right top and stem. None if one is missing, or if there is no
    other symbol."""
    found = [symbol for role in PIPES if (symbol := ids_of(spec, role)) is not None]
    return found if len(found) == len(PIPES) < len(spec.symbols) else None


def _gains(top: Tensor, stem: Tensor) -> Tensor:
    """From a tile's gain as top and as stem, [N, H, W]: that of a half pipe in rows [a, b), [N, H, H + 1, W]."""
    height = top.shape[1]
    sums = torch.cat([torch.zeros_like(stem[:, :1]), stem.cumsum(1)], dim=1)  # [N, H + 1, W]
    gain = (top - sums[:, 1:])[:, :, None] + sums[:, None]
    rows = torch.arange(height + 1, device=top.device)
    upwards = rows[None] <= rows[:height, None]  # a pipe has one row at least
    return gain.masked_fill(upwards[None, :, :, None], -torch.inf)
