"""UMAP: preserves neighbourhoods, and distances between groups better than t-SNE does.

Fitting runs the `umap` package, compiled by numba, and belongs in a process of its own: concurrent fits under numba's
workqueue layer abort their process. Placing new points is the same algorithm in plain NumPy, because it has to run in
the app and from stored arrays: a fitted `umap.UMAP` could only be kept by pickling it.
"""

import contextlib
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS, Projection, Report, silent
from vae_core.projections._reports import Told

EPOCHS, STEP, REPULSIONS, GRADIENT, STRANGERS = 100, 0.25, 5, 4.0, 65_536
"""Of placing new points: epochs, first step, points that push away per neighbour that pulls, longest gradient, and how
many such points are drawn beforehand."""
METRICS = {"euclidean": "euclidean", "cosine": "cosine", "manhattan": "cityblock"}  # by SciPy's names


@dataclass(frozen=True)
class Config:
    n_neighbors: int = option(15, "Neighbours per point; larger values show larger groups.", minimum=2, maximum=200)
    min_dist: float = option(
        0.1, "Smallest distance between points on the map; 0 packs groups tightly.", minimum=0, maximum=0.99
    )
    metric: str = option("euclidean", "How distance is measured.", choices=METRICS)
    seed: int = option(0, "Random seed of the map.", minimum=0, maximum=2**31 - 1)


