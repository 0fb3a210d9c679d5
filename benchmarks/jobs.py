"""What it costs to be watched: `python -m benchmarks.jobs [--data-dir DIR]`.

Trains the same model bare, asking for nothing but the records, and as a job does, with history, resumable state,
frames, checkpoints and an ear for commands, in turns in this one process. Prints a JSON object a line: each run with
what its parts took, and at the end two measures of the cost, as medians over the repeats. `cost_within_runs` sets the
parts against the rest of the same run, which holds on a busy machine too and is what must be at most 10%;
`cost_between_runs` compares the watched runs' time with the bare ones', which means little unless the machine is idle.
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

from vae_core import job_files, job_process
from vae_core.datasets import DATASETS
from vae_core.job_files import Request, State
from vae_core.training import TrainConfig, train

TRAININGS = {
    "digits": TrainConfig(epochs=200),
    "mnist": TrainConfig(dataset=DATASETS["mnist"].config(), epochs=10),
}
LIMIT = 0.10


def bare(config: TrainConfig, data_dir: Path | None) -> dict[str, Any]:
    data = DATASETS.build(config.dataset, data_dir)
    started = time.perf_counter()
    for _record in train(config, data):
        pass
    return {"seconds": time.perf_counter() - started}


def watched(config: TrainConfig, data_dir: Path | None, root: Path) -> dict[str, Any]:
    """The work of a job's process, from the loaded data to the last checkpoint, without the process's start."""
    folder = Path(tempfile.mkdtemp(dir=root))
    request = Request(config, data_dir, Path.cwd(), torch.get_num_threads(), time.time())
    job_files.write_request(folder, request)
    job_files.write_state(folder, State("running", 1, token="benchmark"))
    DATASETS.build(config.dataset, data_dir)
    loading = time.perf_counter()
    DATASETS.build(config.dataset, data_dir)
    started = time.perf_counter()
    parts = job_process.work(folder, "benchmark")
    seconds = time.perf_counter() - started - (started - loading)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    frames = len(list((folder / job_files.FRAMES).iterdir())) - 1
    return {
        "seconds": seconds,
        "cost": sum(parts.values()) / (seconds - sum(parts.values())),
        "parts": {name: round(value, 4) for name, value in parts.items()},
        "frames": frames,
        "megabytes": round(size / 1e6, 1),
    }


def compare(name: str, config: TrainConfig, data_dir: Path | None, repeats: int, root: Path) -> float:
    """Print every run and the medians; returns the cost within the runs."""
    bare(replace(config, epochs=1), data_dir)  # the first epoch of a process pays for what is set up once
    seconds: dict[str, list[float]] = {"bare": [], "watched": []}
    costs = []
    for repeat in range(repeats):
        runs = {"bare": lambda: bare(config, data_dir), "watched": lambda: watched(config, data_dir, root)}
        for kind in sorted(runs, reverse=repeat % 2 == 1):  # each goes first as often as the other
            result = runs[kind]()
            seconds[kind].append(result["seconds"])
            if kind == "watched":
                costs.append(result["cost"])
            shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}
            _print(training=name, run=kind, repeat=repeat, **shown)
    medians = {kind: statistics.median(values) for kind, values in seconds.items()}
    cost = statistics.median(costs)
    _print(
        training=name,
        epochs=config.epochs,
        threads=torch.get_num_threads(),
        bare_seconds=round(medians["bare"], 3),
        watched_seconds=round(medians["watched"], 3),
        cost_within_runs=f"{cost:.1%}",
        cost_between_runs=f"{medians['watched'] / medians['bare'] - 1:.1%}",
        at_most=f"{LIMIT:.0%}",
    )
    return cost


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
        costs = [compare(name, TRAININGS[name], arguments.data_dir, arguments.repeats, Path(root)) for name in names]
    return 0 if max(costs) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
