"""What it costs to be watched: `python -m benchmarks.jobs [--data-dir DIR]`.

Trains as a job does, with history, resumable state, frames, checkpoints and an ear for commands, and measures twice:
`cost_of_parts` sets what the parts took against the rest of the same run; `cost_between_epochs` watches every other
pair of epochs only and compares their median time with that of the bare ones, which also finds what watching does to
the processor's caches. Neighbouring epochs are compared because whole runs differ by more than what is sought, on a
machine that is not idle. Prints a JSON object a line; both costs must be at most 10%.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks import exit_status
from vae_core.datasets import DATASETS
from vae_core.jobs import files as job_files
from vae_core.jobs import process as job_process
from vae_core.jobs.files import Request, State
from vae_core.jobs.recorder import Recorder
from vae_core.training import TrainConfig, train

TRAININGS = {
    "digits": TrainConfig(epochs=200),
    "mnist": TrainConfig(dataset=DATASETS["mnist"].config(), epochs=10),
}
LIMIT = 0.10
TOKEN = "benchmark"


def watched(config: TrainConfig, data_dir: Path | None, root: Path) -> dict[str, Any]:
    """The work of a job's process, from the loaded data to the last checkpoint, without the process's start."""
    folder = requested(config, data_dir, root)
    DATASETS.build(config.dataset, data_dir)
    loading = time.perf_counter()
    DATASETS.build(config.dataset, data_dir)
    started = time.perf_counter()
    parts = job_process.work(folder, TOKEN)
    seconds = time.perf_counter() - started - (started - loading)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    frames = len(list((folder / job_files.FRAMES).iterdir())) - 1
    return {
        "seconds": seconds,
        "cost_of_parts": sum(parts.values()) / (seconds - sum(parts.values())),
        "parts": {name: round(value, 4) for name, value in parts.items()},
        "frames": frames,
        "megabytes": round(size / 1e6, 1),
    }


def half_watched(config: TrainConfig, data_dir: Path | None, root: Path) -> dict[str, Any]:
    """Two epochs watched, two bare, and so on; an epoch's time includes recording the one before."""
    folder, data = requested(config, data_dir, root), DATASETS.build(config.dataset, data_dir)
    recorder = Recorder(folder, config, data, [])
    ear = job_process.Controls(folder, TOKEN, 0, -(-len(data.train) // config.batch_size))
    seconds: dict[bool, list[float]] = {False: [], True: []}

    def is_watched(epoch: int) -> bool:
        return epoch // 2 % 2 == 1

    began = time.perf_counter()
    for record in train(config, data, None, lambda epoch, batch: ear(epoch, batch) if is_watched(epoch) else {}):
        seconds[is_watched(record.epoch - 1)].append(time.perf_counter() - began)
        began = time.perf_counter()
        if is_watched(record.epoch):
            recorder(record)
    recorder.log.close()
    medians = {kind: statistics.median(values[1:]) for kind, values in seconds.items()}  # the first sets things up
    return {
        "bare_epoch_ms": 1000 * medians[False],
        "watched_epoch_ms": 1000 * medians[True],
        "cost_between_epochs": medians[True] / medians[False] - 1,
    }


def requested(config: TrainConfig, data_dir: Path | None, root: Path) -> Path:
    """The folder of a job that runs."""
    folder = Path(tempfile.mkdtemp(dir=root))
    request = Request(config, data_dir, Path.cwd(), torch.get_num_threads(), time.time())
    job_files.write_request(folder, request)
    State("running", 1, token=TOKEN).write(folder)
    return folder


def measure(name: str, config: TrainConfig, data_dir: Path | None, repeats: int, root: Path) -> float:
    """Print every run and the medians; returns the larger cost."""
    watched(replace(config, epochs=1), data_dir, root)  # a process's first pays for what it imports
    costs: dict[str, list[float]] = {"cost_of_parts": [], "cost_between_epochs": []}
    for repeat in range(repeats):
        for run in (watched, half_watched):
            result = run(config, data_dir, root)
            for cost in costs.keys() & result.keys():
                costs[cost].append(result[cost])
            shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}
            _print(training=name, run=run.__name__, repeat=repeat, **shown)
    medians = {cost: statistics.median(values) for cost, values in costs.items()}
    _print(
        training=name,
        epochs=config.epochs,
        threads=torch.get_num_threads(),
        **{cost: f"{value:.1%}" for cost, value in medians.items()},
        at_most=f"{LIMIT:.0%}",
    )
    return max(medians.values())


def _print(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="folder that holds mnist/ (without it, only digits)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=TRAININGS, help="one training instead of all")
    parser.add_argument("--threads", type=int, default=1, help="threads to compute with; a job on two cores has one")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    names = (
        [arguments.only] if arguments.only else [name for name in TRAININGS if name != "mnist" or arguments.data_dir]
    )
    with tempfile.TemporaryDirectory() as root:
        costs = [measure(name, TRAININGS[name], arguments.data_dir, arguments.repeats, Path(root)) for name in names]
    return 0 if max(costs) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(exit_status(main))
