"""Rebuild the shipped checkpoints from their data: `python -m checkpoints.build [NAME …] --data-dir DIR`.

`--latents` keeps the weights and only encodes the held-out examples and refits their maps; `--originals` renews only
the few held-out examples that go along.
"""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as to_safetensors

from benchmarks import facts, style
from vae_core import anomalies, checkpoints
from vae_core.checkpoints.files import finish_folder, latent_tensors, write_manifest, write_originals
from vae_core.data import Data
from vae_core.datasets import (
    DATASETS,
    captions,
    captions_facts,
    chorales,
    digits,
    levels,
    mnist,
    nsl_kdd,
    nyc_taxi,
    reviews,
    shapes,
    waves,
)
from vae_core.errors import UserError
from vae_core.files import write_bytes, write_json
from vae_core.likelihoods import mixed
from vae_core.metrics import encode_split
from vae_core.model import Model
from vae_core.networks import conv, conv1d, gru, lstm, mlp
from vae_core.objectives import autoencoder, beta_vae, controlled, denoising, masked, vae
from vae_core.training import EpochRecord, TrainConfig, TrainingState, train

WIDE = mlp.Config(hidden=(512, 512), activation="silu")
SENTENCES = gru.Config(embedding=128, state=256, word_dropout=0.2)
LONG = {"epochs": 40, "lr": 2e-3, "schedule": "one_cycle", "precision": "bfloat16"}
RECIPES = {
    "mnist-vae-2d": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=2, **LONG),
    "mnist-vae-16d": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=16, **LONG),
    "mnist-cvae": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=8, conditional=True, **LONG),
    "mnist-ae-2d": TrainConfig(mnist.Config(), WIDE, autoencoder.Config(), latent_dim=2, **LONG),
    # Every kind and strength of noise down to none, so that the training covers the whole range of the page's sliders.
    "mnist-denoising": TrainConfig(
        mnist.Config(),
        WIDE,
        denoising.Config(noise=denoising.MIXED, strength=0.8, vary=True),
        latent_dim=16,
        **LONG | {"epochs": 24},
    ),
    # Capacity that rises slowly lets one factor after the other claim a dimension: x, y and scale. Which dimensions mix
    # depends on the seed (docs/decisions.md). The shipped weights were trained with one thread (OMP_NUM_THREADS=1);
    # sums in another order may end elsewhere.
    "shapes-beta-vae": TrainConfig(
        shapes.Config(n_train=20_000, image_size=32),
        conv.Config(channels=(16, 32, 32)),
        beta_vae.Config(beta=20.0, capacity=12.0, capacity_epochs=16.0),
        latent_dim=10,
        seed=1,
        epochs=16,
        batch_size=64,
        lr=1e-3,
        schedule="one_cycle",
        precision="bfloat16",
    ),
    # A light KL for sharp tiles, and windows respliced in every batch, so that few samples copy a window
    # (docs/decisions.md; `python -m benchmarks.levels`).
    "mario-vae": TrainConfig(
        levels.Config(splice=0.7),
        conv.Config(channels=(32, 64), conv_activation="silu", batch_norm=True),
        beta_vae.Config(beta=0.5),
        latent_dim=16,
        epochs=30,
        batch_size=64,
        lr=5e-3,
        schedule="one_cycle",
    ),
    # A light KL, and notes hidden from the decoder: with a whole one, z says little, and the most likely next chord is
    # always the one before (docs/decisions.md; `python -m benchmarks.music`).
    "chorales-vae": TrainConfig(
        chorales.Config(),
        gru.Config(embedding=64, state=144, word_dropout=0.3),
        beta_vae.Config(beta=0.2),
        latent_dim=16,
        epochs=6,
        batch_size=64,
        lr=3e-3,
        schedule="one_cycle",
    ),
    # 24 nats for free and a bag of words keep z in use, and hidden words make the decoder ask for it
    # (docs/decisions.md; `python -m benchmarks.text`). After the training in FIRST.
    "captions-vae": TrainConfig(
        captions.Config(),
        SENTENCES,
        beta_vae.Config(beta=1.0, free_bits_total=24.0, bag_of_words=0.8),
        latent_dim=32,
        batch_size=64,
        **LONG | {"epochs": 5, "lr": 1.5e-3},
    ),
    # Few sentences: a light KL, or z says nothing of them, and a bag of words, so that it says what they are about
    # (docs/decisions.md; `python -m benchmarks.style`). After the training in FIRST.
    "reviews-controlled": TrainConfig(
        reviews.Config(),
        gru.Config(embedding=96, state=192, bidirectional=True, word_dropout=0.4),
        controlled.Config(
            beta=0.04,
            bag_of_words=1.0,
            control=1.0,
            plain_epochs=2.0,
            control_epochs=1.0,
            rewritten=0.25,
            temperature=0.5,
            temperature_epochs=5.0,
        ),
        latent_dim=64,
        epochs=5,
        batch_size=32,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # z is how something is said, and little of it is needed: what is said are the facts.
    "captions-facts": TrainConfig(
        captions_facts.Config(),
        gru.Config(embedding=96, state=192, word_dropout=0.3),
        beta_vae.Config(beta=1.0, warmup_epochs=1.0, free_bits_total=4.0),
        latent_dim=8,
        conditional=True,
        epochs=4,
        batch_size=128,
        lr=4e-3,
        schedule="one_cycle",
    ),
    "captions-masked": TrainConfig(
        captions.Config(),
        SENTENCES,
        masked.Config(free_bits_total=24.0, bag_of_words=0.8, mask=0.2, drop=0.1, swap=0.1),
        latent_dim=32,
        batch_size=64,
        **LONG | {"epochs": 2, "lr": 7e-4},
    ),
    # Two days a window, so that a day is judged beside the one before (docs/anomalies.md).
    "taxi-conv1d": TrainConfig(
        nyc_taxi.Config(window=96, train_fraction=0.4),
        conv1d.Config(),
        vae.Config(),
        latent_dim=8,
        epochs=40,
        batch_size=128,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # A spread that is not learned, and tails that forgive a single far number: else the few columns that hardly ever
    # move drown the others (docs/anomalies.md).
    "intrusion-vae": TrainConfig(
        nsl_kdd.Config(),
        mlp.Config(hidden=(64, 32), activation="silu"),
        vae.Config(),
        mixed.Config(learn_spread=False, tails="laplace"),
        latent_dim=8,
        epochs=10,
        batch_size=128,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # The weight of the KL rises slowly: at full weight from the beginning, the decoder learns one mean curve, and z
    # nothing (docs/decisions.md).
    "waves-lstm-vae": TrainConfig(
        waves.Config(),
        lstm.Config(state=64, bidirectional=True),
        beta_vae.Config(beta=1.0, warmup_epochs=10.0),
        latent_dim=8,
        epochs=60,
        batch_size=64,
        lr=4e-3,
        schedule="one_cycle",
    ),
    "digits-vae-2d": TrainConfig(
        digits.Config(),
        mlp.Config(hidden=(256, 256), activation="silu"),
        vae.Config(),
        latent_dim=2,
        epochs=200,
        lr=2e-3,
        schedule="one_cycle",
    ),
}
FIRST = {
    "captions-vae": replace(
        RECIPES["captions-vae"],
        objective=beta_vae.Config(beta=1.0, warmup_epochs=1.5, free_bits_total=16.0, bag_of_words=0.5),
        epochs=10,
        lr=2e-3,
    ),
    # Nine epochs before anybody judges what is written: that is dear, and of use once sentences are written at all.
    "reviews-controlled": replace(
        RECIPES["reviews-controlled"],
        objective=controlled.Config(
            beta=0.04,
            warmup_epochs=2.0,
            control=3.0,
            plain_epochs=9.0,
            control_epochs=3.0,
            rewritten=0.25,
            temperature_epochs=18.0,
        ),
        epochs=18,
        lr=4e-3,
    ),
}
"""Trainings from whose weights a model's own goes on: with little in z, or under other judges."""
AT_HAND = {"digits", "shapes", "waves"}
"""Datasets that are drawn, or come with a package."""
NOT_OURS = {"captions", "captions_facts", "nsl_kdd", "reviews"}
"""Datasets whose examples are not ours to pass on: pages show what the model makes of them."""
STARTS = {"captions-masked": "captions-vae"}
"""Models that go on from the weights of another shipped one, whose network they have."""


def build(name: str, data_dir: Path | None) -> None:
    config = RECIPES[name]
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
    saved = checkpoints.save(
        checkpoints.SHIPPED / name, record.state.model, config, data, history, half=True, with_maps=True
    )
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
    checkpoint = checkpoints.load(checkpoints.SHIPPED / name)
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
    folder = checkpoints.SHIPPED / name
    card = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "manifest.json").unlink()
    write_bytes(folder / "README.md", card.replace("\n## Measured", f"- {line}\n\n## Measured", 1).encode())
    write_manifest(folder)


def keep_originals(name: str, data_dir: Path | None) -> None:
    """Let the first held-out examples go along where the data has to be downloaded: few computers have it."""
    config = RECIPES[name].dataset
    if DATASETS.of(config).name not in AT_HAND | NOT_OURS:
        write_originals(checkpoints.SHIPPED / name, DATASETS.build(config, data_dir).test)


def encode(name: str, data_dir: Path | None) -> None:
    checkpoint = checkpoints.load(checkpoints.SHIPPED / name)
    model, data = checkpoint.load_model(), DATASETS.build(checkpoint.train_config.dataset, data_dir)
    tensors = latent_tensors(model, encode_split(model, data.test), data, torch.float16, with_maps=True)
    write_bytes(checkpoint.path / "latents.safetensors", to_safetensors(tensors))
    (checkpoint.path / "manifest.json").unlink()
    finish_folder(checkpoint.path, name, model, checkpoint.train_config, len(data.train))
    say_start(name)
    print(f"{checkpoint.path}: {', '.join(tensors)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m checkpoints.build", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(RECIPES)} (default: all)")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--latents", action="store_true", help="keep the weights; re-encode and refit the maps")
    parser.add_argument("--originals", action="store_true", help="only renew the held-out examples that go along")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in RECIPES]
    if unknown:
        parser.error(f"there is no recipe for {', '.join(unknown)}; there are: {', '.join(RECIPES)}")
    work = keep_originals if arguments.originals else encode if arguments.latents else build
    try:
        for name in arguments.names or RECIPES:
            work(name, arguments.data_dir)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
