"""How far forecasts from the latent lie from what came: `python -m benchmarks.forecasts --data-dir DIR`.

From the first steps of each held-out window a forecaster foresees the rest. A table a data set, in standard deviations
of the training part: MAE of the median, MASE (MAE as a multiple of what the season before costs in training), pinball
loss of the fan, and seconds of training. Beside the latent stand a plain RNN and LSTM, the season before and the mean.
Windows with a labelled anomaly are left out; nobody is to foresee those.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks import exit_status
from vae_core import forecasting
from vae_core.data import Data
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.datasets.numenta import ambient_temperature, nyc_taxi
from vae_core.errors import UserError
from vae_core.kinds.series.windows import Series, windows
from vae_core.likelihoods import normal
from vae_core.networks import conv1d
from vae_core.objectives import vae
from vae_core.training import TrainConfig, train

MOST = 200
"""Held-out windows that are forecast, spread over all."""


@dataclass(frozen=True)
class Task:
    """Windows of `seen` steps and those that follow; `season` in steps; what a model of them is trained with."""

    data: Callable[[Path | None], Data]
    seen: int
    season: int
    latent_dim: int
    epochs: int


def made(values: np.ndarray, length: int) -> Data:
    anomalous = np.zeros(len(values), dtype=bool)
    return windows(Series("made", (("value", ""),), values[:, None], anomalous), length, 1, 0.6)


def seasonal(data_dir: Path | None) -> Data:
    """A season of 24 steps with a slow trend, and noise of half its size."""
    t = np.arange(4000)
    wave = np.sin(2 * math.pi * t / 24) + 0.5 * np.sin(4 * math.pi * t / 24 + 1) + np.sin(t / 300)
    return made(wave + 0.5 * np.random.default_rng(0).standard_normal(len(t)), 72)


def noise(data_dir: Path | None) -> Data:
    return made(np.random.default_rng(0).standard_normal(4000), 72)


def nab(config) -> Callable[[Path | None], Data]:
    return lambda data_dir: DATASETS.build(config, data_dir)


TASKS = {
    "a season with a trend": Task(seasonal, 48, 24, 8, 20),
    "white noise": Task(noise, 48, 24, 8, 20),
    "nyc_taxi, a day after a week": Task(
        nab(nyc_taxi.Config(window=384, stride=4, train_fraction=0.5)), 336, 336, 16, 20
    ),
    "ambient_temperature, a day after two": Task(
        nab(ambient_temperature.Config(window=72, stride=2, train_fraction=0.5)), 48, 24, 8, 20
    ),
}


def rows(task: Task, data_dir: Path | None, seed: int = 0) -> list[tuple[str, dict[str, float]]]:
    """Each way, and its errors."""
    data = task.data(data_dir)
    train_x, test = data.train.x, data.test.take(data.judged).x
    test = test[torch.linspace(0, len(test) - 1, min(MOST, len(test))).long()]
    seen, rest = test[:, :, : task.seen], test[:, :, task.seen :]
    config = TrainConfig(
        network=conv1d.Config(),
        objective=vae.Config(),
        likelihood=normal.Config(),
        latent_dim=task.latent_dim,
        epochs=task.epochs,
        lr=2e-3,
        schedule="one_cycle",
        seed=seed,
    )

    def latent() -> forecasting.Latent:
        *_, last = train(config, data)
        return forecasting.Latent(last.state.model.eval())

    ways = {
        "latent (conv1d VAE)": latent,
        "LSTM": lambda: forecasting.Recurrent.fit(train_x, task.seen, "lstm", seed=seed),
        "RNN": lambda: forecasting.Recurrent.fit(train_x, task.seen, "rnn", seed=seed),
        f"season before ({task.season} steps)": lambda: forecasting.SeasonBefore.fit(train_x, task.seen, task.season),
        "mean": lambda: forecasting.Mean.fit(train_x, task.seen),
    }
    found = []
    for name, fit in ways.items():
        started = time.perf_counter()
        way = fit()
        seconds = time.perf_counter() - started
        draws = way(seen, torch.Generator().manual_seed(seed))
        found.append((name, forecasting.measured(draws, rest, train_x, task.season) | {"training, s": seconds}))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS), metavar="NAME", help=", ".join(TASKS))
    arguments = parser.parse_args()
    for name in arguments.only:
        try:
            found = rows(TASKS[name], arguments.data_dir)
        except UserError as error:
            print(f"{name}: left out. {error}")
            continue
        columns = list(found[0][1])
        print(f"{name:36}" + "".join(f"{column:>14}" for column in columns))
        for way, errors in found:
            digits = [f"{errors[column]:>14.{1 if column.endswith('s') else 3}f}" for column in columns]
            print(f"  {way:34}" + "".join(digits), flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
