"""Synthetic series, always there: sums of two sines with noise and a slow drift, and anomalies of known kinds."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from vae_core.config import option
from vae_core.data import Column, Data, DataSpec, Split
from vae_core.datasets import DATASETS

FACTORS = ("period", "phase", "amplitude", "overtone", "drift")
CLASSES = ("normal", "spike", "level shift", "dropped period", "slow drift")
NOISE = 0.1


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Waves"
    kind: ClassVar[str] = "series"

    window: int = option(64, "Steps of a window.", minimum=16, maximum=4096)
    n_train: int = option(4000, "Examples to learn from.", minimum=100, maximum=200_000)
    n_test: int = option(1000, "Examples held out.", minimum=100, maximum=100_000)
    waves_seed: int = option(0, "Seed from which the windows are drawn.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("waves", Config)
def load(config: Config, data_dir: object = None) -> Data:
    """Synthetic waves; the held-out ones have spikes, shifts of the level, gaps and drifts among them.

    Windows to learn from are all normal, every other one that is held out has an anomaly (`with_anomaly`). A normal
    window is a·sin(2πt/p + φ) + b·sin(4πt/p + φ) + d·t + noise; its `factors` are p, φ, a, b and d. Nothing is read
    from disk.
    """
    chance = np.random.default_rng(config.waves_seed)
    train, train_factors = waves(config.n_train, config.window, chance)
    test, test_factors = waves(config.n_test, config.window, chance)
    labels = np.where(np.arange(config.n_test) % 2, 1 + np.arange(config.n_test) // 2 % (len(CLASSES) - 1), 0)
    for i in np.flatnonzero(labels):
        with_anomaly(test[i], CLASSES[labels[i]], test_factors[i, 0], chance)
    column = Column.fitted(torch.from_numpy(train), "value")
    spec = DataSpec(
        "waves", "series", (1, config.window), classes=CLASSES, factors=FACTORS, columns=(column,), normal=0
    )

    def part(x: np.ndarray, y: np.ndarray, factors: np.ndarray) -> Split:
        scaled = column.scaled(torch.from_numpy(x))[:, None]
        return Split(scaled, torch.from_numpy(y.astype(np.int64)), torch.from_numpy(factors).float())

    return Data(spec, part(train, np.zeros(len(train)), train_factors), part(test, labels, test_factors))


def waves(n: int, length: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Normal windows [n, length] and their factors [n, 5]."""
    period = chance.uniform(12, 24, n)
    phase = chance.uniform(0, 2 * math.pi, n)
    amplitude, overtone = chance.uniform(0.7, 1.3, n), chance.uniform(0, 0.5, n)
    drift = chance.uniform(-0.3, 0.3, n)
    t = np.arange(length)
    angle = 2 * math.pi * t / period[:, None] + phase[:, None]
    x = amplitude[:, None] * np.sin(angle) + overtone[:, None] * np.sin(2 * angle)
    x += drift[:, None] * (t / (length - 1) - 0.5) + NOISE * chance.standard_normal((n, length))
    return x, np.stack([period, phase, amplitude, overtone, drift], 1)


def with_anomaly(window: np.ndarray, kind: str, period: float, chance: np.random.Generator) -> slice:
    """Put an anomaly of a kind in `CLASSES` into a normal window, in place; returns the steps that it changes."""
    length = len(window)
    sign = chance.choice([-1, 1])
    at = int(chance.integers(length // 8, length - length // 8))
    if kind == "spike":
        window[at] += sign * chance.uniform(2.5, 4)
        return slice(at, at + 1)
    if kind == "level shift":
        at = int(chance.integers(length // 4, length // 2))
        window[at:] += sign * chance.uniform(1.5, 2.5)
        return slice(at, length)
    if kind == "dropped period":
        end = min(length, at + round(period))
        at = end - round(period)
        window[at:end] = window[at] + NOISE * chance.standard_normal(end - at)
        return slice(at, end)
    if kind == "slow drift":
        window += sign * chance.uniform(2.5, 4) * np.linspace(0, 1, length)
        return slice(0, length)
    raise ValueError(f"there is no anomaly {kind!r}")
