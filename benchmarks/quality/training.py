"""A training as `python -m vae_core train` does it, with the time that it takes."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_core.cli.options import Parser, add_train_options, train_config
from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.model import Model
from vae_core.training import TrainConfig, train

CORES = 2
"""The goals are times on as many cores."""
COMMAND = "python -m vae_core train "


@dataclass(frozen=True)
class Goal:
    """A figure, what others reach with their source, and what is aimed at: at most `value`, or at least where `higher`
    is better, by trainings of at most `seconds` each on CORES cores, in all that time CORES · `seconds` CPU seconds."""

    figure: str
    reference: str
    value: float
    seconds: float | None = None
    higher: bool = False

    @property
    def words(self) -> str:
        limit = f" in {self.seconds:g} s on {CORES} cores" if self.seconds else ""
        return f"{'≥' if self.higher else '≤'} {self.value:g}{limit}"

    def met(self, found: float, cpu_seconds: float | None) -> bool:
        reached = found >= self.value if self.higher else found <= self.value
        in_time = self.seconds is None or cpu_seconds is None or cpu_seconds <= CORES * self.seconds
        return reached and in_time

    def row(self, found: float, trainings: "list[Trained]", digits: int = 2, **more: Any) -> dict[str, Any]:
        """A row of the table, JSON-ready; its times are those of the longest training. A shipped model has none."""
        cpu = max((each.cpu_seconds for each in trainings), default=None)
        row: dict[str, Any] = {"figure": self.figure, "reference": self.reference, "goal": self.words}
        row |= {"ours": round(found, digits)}
        if trainings:
            row |= {"seconds": round(max(each.seconds for each in trainings), 1), "cpu_seconds": round(cpu or 0.0, 1)}
        return row | {"met": self.met(found, cpu)} | more


@dataclass(frozen=True)
class Trained:
    """A trained model, and the seconds that its epochs took, their measurement on held-out examples included."""

    model: Model
    data: Data
    seconds: float
    cpu_seconds: float


def recipe(options: str) -> TrainConfig:
    """The config of `python -m vae_core train` with these options; UserError for a mistake."""
    arguments = ["train", *options.split()]
    parser = Parser(prog=COMMAND.strip())
    parser.add_argument("command")
    add_train_options(parser, arguments)
    return train_config(parser.parse_args(arguments))


def trained(config: TrainConfig, data_dir: Path | None = None, data: Data | None = None) -> Trained:
    """Train on the config's own dataset, or on `data` in its place."""
    data = DATASETS.build(config.dataset, data_dir) if data is None else data
    # CPU seconds, because a machine that has other work makes a training wait.
    began, cpu = time.perf_counter(), time.process_time()
    *_, last = train(config, data)
    return Trained(last.state.model.eval(), data, time.perf_counter() - began, time.process_time() - cpu)
