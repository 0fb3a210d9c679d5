"""How well anomalies are found, beside what needs no network: `python -m benchmarks.anomalies --data-dir DIR`.

A model learns from normal examples alone, and so do an isolation forest, PCA, the season before, the distance from the
mean, and random scores, on the same split. A table a data set: area under the ROC curve, average precision, what is
found with few false alarms, and seconds of training. `--only NAME …` takes some of the data sets, `--all` all ten
digits in turn as the one class.

Each step of a series has a score of its own. A causal one knows the past alone, and is the mean over the last `stretch`
steps; a centred one also knows what comes after. Labelled spans count once, whatever is found in them, and nothing is
adjusted (Kim et al. 2022). The threshold is the lowest with at most one false alarm a week, so it knows the labels, for
every row alike; `delay` is the mean time from the beginning of a span to its first flag.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks import exit_status
from benchmarks.anomalies import baselines
from benchmarks.anomalies.measures import FALSE_ALARMS, Row, ap, judged, mean, random_row
from checkpoints.recipes import RECIPES
from vae_core import anomalies
from vae_core.anomalies.found import runs
from vae_core.anomalies.scores import learned
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, default_data_dir, mnist
from vae_core.datasets._sources.nab import nab_series
from vae_core.datasets._sources.one_class import learned_alone
from vae_core.datasets.numenta import ambient_temperature, ec2_latency, nyc_taxi
from vae_core.kinds import kind_of
from vae_core.kinds.series.windows import cut
from vae_core.latent.typicality import Typicality
from vae_core.metrics import batches
from vae_core.model import Model
from vae_core.networks import conv1d, mlp
from vae_core.objectives import vae
from vae_core.training import TrainConfig, train

CLASSES, EVERY_CLASS = (1, 4, 8), tuple(range(10))
"""Digits that are the one class in turn."""


@dataclass(frozen=True)
class Task:
    """A series: its file, how a model learns it, the steps of a `season`, and over how many a score is the mean."""

    file: str
    recipe: TrainConfig
    season: int
    stretch: int


def conv(dataset, epochs: int, latent_dim: int) -> TrainConfig:
    return TrainConfig(
        dataset, conv1d.Config(), vae.Config(), latent_dim=latent_dim, epochs=epochs, lr=2e-3, schedule="one_cycle"
    )


SERIES = {
    "nyc_taxi": Task("nyc_taxi", conv(nyc_taxi.Config(window=336, train_fraction=0.4), 30, 16), 336, 48),
    "ec2_latency": Task(
        "ec2_request_latency_system_failure", conv(ec2_latency.Config(window=48, train_fraction=0.4), 30, 4), 288, 48
    ),
    "ambient_temperature": Task(
        "ambient_temperature_system_failure",
        conv(ambient_temperature.Config(window=48, train_fraction=0.4), 30, 4),
        24,
        48,
    ),
}
RECORDS = RECIPES["intrusion-vae"]
DIGITS = TrainConfig(
    mnist.Config(),
    mlp.Config(hidden=(256,), activation="silu"),
    vae.Config(),
    latent_dim=16,
    epochs=30,
    lr=2e-3,
    schedule="one_cycle",
)
NAMES = (*SERIES, "nsl_kdd", "mnist")


def trained(recipe: TrainConfig, data: Data) -> tuple[Model, float]:
    """The model, and the seconds that its training took."""
    *records, last = train(recipe, data)
    return last.state.model.eval(), sum(record.seconds for record in (*records, last))


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


# Series


def series_rows(name: str, data_dir: Path | None) -> tuple[list[Row], int]:
    """A row a method, of causal and centred scores of every held-out step; how many labelled spans there are."""
    task = SERIES[name]
    data = DATASETS.build(task.recipe.dataset, data_dir)
    whole = nab_series(name, task.file, ("", ""), data_dir)
    border = round(len(whole.values) * task.recipe.dataset.train_fraction)
    length, stretch = task.recipe.dataset.window, task.stretch
    scaled = torch.stack([c.scaled(torch.from_numpy(whole.values[:, i])) for i, c in enumerate(data.spec.columns)], 1)
    # The first held-out steps have windows that begin in the training part: no method is without a past.
    x = cut(scaled, np.arange(border - length + 1, len(scaled) - length + 1), length)
    labels, values = whole.anomalous[border:], scaled.numpy().astype(np.float64)

    def row(method: str, causal: np.ndarray, centred: np.ndarray, seconds: float) -> Row:
        return {"method": method, **judged(causal, labels, whole.step), "centred": ap(centred, labels), "s": seconds}

    def by_window(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From errors [N, T] of windows: the last steps of the one that ends there; all around, of all that hold it."""
        each = baselines.per_step(errors)[length - 1 :]
        return errors[:, -stretch:].mean(1), baselines.around(each, stretch)

    def by_step(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return baselines.trailing(errors, stretch)[border:], baselines.around(errors[border:], stretch)

    model, seconds = trained(task.recipe, data)
    costs, kl = value_costs(model, x)
    rows = [row("VAE: NLL of the last steps", *by_window(costs), seconds)]
    rows += [row("VAE: −ELBO of the window", *shifted(costs.sum(1) + kl, length), seconds)]
    flat = [split.flatten(1).numpy().astype(np.float64) for split in (data.train.x, x)]
    errors, seconds = timed(lambda: baselines.pca_errors(*flat).reshape(len(x), -1, length).mean(1))
    rows += [row("PCA of windows", *by_window(errors), seconds)]
    short = [part.reshape(len(part), -1, length)[:, :, -stretch:].reshape(len(part), -1) for part in flat]
    found, seconds = timed(lambda: baselines.forest(*short))
    rows += [row("isolation forest", *shifted(found, stretch), seconds)]
    rows += [row(f"season before ({task.season} steps)", *by_step(baselines.season_before(values, task.season)), 0.0)]
    rows += [row("|z|", *by_step(baselines.from_mean(values)), 0.0)]
    single = baselines.from_mean(values)[border:]
    rows += [row("|z| of the step alone", single, single, 0.0), random_row(labels, whole.step)]
    return rows, len(runs(labels))


def shifted(scores: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores [n] of windows that end at each step: as they are, and each at the middle of its window."""
    return scores, np.concatenate([scores[length // 2 :], np.full(length // 2, scores[-1])])


@torch.inference_mode()
def value_costs(model: Model, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The NLL of each step [N, T] of windows at their posterior means, summed over channels, and KL [N], in nats."""
    costs, kl = [], []
    for part in batches(model, Split(x, torch.zeros(len(x), dtype=torch.int64))):
        posterior = model.encode(part.x)
        costs.append(model.likelihood.nll_per_value(model.decode_logits(posterior.mu), part.x).sum(1))
        kl.append(posterior.kl_per_dim().sum(1))
    return torch.cat(costs).double().numpy(), torch.cat(kl).double().numpy()


# Records and pictures


def example_rows(model: Model, data: Data, seconds: float) -> list[Row]:
    """A row a score of the model, and a row a baseline, for held-out examples that do not follow each other."""
    anomalous = (data.test.y != data.spec.normal).numpy()
    found = anomalies.scores(model, data.test, Typicality.of(learned(model, data)))
    rows = [
        {"method": f"VAE: {title}", **judged(found[name].numpy(), anomalous), "s": seconds}
        for name, title in (("nll", "NLL"), ("neg_elbo", "−ELBO"), ("density", "density of the code"))
    ]
    train, test = (numbers(split, data) for split in (data.train, data.test))
    for method, work in (
        ("PCA", lambda: baselines.pca_errors(train, test).mean(1)),
        ("isolation forest", lambda: baselines.forest(train, test)),
        ("|z|", lambda: baselines.from_mean((test - train.mean(0)) / (train.std(0) + 1e-3))),
    ):
        scores, took = timed(work)
        rows.append({"method": method, **judged(scores, anomalous), "s": took})
    return [*rows, random_row(anomalous)]


def numbers(split: Split, data: Data) -> np.ndarray:
    """Examples as rows of numbers [N, D]: a 0 or 1 for each symbol."""
    x, parts = kind_of(data.spec).feed(split.x).flatten(1), []
    columns = data.spec.columns or (None,) * x.shape[1]
    for values, column in zip(x.T, columns, strict=True):
        wide = column is not None and column.width > 1
        parts.append(torch.nn.functional.one_hot(values.long(), column.width).float() if wide else values[:, None])
    return torch.cat(parts, 1).double().numpy()


def records_rows(data_dir: Path | None) -> list[Row]:
    data = DATASETS.build(RECORDS.dataset, data_dir)
    return example_rows(*in_order(RECORDS, data))


def in_order(recipe: TrainConfig, data: Data) -> tuple[Model, Data, float]:
    model, seconds = trained(recipe, data)
    return model, data, seconds


def digits_rows(data_dir: Path | None, classes: tuple[int, ...]) -> list[Row]:
    """The mean of each column over the classes, each of which is learned in turn."""
    whole = DATASETS.build(DIGITS.dataset, data_dir)
    tables = [example_rows(*in_order(DIGITS, learned_alone(whole, label))) for label in classes]
    return [
        {name: value if name == "method" else mean([each[i][name] for each in tables]) for name, value in row.items()}
        for i, row in enumerate(tables[0])
    ]


# The tables


def told(name: str, rows: list[Row], spans: int) -> str:
    """A table, and what it recommends: the method with the highest average precision of causal scores."""
    titles = {
        "AUC": "AUC",
        "AP": "AP",
        "centred": "AP, centred",
        "found": "found",
        "delay": "delay, h",
        "s": "training, s",
    }
    titles["found"] = f"of {spans} found" if spans else f"found at {FALSE_ALARMS:.0%}"
    columns = [column for column in titles if column in rows[0]]
    lines = [f"{name:32}" + "".join(f"{titles[column]:>14}" for column in columns)]
    for row in rows:
        lines.append(
            f"  {row['method']:30}" + "".join(f"{written(row[column], column, spans):>14}" for column in columns)
        )
    best = "AP" if spans else "AUC"
    ordered = sorted(rows, key=lambda row: row[best], reverse=True)
    return "\n".join([*lines, f"  recommended, by its {best}: {ordered[0]['method']}"])


def written(value: float, column: str, spans: int) -> str:
    if value != value:
        return "–"
    if column in ("delay", "s"):
        return f"{value:.1f}"
    return f"{value:.1f}" if column == "found" and spans else f"{value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anomalies", description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--all", action="store_true", help="each of the ten digits as the one class")
    arguments = parser.parse_args()
    for name in arguments.only:
        if name in SERIES:
            rows, spans = series_rows(name, arguments.data_dir)
        elif name == "nsl_kdd":
            rows, spans = records_rows(arguments.data_dir), 0
        else:
            classes = EVERY_CLASS if arguments.all else CLASSES
            rows, spans = digits_rows(arguments.data_dir, classes), 0
            name = f"mnist, one class: {', '.join(map(str, classes))}"
        print(told(name, rows, spans), flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