@PROJECTIONS.register("umap", Config)
class UMAP(Projection):
    """Keeps neighbours together and, roughly, which groups are near each other (McInnes et al. 2018)."""

    title = "UMAP"
    own_transform = True

    def check(self, n: int) -> None:
        if self.config.n_neighbors >= n:
            raise UserError(
                f"{self.config.n_neighbors} neighbours need more than {self.config.n_neighbors} examples, and this "
                f"model stores {n}: take fewer neighbours."
            )

    def fit(self, mu: Tensor, dimensions: int, report: Report = silent) -> dict[str, Tensor]:
        report(0.0, "starting UMAP")
        Method = _package()
        report(0.05, "finding neighbours")
        # The package's own search compiles longer than it runs, and only looks for neighbours that are likely.
        distances, indices = nearest(mu, mu, self.config.n_neighbors, self.config.metric)
        told = Told(re.compile(r"(\d+)%\|"), 100, lambda part: report(0.2 + 0.8 * part, "moving the points"))
        config = self.config
        with warnings.catch_warnings(), contextlib.redirect_stdout(told):
            warnings.filterwarnings("ignore", message="n_jobs value", category=UserWarning)  # one thread, for the seed
            warnings.filterwarnings("ignore", message="Spectral initialisation failed", category=UserWarning)
            warnings.filterwarnings("ignore", message=r"precomputed_knn\[2\]", category=UserWarning)  # see transform
            method = Method(
                n_components=dimensions,
                n_neighbors=config.n_neighbors,
                min_dist=config.min_dist,
                metric=config.metric,
                random_state=config.seed,
                init="spectral" if len(mu) > dimensions + 2 else "random",
                precomputed_knn=(indices, distances.astype(np.float32)),
                verbose=True,
                tqdm_kwds={"file": told, "bar_format": "{percentage:3.0f}%|", "mininterval": 0.2},
            )
            flat = method.fit_transform(mu.numpy())
        return {"flat": torch.from_numpy(np.asarray(flat, dtype=np.float32))}

    def transform(self, z: Tensor, mu: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        """Like UMAP's own transform of each point alone: its neighbours pull, other points push; the map is fixed."""
        layout = fitted["flat"].numpy().astype(np.float64)
        config = self.config
        distances, neighbours = nearest(z, mu, config.n_neighbors, config.metric)
        strength = memberships(distances)
        placed = (strength[..., None] * layout[neighbours]).sum(1) / strength.sum(1, keepdims=True)
        same = strength[:, 0] == 1  # on a known point
        placed[same] = layout[neighbours[same, 0]]
        moved = _settled(placed, layout, neighbours, strength, *curve(config.min_dist))
        return torch.from_numpy(moved.astype(np.float32))


def _package() -> type:
    """`umap.UMAP`, imported only to fit a map."""
    import numba

    off = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    try:
        import pynndescent  # noqa: F401  (searches for neighbours; compiled, its first import takes 17 s, for nothing)
    finally:
        numba.config.DISABLE_JIT = off
    with warnings.catch_warnings(action="ignore", category=ImportWarning):  # it can do without TensorFlow
        from umap import UMAP as package
    return package


def nearest(z: Tensor, mu: Tensor, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices, both [B, min(k, N)] in rising order, of the points among mu [N, D] nearest to z [B, D]."""
    from scipy.spatial.distance import cdist  # half a second, which most commands do not need

    found = []
    for part in np.array_split(z.numpy(), -(-len(z) // 500)):
        far = cdist(part, mu.numpy(), METRICS[metric])
        np.nan_to_num(
            far, copy=False, nan=1.0
        )  # the origin has no direction: no cosine, as far from all as a right angle
        near = np.argpartition(far, min(k, len(mu)) - 1, axis=1)[:, :k]
        near = np.take_along_axis(near, np.take_along_axis(far, near, 1).argsort(1, kind="stable"), 1)
        found.append((np.take_along_axis(far, near, 1), near))
    distances, indices = zip(*found, strict=True)
    return np.concatenate(distances), np.concatenate(indices)


def memberships(distances: np.ndarray) -> np.ndarray:
    """The membership strength of each of k neighbours, from ascending distances [B, k]: [B, k] in (0, 1].

    exp(−d/σ), where σ makes the k − 1 farther ones add up to log₂ k (McInnes et al. 2018, section 3.1).
    """
    target = np.log2(distances.shape[1])
    low, high = np.zeros(len(distances)), np.full(len(distances), np.inf)
    sigma = np.ones(len(distances))
    for _ in range(64):
        total = np.exp(-distances[:, 1:] / sigma[:, None]).sum(1)
        high, low = np.where(total > target, sigma, high), np.where(total > target, low, sigma)
        sigma = np.where(np.isinf(high), 2 * low, (low + np.where(np.isinf(high), 0, high)) / 2)
    sigma = np.maximum(sigma, 1e-3 * distances.mean(1) + 1e-12)
    return np.exp(-distances / sigma[:, None])


@lru_cache(maxsize=64)
def curve(min_dist: float) -> tuple[float, float]:
    """a and b of 1 / (1 + a·x^(2b)), fitted to how close points are: 1 up to `min_dist`, then falling exponentially."""
    from scipy.optimize import curve_fit  # half a second, which most commands do not need

    x = np.linspace(0, 3, 300)
    y = np.where(x < min_dist, 1.0, np.exp(-(x - min_dist)))
    (a, b), _ = curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), x, y)
    return float(a), float(b)


def _settled(
    placed: np.ndarray, layout: np.ndarray, neighbours: np.ndarray, strength: np.ndarray, a: float, b: float
) -> np.ndarray:
    """Minimise UMAP's cross entropy over the new points alone, [B, d], by stochastic gradient descent.

    The same points push all of them, so that a picture's place does not depend on the others in its batch.
    """
    strangers = np.random.RandomState(42).randint(len(layout), size=STRANGERS)
    placed = placed.copy()
    strongest = strength.max(1, keepdims=True)
    every = np.where(strength < strongest / EPOCHS, np.inf, strongest / strength)  # epochs between two pulls
    due, push_due = every.copy(), every / REPULSIONS
    for epoch in range(EPOCHS):
        step = STEP * (1 - epoch / EPOCHS)
        for rank in range(neighbours.shape[1]):
            now = np.flatnonzero(due[:, rank] <= epoch)
            if not len(now):
                continue
            away = placed[now] - layout[neighbours[now, rank]]
            square = (away**2).sum(1, keepdims=True)
            with np.errstate(divide="ignore", invalid="ignore"):
                pull = np.where(square > 0, -2 * a * b * square ** (b - 1) / (a * square**b + 1), 0)
            placed[now] += step * (pull * away).clip(-GRADIENT, GRADIENT)
            due[now, rank] += every[now, rank]
            pushes = ((epoch - push_due[now, rank]) / (every[now, rank] / REPULSIONS)).astype(int)
            for i in range(pushes.max(initial=0)):
                pushed = now[pushes > i]
                stranger = strangers[(REPULSIONS * (epoch * neighbours.shape[1] + rank) + 7919 * i) % STRANGERS]
                away = placed[pushed] - layout[stranger]
                square = (away**2).sum(1, keepdims=True)
                push = 2 * b / ((0.001 + square) * (a * square**b + 1))
                placed[pushed] += step * (push * away).clip(-GRADIENT, GRADIENT)
            push_due[now, rank] += pushes * every[now, rank] / REPULSIONS
    return placed
