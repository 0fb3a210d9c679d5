"""What finds anomalies without a network: an isolation forest, PCA, the season before, and the distance from the mean.

Each learns from normal examples alone, and gives a higher score to what is stranger.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

KEPT = 0.95
"""Share of the variance that PCA keeps."""


def forest(train: np.ndarray, test: np.ndarray, seed: int = 0) -> np.ndarray:
    """How few random cuts isolate each of test [N, D] among train (Liu, Ting & Zhou 2008): [N]."""
    found = IsolationForest(n_estimators=200, max_samples=min(1024, len(train)), random_state=seed).fit(train)
    return -found.score_samples(test)


def pca_errors(train: np.ndarray, test: np.ndarray, kept: float = KEPT) -> np.ndarray:
    """The squared error of each value [N, D] after a projection to the main directions of train."""
    found = PCA(kept, svd_solver="full").fit(train)
    return (test - found.inverse_transform(found.transform(test))) ** 2


def season_before(values: np.ndarray, season: int) -> np.ndarray:
    """How far each of values [n, C] lies from that one season earlier, [n]; 0 where there is none."""
    far = np.abs(values[season:] - values[:-season]).mean(1)
    return np.concatenate([np.zeros(season), far])


def from_mean(values: np.ndarray) -> np.ndarray:
    """|z|: how far each of the standardised values [n, C] lies from their mean, [n]."""
    return np.abs(values).mean(1)


def trailing(values: np.ndarray, n: int) -> np.ndarray:
    """The mean of each of values [T] and the n − 1 before it; of those that there are at the beginning."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - n)
    return (sums[ends] - sums[starts]) / (ends - starts)


def around(values: np.ndarray, n: int) -> np.ndarray:
    """The mean of the n values around each of [T]; of those that there are at the ends."""
    counts = np.convolve(np.ones(len(values)), np.ones(n), "same")
    return np.convolve(values, np.ones(n), "same") / counts


def per_step(errors: np.ndarray) -> np.ndarray:
    """Errors [N, T] of windows that begin a step apart -> the mean of each step over the windows that hold it."""
    n, length = errors.shape
    sums, counts = np.zeros(n + length - 1), np.zeros(n + length - 1)
    for i in range(length):
        sums[i : i + n] += errors[:, i]
        counts[i : i + n] += 1
    return sums / counts
