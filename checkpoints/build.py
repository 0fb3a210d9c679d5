"""Rebuild the shipped checkpoints from their data: `python -m checkpoints.build [NAME …] --data-dir DIR`.

`--latents` keeps the weights and only encodes the held-out examples and refits their maps; `--originals` renews only
the few held-out examples that go along.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as to_safetensors

from benchmarks import exit_status, facts, style
from checkpoints.recipes import AT_HAND, FIRST, NOT_OURS, RECIPES, SERIES, STARTS
from vae_core import anomalies, checkpoints, computing
from vae_core.checkpoints.files import finish_folder, latent_tensors, write_manifest, write_originals
from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.files import write_bytes, write_json
from vae_core.metrics import encode_split
from vae_core.model import Model
from vae_core.training import EpochRecord, TrainConfig, TrainingState, train

ALL = RECIPES | SERIES


def folder_of(name: str) -> Path:
    return (checkpoints.SERIES if name in SERIES else checkpoints.SHIPPED) / name


def build(name: str, data_dir: Path | None) -> None:
    config = ALL[name]
    data = DATASETS.build(config.dataset, data_dir)
    history: list[dict[str, Any]] = []
    state = TrainingState.start(config, data.spec)
    if name in STARTS:
        state.model.load_state_dict(checkpoints.load(checkpoints.SHIPPED / STARTS[name]).load_model().state_dict())
    elif name in FIRST:
        first = TrainingState.start(FIRST[name], data.spec)
        fit(name, FIRST[name], data, first, history)
        state.model.load_state_dict(first.model.state_dict())
    record = fit(name, config, data, state, history)
    # Weights in half precision keep each folder below 4 MB.
    saved = checkpoints.save(folder_of(name), record.state.model, config, data, history, half=True, with_maps=True)
    keep_originals(name, data_dir)
    measure_further(name, data_dir)
    say_start(name)
    size = sum(file.stat().st_size for file in saved.path.iterdir())
    print(f"{saved.path}: −ELBO {-saved.metrics['elbo']:.2f} nats per example, {size / 1e6:.1f} MB", flush=True)


def fit(name: str, config: TrainConfig, data: Data, state: TrainingState, history: list[dict[str, Any]]) -> EpochRecord:
    """Train to the end and add the epochs to the history, whose numbers go on."""
    for record in train(config, data, state):
        history.append(record.to_json() | {"epoch": len(history) + 1})
        if record.epoch % max(1, config.epochs // 10) == 0:
            print(f"{name} epoch {len(history)}: test loss {record.test['loss']:.2f} nats per example", flush=True)
    return record


def told(model: Model, dataset: Any, data_dir: Path | None) -> dict[str, float]:
    """How well the labelled anomalies are told from normal examples."""
    return anomalies.measured(model, DATASETS.build(dataset, data_dir))


FURTHER = {
    "captions-facts": facts.measured,
    "reviews-controlled": style.measured,
    "taxi-conv1d": told,
    "waves-lstm-vae": told,
    "intrusion-vae": told,
}
"""What is measured beyond the metrics of every model, from the model, its dataset's config and the data directory."""


def measure_further(name: str, data_dir: Path | None) -> None:
    """Add to a model's metrics what takes other models or other data to measure."""
    if name not in FURTHER:
        return
    checkpoint = checkpoints.load(folder_of(name))
    model, config = checkpoint.load_model(), checkpoint.train_config
    metrics = checkpoint.metrics | FURTHER[name](model, config.dataset, data_dir)
    write_json(checkpoint.path / "metrics.json", metrics)
    (checkpoint.path / "manifest.json").unlink()
    finish_folder(checkpoint.path, name, model, config, len(DATASETS.build(config.dataset, data_dir).train))


def say_start(name: str) -> None:
    """Let the model card say what this model went on from."""
    if name in STARTS:
        line = f"It goes on from `{STARTS[name]}`, whose training is in that model's card."
    elif name in FIRST:
        own, before = asdict(RECIPES[name].objective), asdict(FIRST[name].objective)
        options = ", ".join(f"`{key}` {value:g}" for key, value in before.items() if value != own[key])
        line = f"Its first {FIRST[name].epochs} epochs: learning rate {FIRST[name].lr:g}, {options}."
    else:
        return
    folder = folder_of(name)
    card = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "manifest.json").unlink()
    write_bytes(folder / "README.md", card.replace("\n## Measured", f"- {line}\n\n## Measured", 1).encode())
    write_manifest(folder)


def keep_originals(name: str, data_dir: Path | None) -> None:
    """Let the first held-out examples go along where the data has to be downloaded: few computers have it."""
    config = ALL[name].dataset
    if DATASETS.of(config).name not in AT_HAND | NOT_OURS:
        write_originals(folder_of(name), DATASETS.build(config, data_dir).test)


def encode(name: str, data_dir: Path | None) -> None:
    checkpoint = checkpoints.load(folder_of(name))
    model, data = checkpoint.load_model(), DATASETS.build(checkpoint.train_config.dataset, data_dir)
    tensors = latent_tensors(model, encode_split(model, data.test), data, torch.float16, with_maps=True)
    write_bytes(checkpoint.path / "latents.safetensors", to_safetensors(tensors))
    (checkpoint.path / "manifest.json").unlink()
    finish_folder(checkpoint.path, name, model, checkpoint.train_config, len(data.train))
    say_start(name)
    print(f"{checkpoint.path}: {', '.join(tensors)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m checkpoints.build", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(ALL)} (default: all)")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--latents", action="store_true", help="keep the weights; re-encode and refit the maps")
    parser.add_argument("--originals", action="store_true", help="only renew the held-out examples that go along")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in ALL]
    if unknown:
        parser.error(f"there is no recipe for {', '.join(unknown)}; there are: {', '.join(ALL)}")
    # As a training of the app: two threads that wait for each other wait for whatever else runs.
    torch.set_num_threads(computing.threads())
    work = keep_originals if arguments.originals else encode if arguments.latents else build

    def each() -> None:
        for name in arguments.names or ALL:
            work(name, arguments.data_dir)

    return exit_status(each)


if __name__ == "__main__":
    sys.exit(main())
