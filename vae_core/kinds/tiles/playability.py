"""Playability: can an avatar that runs, jumps and falls get through a level? A breadth-first search decides.

The physics, on the grid of tiles, for an avatar of one tile:

- It stands in a free tile above a solid one and walks to the free tile beside it, also off an edge.
- From standing it jumps up to `JUMP` rows, in each row straight up or one column sideways. It may turn in the air and
  end the jump at any height; a solid tile above ends it too.
- It falls one row at a time, straight down or one column sideways, until it stands. Below the last row it dies.

So a jump rises 5 tiles and crosses a gap of 9 columns onto ground of the same height. The running jump of Super Mario
Bros rises 5 tiles and covers 9 to 10 columns. Enemies, coins, springs, lifts and the clock are ignored.
"""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.tiles.corpus import SOLID, one_of

JUMP = 5
"""Height of a jump in rows."""
EDGE = 9
"""Columns without footing that a level may begin with: the widest gap a jump crosses, cut by the edge."""

Cell = tuple[int, int]


def path(tiles: Tensor, spec: DataSpec) -> list[Cell] | None:
    """A shortest path from the left edge to the right one: (row, column) of each step; None if there is none.

    `tiles` int64 [H, W] are symbol ids. What lies beyond a window's edges is unknown and assumed to be favourable: the
    path starts at any footing of the leftmost column that has one and ends in any free tile of the last column, even in
    mid-air.
    """
    way = farthest_way(tiles, spec)
    return way if way and way[-1][1] == tiles.shape[1] - 1 else None


def farthest_way(tiles: Tensor, spec: DataSpec) -> list[Cell]:
    """As `path`, but to the last column that the avatar can reach; empty if it cannot even start."""
    order, before = _search(tiles, spec)
    height, width = tiles.shape
    if not len(order):
        return []
    columns = order % width
    way, node = [], int(order[columns == columns.max()][0])  # breadth-first: the nearest comes first
    while node != len(before) - 1:
        way.append(divmod(node % (height * width), width))
        node = int(before[node])
    way.reverse()
    return [step for index, step in enumerate(way) if index == 0 or step != way[index - 1]]


def farthest(tiles: Tensor, spec: DataSpec) -> int:
    """The last column of tiles [H, W] that the avatar can reach; -1 if it cannot even start."""
    order, _ = _search(tiles, spec)
    return int((order % tiles.shape[1]).max(initial=-1))


def is_playable(tiles: Tensor, spec: DataSpec) -> bool:
    """Whether there is a path through tiles [H, W]."""
    return path(tiles, spec) is not None


def _search(tiles: Tensor, spec: DataSpec) -> tuple[np.ndarray, np.ndarray]:
    """All reachable nodes in breadth-first order, and the predecessor of every node on a shortest path.

    A node is a cell and a phase: 0 while standing or falling, else one more than the rows left to rise. The last node
    is a virtual source that leads to every start; it is not among the nodes returned.
    """
    height, width = tiles.shape
    free = ~one_of(tiles, spec, SOLID).numpy()
    footing = np.zeros_like(free)
    footing[:-1] = free[:-1] & ~free[1:]
    columns = np.flatnonzero(footing[:, : EDGE + 1].any(0))
    starts = np.flatnonzero(footing[:, columns[0]]) * width + columns[0] if len(columns) else np.empty(0, int)

    source, target, cell, corner, into, grounded = _moves(height, width)
    is_free, stands = free.ravel(), footing.ravel()
    possible = is_free[cell] & is_free[corner] & is_free[into] & (stands[cell] | ~grounded)
    extra = height * width * (JUMP + 1)
    targets = np.concatenate([target[possible], starts])
    counts = np.bincount(source[possible], minlength=extra + 1)
    counts[extra] = len(starts)
    rows = np.concatenate([[0], counts.cumsum()])  # the edges are sorted by source, so this is the graph in CSR form
    graph = csr_array((np.ones(len(targets)), targets, rows), shape=(extra + 1, extra + 1))
    order, before = breadth_first_order(graph, extra)
    return order[1:], before


@lru_cache(maxsize=16)
def _moves(height: int, width: int) -> tuple[np.ndarray, ...]:
    """All moves on an empty grid, sorted by source, as arrays [M]: the nodes `source` and `target`; the cells `cell`,
    `corner` and `into`, which must be free; whether the move needs footing under `cell`."""
    kinds = [(phase, 0, 0, 0, False) for phase in range(1, JUMP + 1)]  # lets go
    for side in (-1, 0, 1):  # each: phase before, phase after, rows down, columns right, whether it needs footing
        kinds += [(0, 0, 0, side, True)] if side else []  # walks
        kinds += [(0, 0, 1, side, False)]  # falls
        kinds += [(0, JUMP, -1, side, True)]  # takes off
        kinds += [(phase, phase - 1, -1, side, False) for phase in range(2, JUMP + 1)]  # rises on
    row, column = np.divmod(np.arange(height * width), width)
    moves = []
    for before, after, down, side, grounded in kinds:
        inside = (row + down >= 0) & (row + down < height) & (column + side >= 0) & (column + side < width)
        cell = np.flatnonzero(inside)
        # A diagonal step passes the tile above or below: the avatar cannot squeeze between two corners.
        corner, into = cell + down * width, cell + down * width + side
        nodes = cell + before * height * width, into + after * height * width
        moves.append((*nodes, cell, corner, into, np.full(len(cell), grounded)))
    joined = [np.concatenate(parts) for parts in zip(*moves, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return tuple(part[order] for part in joined)
