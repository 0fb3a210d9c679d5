"""The most probable level in which all pipes are whole.

The decoder scores every tile independently, so the best tile of a cell may be half a pipe. `whole_pipes` finds the best
level among those with whole pipes. The search is exact under two assumptions: a column holds at most one pipe, and the
pipe stands on the tile that would be there without it.
"""

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.tiles.corpus import PIPES, SOLID, ids_of, one_of


def whole_pipes(logits: Tensor, spec: DataSpec) -> Tensor:
    """Scores [N, V, H, W] -> tiles int64 [N, H, W]: `logits.argmax(1)` constrained to whole pipes. Specs that lack
    one of the four parts of a pipe get the plain argmax.

    A pipe takes two adjacent columns, or one at the left or right edge, which may cut it. Dynamic programming over the
    columns (Viterbi 1967) places the pipes: the best score up to a column needs only the best scores up to the two
    columns before it.
    """
    pipe = pipe_symbols(spec)
    if pipe is None:
        return logits.argmax(1)
    n, _, height, width = logits.shape
    device = logits.device
    log_p = logits.log_softmax(1)
    others = log_p.index_fill(1, torch.tensor(pipe, device=device), -torch.inf)
    plain_score, plain = others.max(1)  # [N, H, W]: the best level without pipes
    solid = one_of(plain, spec, SOLID - set(PIPES))
    ground = torch.cat([solid, torch.ones_like(solid[:, :1])], dim=1)  # a pipe may leave the level at the bottom

    # The gain of a half pipe in rows [top, foot) over no pipe, per column: [N, top, foot, W].
    left, right = (
        _gains(log_p[:, top] - plain_score, log_p[:, stem] - plain_score) for top, stem in (pipe[:2], pipe[2:])
    )
    stands = ground[:, None]  # [N, 1, foot, W]
    minus = torch.full_like(left[..., :1], -torch.inf)
    left = left.masked_fill(~stands, -torch.inf)
    right = right.masked_fill(~stands, -torch.inf)
    both = torch.cat([minus, left], dim=3) + torch.cat([right, minus], dim=3)  # a pipe whose left half is column c - 1
    both[..., 0], both[..., -1] = right[..., 0], left[..., -1]  # the two that an edge cuts
    gain, rows = both.flatten(1, 2).max(1)  # [N, W + 1]: the best pipe across the border left of column c

    # The best score of the first c columns, starting from column -1.
    best = [gain.new_zeros(n), gain[:, 0].clamp(min=0)]
    taken = [gain[:, 0] > 0]
    for border in range(1, width + 1):
        # The pipe across this border ends with the column right of it and needs the previous border to be free.
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
    """Gains of tiles as top and as stem, [N, H, W] -> gain of a half pipe in rows [a, b), [N, H, H + 1, W]."""
    height = top.shape[1]
    sums = torch.cat([torch.zeros_like(stem[:, :1]), stem.cumsum(1)], dim=1)  # [N, H + 1, W]
    gain = (top - sums[:, 1:])[:, :, None] + sums[:, None]
    rows = torch.arange(height + 1, device=top.device)
    upwards = rows[None] <= rows[:height, None]  # a pipe has at least one row
    return gain.masked_fill(upwards[None, :, :, None], -torch.inf)
