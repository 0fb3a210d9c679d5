"""Long levels from walks through the latent space, and the nearest code with a playable level.

Windows are decoded side by side and blended at their seams (`stitch`). Where a level cannot be played to its end,
`repair` moves the codes around that place as little as possible.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from vae_core.kinds.tiles.playability import farthest, path
from vae_core.latent.geometry import slerp
from vae_core.model import Model

OVERLAP = 4
"""Columns that neighbouring windows share."""
DIRECTIONS, RADII, HALVINGS = 32, (0.25, 0.5, 1.0, 1.5, 2.0, 3.0), 6
ROUNDS = 20

Decode = Callable[[Tensor], Tensor]
"""Codes [N, D] -> scores of all tiles, [N, V, H, W]."""
Finish = Callable[[Tensor], Tensor]
"""Scores [N, V, H, L] -> tiles int64 [N, H, L]."""


def stitch(logits: Tensor, overlap: int = OVERLAP) -> Tensor:
    """Join windows' scores [N, V, H, W], left to right, to one level's: log p [V, H, N·(W − overlap) + overlap].

    Neighbours share `overlap` columns, at most half a window, where log-probabilities fade linearly from one window to
    the next. Logarithms are mixed, not probabilities: a tile must be likely in both windows, whereas a mean of
    probabilities would let either window place its half of a pipe. ValueError for a larger overlap.
    """
    n, n_symbols, height, width = logits.shape
    if not 0 <= overlap <= width // 2:
        raise ValueError(f"overlap must be between 0 and {width // 2}, half a window, not {overlap}")
    step = width - overlap
    fade = torch.arange(1, overlap + 1, device=logits.device) / (overlap + 1)
    log_p = logits.log_softmax(1)
    level = logits.new_zeros(n_symbols, height, n * step + overlap)
    for index in range(n):
        weight = logits.new_ones(width)
        if index > 0:
            weight[:overlap] = fade
        if index < n - 1:
            weight[step:] = 1 - fade
        level[:, :, index * step : index * step + width] += weight * log_p[index]
    return level


def random_walk(n: int, latent: int, step: float, generator: torch.Generator) -> Tensor:
    """A random walk of n codes [n, latent], each N(0, 1) like the prior, neighbours `step` apart in angle (radians).

    step 0 stays at one place; π/2 makes neighbours independent.
    """
    codes = [torch.randn(latent, generator=generator)]
    turn = torch.tensor(step)
    for _ in range(n - 1):
        codes.append(turn.cos() * codes[-1] + turn.sin() * torch.randn(latent, generator=generator))
    return torch.stack(codes)


def way_through(points: Tensor, n: int) -> Tensor:
    """`n` codes [n, D] along great-circle arcs through `points` [P, D], evenly distributed over the arcs."""
    if len(points) == 1:
        return points.expand(n, -1)
    arcs = [slerp(points[i], points[i + 1], 33)[:-1] for i in range(len(points) - 1)]
    dense = torch.cat([*arcs, points[-1:]])
    return dense[torch.linspace(0, len(dense) - 1, n).round().long()]


@torch.no_grad()
def nearest_playable(
    z: Tensor,
    decode: Decode,
    finish: Finish,
    is_playable: Callable[[Tensor], bool],
    generator: torch.Generator,
    anchors: Tensor | None = None,
) -> Tensor | None:
    """The code nearest to z [D] whose level can be played, among those tried: z itself if it can; None if none can.

    Goes outward in random directions and straight towards each of `anchors` [K, D] (codes of real levels, say), all at
    one radius at a time; at the first radius with a playable level each direction that has one is halved back towards
    z. A bisection finds an edge of the playable region, not always the nearest one.
    """
    if is_playable(finish(decode(z[None]))[0]):
        return z
    aims = torch.randn(DIRECTIONS, len(z), generator=generator)
    aims = aims / aims.norm(dim=1, keepdim=True)
    reach = torch.full((DIRECTIONS,), torch.inf)
    if anchors is not None:
        ways = anchors - z
        distances = ways.norm(dim=1)
        aims = torch.cat([aims, ways / distances.clamp(min=1e-9)[:, None]])
        reach = torch.cat([reach, distances])  # not beyond an anchor

    def playable(lengths: Tensor, aims: Tensor) -> Tensor:
        return torch.tensor([is_playable(tiles) for tiles in finish(decode(z + lengths[:, None] * aims))])

    near = 0.0
    for radius in RADII:
        lengths = reach.clamp(max=radius)
        works = playable(lengths, aims)
        if works.any():
            aims, far = aims[works], lengths[works]
            break
        near = radius
    else:
        return None
    low = torch.full_like(far, near).minimum(far)
    for _ in range(HALVINGS):
        middle = (low + far) / 2
        works = playable(middle, aims)
        low, far = torch.where(works, low, middle), torch.where(works, middle, far)
    best = int(far.argmin())
    return z + far[best] * aims[best]


class LongLevels:
    """Long levels of a model of tiles. `anchors` [K, D] are codes of real levels, towards which repairs may move."""

    def __init__(self, model: Model, anchors: Tensor | None = None, overlap: int = OVERLAP):
        self.model, self.spec, self.anchors, self.overlap = model, model.spec, anchors, overlap
        self.rows, self.width = model.spec.shape

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Codes [N, D] -> scores of all tiles, [N, V, H, W]."""
        return self.model.decode_logits(codes)

    def finish(self, scores: Tensor) -> Tensor:
        """Scores [N, V, H, L] of levels of any length -> tiles int64 [N, H, L], chosen as those of a window are."""
        return self.model.kind.shown(scores, self.model.likelihood, self.spec)

    def level(self, codes: Tensor) -> Tensor:
        """The level along codes [N, D]: tiles int64 [H, N·(W − overlap) + overlap]."""
        return self.finish(stitch(self.decode(codes), self.overlap)[None])[0]

    def nearest_playable(self, z: Tensor, generator: torch.Generator) -> Tensor | None:
        """See the function of this name: of one window's code z [D]."""

        def playable(tiles: Tensor) -> bool:
            return path(tiles, self.spec) is not None

        return nearest_playable(z, self.decode, self.finish, playable, generator, self.anchors)

    def repair(self, codes: Tensor, generator: torch.Generator) -> tuple[Tensor, bool]:
        """Move as few codes [N, D] of a walk as needed until their level can be played; returns them and whether it
        can. In each round the window around the column where the level ends for an avatar, or one beside it, takes the
        nearest code with which the level goes on beyond that window."""
        codes = codes.clone()
        for _ in range(ROUNDS):
            stuck = self._end(self.level(codes))
            if stuck is None:
                return codes, True
            blamed = min(stuck // (self.width - self.overlap), len(codes) - 1)
            for index in dict.fromkeys((blamed, min(blamed + 1, len(codes) - 1), max(blamed - 1, 0))):
                moved = self._going_on(codes, index, stuck, generator)
                if moved is not None:
                    codes[index] = moved
                    break
            else:
                return codes, False
        return codes, self._end(self.level(codes)) is None

    def _going_on(self, codes: Tensor, index: int, stuck: int, generator: torch.Generator) -> Tensor | None:
        """The nearest code for one window with which the level goes on for half a window beyond `stuck`."""
        step = self.width - self.overlap
        goal = min(stuck + self.width // 2, len(codes) * step + self.overlap)
        # Hundreds of levels are tried, so only as many windows as the goal takes, and the one that it fades into.
        logits = self.decode(codes[: max(index, goal // step) + 2])

        def scores(tried: Tensor) -> Tensor:
            every = logits[None].repeat(len(tried), 1, 1, 1, 1)
            every[:, index] = self.decode(tried)
            return torch.stack([stitch(windows, self.overlap) for windows in every])

        def goes_on(tiles: Tensor) -> bool:
            reached = self._end(tiles)
            return reached is None or reached >= goal

        return nearest_playable(codes[index], scores, self.finish, goes_on, generator, self.anchors)

    def _end(self, tiles: Tensor) -> int | None:
        """The last column that an avatar gets to, None if that is the level's end."""
        reached = farthest(tiles, self.spec)
        return None if reached == tiles.shape[1] - 1 else max(0, reached)
