"""Measures of levels. Every function takes tiles int64 [N, H, W], the symbol ids of a spec with roles; row 0 is the
top."""

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.tiles.corpus import PIPES, SOLID, one_of, roles_of

WEIGHTS = {"prize": 0.5, "coin": 0.5, "enemy": -1.0, "cannon": -1.0}
"""How much a tile of each role helps (positive) or endangers (negative) the player."""
FACTORS = ("linearity", "leniency", "density", "gap columns", "enemies", "coins", "pipes")
"""The measures that serve as a level's ground-truth factors."""
GAP = -0.5
"""The weight of a gap: Smith & Whitehead count it as half an enemy."""


def density(tiles: Tensor, spec: DataSpec) -> Tensor:
    """The share of tiles that are solid, [N]."""
    return one_of(tiles, spec, SOLID).double().mean((1, 2))


def gaps(tiles: Tensor, spec: DataSpec) -> tuple[Tensor, Tensor]:
    """The number of gaps in a level and the number of their columns: int64 [N] each.

    A gap is a run of adjacent columns without a solid tile in the last row, whether or not a platform hangs above.
    """
    open_below = ~one_of(tiles[:, -1], spec, SOLID)  # [N, W]
    begins = open_below & ~F.pad(open_below, (1, 0))[:, :-1]
    return begins.sum(1), open_below.sum(1)


def leniency(tiles: Tensor, spec: DataSpec) -> Tensor:
    """How forgiving a level is, [N]: helps minus dangers per column (after Smith & Whitehead 2010); negative: hard."""
    weights = torch.tensor([WEIGHTS.get(role, 0.0) for role in roles_of(spec)])
    return (weights[tiles].sum((1, 2)) + GAP * gaps(tiles, spec)[0]) / tiles.shape[2]


def linearity(tiles: Tensor, spec: DataSpec) -> Tensor:
    """How well one straight line fits the heights of all places to stand, [N] from 0 to 1 (Smith & Whitehead 2010).

    A place to stand is a solid tile below one that is not. The measure is 1 / (1 + mean absolute distance to the
    least-squares line): 1 for a flat level or an even slope, 0.5 if places lie one tile off on average, and 1 if there
    is nowhere to stand.
    """
    solid = one_of(tiles, spec, SOLID)
    stands = (solid & ~F.pad(solid, (0, 0, 1, 0))[:, :-1]).double()
    stands[:, 0] = 0  # the avatar cannot be above the first row
    height = torch.arange(tiles.shape[1] - 1, -1, -1, dtype=torch.float64)[:, None]
    column = torch.arange(tiles.shape[2], dtype=torch.float64)[None, :]

    def mean(values: Tensor) -> Tensor:
        return (values * stands).sum((1, 2), keepdim=True) / stands.sum((1, 2), keepdim=True).clamp(min=1)

    x, y = column - mean(column), height - mean(height)
    slope = mean(x * y) / mean(x * x).clamp(min=1e-9)
    return 1 / (1 + mean((y - slope * x).abs()).flatten())


def broken_pipes(tiles: Tensor, spec: DataSpec) -> tuple[Tensor, Tensor]:
    """The number of broken pipes in a level and the number of all pipes: int64 [N] each.

    A pipe is a vertical run of left halves with right halves beside them. It is whole if its first row is a top, every
    row below is a stem, and it stands on a solid tile that is not a pipe or leaves the level at the bottom. Left halves
    without right ones, and right halves without left ones, are broken pipes. Pipes cut by the left or right edge do not
    count.
    """
    top, stem, right_top, right_stem = (one_of(tiles, spec, [role]) for role in PIPES)
    left, right = top | stem, right_top | right_stem
    ground = one_of(tiles, spec, SOLID) & ~left & ~right

    def above(mask: Tensor) -> Tensor:
        return F.pad(mask, (0, 0, 1, 0))[:, :-1]

    def below(mask: Tensor, beyond: bool) -> Tensor:
        return F.pad(mask, (0, 0, 0, 1), value=beyond)[:, 1:]

    def beside(mask: Tensor) -> Tensor:
        return F.pad(mask, (0, 1))[:, :, 1:]

    paired = (top & beside(right_top)) | (stem & beside(right_stem))
    in_order = torch.where(above(left), stem, top)
    ends = ~below(left, beyond=False)
    rests = below(ground, beyond=True) & beside(below(ground, beyond=True))
    right_beside = beside(right)
    longer = (above(right_beside) & ~above(left)) | (below(right_beside, beyond=False) & ends)  # the right half is
    wrong = left & (~(paired & in_order & (rests | ~ends)) | longer)
    wrong[:, :, -1] = False
    orphans = right & ~F.pad(left, (1, 0))[:, :, :-1]
    orphans[:, :, 0] = False

    broken_left, total_left = _runs(left[:, :, :-1], wrong[:, :, :-1])
    # A run of right halves that touches left halves belongs to their pipe, which is already counted as broken.
    lonely_run, total_right = _runs(right[:, :, 1:], (right & ~orphans)[:, :, 1:])
    lonely = total_right - lonely_run
    return broken_left + lonely, total_left + lonely


def _runs(members: Tensor, marked: Tensor) -> tuple[Tensor, Tensor]:
    """How many vertical runs of `members` [N, H, W] have a tile `marked`, and how many there are: [N] twice."""
    down = members.transpose(1, 2)  # [N, W, H]: a run's tiles are neighbours in memory order
    begins = down & ~F.pad(down, (1, 0))[:, :, :-1]
    run = begins.flatten().cumsum(0)
    hit = torch.zeros(int(run[-1]) + 1, dtype=torch.bool)
    hit[run[(marked.transpose(1, 2) & down).flatten()]] = True
    of_tile = hit[run].view_as(down)
    return (begins & of_tile).sum((1, 2)), begins.sum((1, 2))


def factors(tiles: Tensor, spec: DataSpec) -> Tensor:
    """The measures in `FACTORS`, float [N, len(FACTORS)]."""
    gap_columns = gaps(tiles, spec)[1]
    counts = [one_of(tiles, spec, [role]).sum((1, 2)) for role in ("enemy", "coin")]
    pipes = broken_pipes(tiles, spec)[1]
    shape = linearity(tiles, spec), leniency(tiles, spec), density(tiles, spec)
    return torch.stack([column.float() for column in (*shape, gap_columns, *counts, pipes)], dim=1)


def nearest_training_distance(tiles: Tensor, training: Tensor, chunk: int = 256) -> tuple[Tensor, Tensor]:
    """The number of tiles by which a level differs from the nearest training level, and its index: int64 [N] each.

    `training` is int64 [M, H, W]. With one-hot codes, a matrix product counts the tiles that agree.
    """
    n_symbols = int(max(tiles.max(), training.max())) + 1
    known = F.one_hot(training, n_symbols).flatten(1).float().T.contiguous()
    best = [(F.one_hot(part, n_symbols).flatten(1).float() @ known).max(1) for part in tiles.split(chunk)]
    agreeing, index = (torch.cat(parts) for parts in zip(*best, strict=True))
    return tiles[0].numel() - agreeing.long(), index
