"""How fast training is and how good it gets: `python -m benchmarks.training --data-dir DIR`.

Prints a JSON object a line: our loop beside a loop in the manner of pytorch/examples `vae/main.py` (a DataLoader that
turns one picture at a time into a tensor, by torchvision where that is installed) and, where it is installed (`pip
install pythae==0.1.2`), Pythae's trainer, all on an MLP 784-400-20 at batch size 128; then every registered network;
then what else might pay. `seconds_per_epoch` is training alone, `seconds_with_test` an epoch with its pass over the
test set. The compared loops take turns after every epoch, for on a machine that is not idle only neighbours in time
are alike; `times_ours` is the median of the epochs' ratios.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
import unittest.mock
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks import exit_status
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS
from vae_core.kinds.image import as_float
from vae_core.metrics import METRICS, encode_split
from vae_core.model import Model
from vae_core.networks import NETWORKS, conv, mlp
from vae_core.training import TrainConfig, adam, train
from vae_core.training.adam import Adam

ROUNDS = 3
COMPARED = TrainConfig(network=mlp.Config(hidden=(400,), activation="relu"), latent_dim=20, batch_size=128, lr=1e-3)


@dataclass(frozen=True)
class Epoch:
    """The seconds of an epoch's training and, where a pass over the test set belongs to the loop, of both."""

    seconds: float
    with_test: float | None = None


Loop = Generator[Epoch, None, float | None]
"""An epoch at a time; returns −ELBO on the test set in nats per example, None where nothing is learned."""


def ours(config: TrainConfig, data: Data) -> Loop:
    records = train(config, data)
    for _ in range(config.epochs):
        started = time.perf_counter()
        record = next(records)
        yield Epoch(record.seconds, time.perf_counter() - started)
    return -record.test["elbo"]


class OnePictureAtATime(torch.utils.data.Dataset):
    """MNIST as torchvision serves it: each access makes a PIL image, then a float tensor."""

    def __init__(self, split: Split):
        self.split = split

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.split.x[index, 0].numpy())
        pixels = torch.from_numpy(np.array(picture, copy=True)).view(28, 28, 1).permute(2, 0, 1).contiguous()
        return pixels.float().div(255), int(self.split.y[index])


def one_picture_at_a_time(split: Split) -> torch.utils.data.Dataset:
    """torchvision's own MNIST and ToTensor where torchvision is installed, else what they do."""
    if not importlib.util.find_spec("torchvision"):
        return OnePictureAtATime(split)
    from torchvision import datasets, transforms

    class MNIST(datasets.MNIST):
        def __init__(self):
            self.data, self.targets = split.x[:, 0], split.y
            self.transform, self.target_transform = transforms.ToTensor(), None

    return MNIST()


def example_loop(config: TrainConfig, data: Data) -> Loop:
    """The same model, trained the way the PyTorch example does it, with its own pass over the test set."""
    torch.manual_seed(config.seed)
    model = Model(config.model, data.spec)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.lr)
    loader = torch.utils.data.DataLoader(one_picture_at_a_time(data.train), config.batch_size, shuffle=True)
    test_loader = torch.utils.data.DataLoader(one_picture_at_a_time(data.test), config.batch_size)

    def loss_of(x: torch.Tensor) -> torch.Tensor:
        posterior = model.encode(x)
        nll = torch.nn.functional.binary_cross_entropy(model.decode(posterior.sample()), x, reduction="sum")
        return nll + posterior.kl_per_dim().sum()

    total = 0.0
    for _ in range(config.epochs):
        started = time.perf_counter()
        for x, _y in loader:
            optimizer.zero_grad()
            loss = loss_of(x)
            loss.backward()
            total += loss.item()
            optimizer.step()
        seconds = time.perf_counter() - started
        with torch.no_grad():
            for x, _y in test_loader:
                total += loss_of(x).item()
        yield Epoch(seconds, time.perf_counter() - started)
    return _minus_elbo(model, data)


def pythae_trainer(config: TrainConfig, data: Data) -> Loop:
    """Pythae's BaseTrainer on its VAE, given layers of the same sizes."""
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    ours = Model(config.model, data.spec)

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.layers = ours.network.encoder

        def forward(self, x):
            mu, logvar = self.layers(x).chunk(2, dim=1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.layers = ours.network.decoder

        def forward(self, z):
            return ModelOutput(reconstruction=torch.sigmoid(self.layers(z)))

    settings = VAEConfig(input_dim=data.spec.shape, latent_dim=config.latent_dim, reconstruction_loss="bce")
    model = VAE(settings, Encoder(), Decoder())
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model=model,
            train_dataset=_pythae_dataset(data.train),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=config.epochs,
                per_device_train_batch_size=config.batch_size,
                learning_rate=config.lr,
                no_cuda=True,
            ),
        )
        trainer.prepare_training()
        for epoch in range(1, config.epochs + 1):
            started = time.perf_counter()
            trainer.train_step(epoch)
            yield Epoch(time.perf_counter() - started)
    return _minus_elbo(ours, data)


def products_and_adam(config: TrainConfig, data: Data) -> Loop:
    """Seconds of an epoch's matrix products and Adam's steps, and nothing else: what no loop over these batches in
    float32 can beat."""
    layers = [(784, 400), (400, 2 * config.latent_dim), (config.latent_dim, 400), (400, 784)]
    batches = len(data.train) // config.batch_size
    x = {n: torch.rand(config.batch_size, n) for pair in layers for n in pair}
    y = {n: torch.empty(config.batch_size, n) for n in x}
    weights = {pair: torch.nn.Parameter(torch.rand(pair[1], pair[0])) for pair in layers}
    for weight in weights.values():
        weight.grad = torch.zeros_like(weight)
    optimizer = Adam(weights.values(), config.lr)
    for _ in range(config.epochs):
        started = time.perf_counter()
        with torch.no_grad():
            for _ in range(batches):
                for i, (pair, weight) in enumerate(weights.items()):
                    torch.mm(x[pair[0]], weight.T, out=y[pair[1]])
                    torch.mm(x[pair[1]].T, x[pair[0]], out=weight.grad)
                    if i:  # the gradient of the picture is not needed
                        torch.mm(x[pair[1]], weight, out=y[pair[0]])
                optimizer.step()
        yield Epoch(time.perf_counter() - started)


def _pythae_dataset(split: Split):
    from pythae.data.datasets import BaseDataset

    return BaseDataset(as_float(split.x), split.y)


def _minus_elbo(model: Model, data: Data) -> float:
    return -METRICS.build(METRICS["elbo"].config(), model, data.test, encode_split(model, data.test))["elbo"]


def in_turns(loops: dict[str, Loop]) -> dict[str, tuple[list[Epoch], float | None]]:
    """The epochs of each, one of each in turn, and what it returns."""
    epochs: dict[str, list[Epoch]] = {name: [] for name in loops}
    returned: dict[str, float | None] = {}
    while len(returned) < len(loops):
        for name in [name for name in loops if name not in returned]:
            try:
                epochs[name].append(next(loops[name]))
            except StopIteration as end:
                returned[name] = end.value
    return {name: (epochs[name], returned[name]) for name in loops}


def alone(loop: Loop, data: Data) -> dict[str, Any]:
    return _result(*in_turns({"": loop})[""], data)


def _result(epochs: list[Epoch], minus_elbo: float | None, data: Data) -> dict[str, Any]:
    seconds = statistics.median(epoch.seconds for epoch in epochs)
    result: dict[str, Any] = {"seconds_per_epoch": round(seconds, 3)}
    if None not in (with_test := [epoch.with_test for epoch in epochs]):
        result["seconds_with_test"] = round(statistics.median(with_test), 3)
    if minus_elbo is not None:
        result["images_per_second"] = round(len(data.train) / seconds)
        result["test_minus_elbo_nats"] = round(minus_elbo, 2)
    return result


def _print(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def compare(config: TrainConfig, data: Data) -> None:
    loops = {"matrix products and Adam alone": products_and_adam, "ours": ours, "example_loop": example_loop}
    if importlib.util.find_spec("pythae"):
        loops["pythae"] = pythae_trainer
    measured: dict[str, list[Epoch]] = {name: [] for name in loops}
    for number in range(1, ROUNDS + 1):
        turns = in_turns({name: loop(config, data) for name, loop in loops.items()})
        for name, (epochs, minus_elbo) in turns.items():
            result = _result(epochs, minus_elbo, data)
            _print(part="compare", round=number, loop=name, epochs=config.epochs, **result)
            measured[name] += epochs
    for name in [name for name in loops if name != "ours"]:
        both = list(zip(measured[name], measured["ours"], strict=True))
        ratios = {"seconds_per_epoch": [round(its.seconds / ours.seconds, 2) for its, ours in both]}
        if both[0][0].with_test:
            ratios["seconds_with_test"] = [round(its.with_test / ours.with_test, 2) for its, ours in both]
        for of, times in ratios.items():
            _print(part="compare", loop=name, of=of, times_ours=statistics.median(times), epochs=times)


def every_network(config: TrainConfig, data: Data) -> None:
    for entry in NETWORKS:
        result = alone(ours(replace(config, network=entry.config()), data), data)
        _print(part="networks", network=entry.name, epochs=config.epochs, **result)


def without_tidying(config: TrainConfig, data: Data) -> dict[str, Any]:
    """Ours, but Adam's averages may become denormal numbers."""
    with unittest.mock.patch.object(adam, "TIDY_EVERY", sys.maxsize):
        return alone(ours(config, data), data)


def what_pays(config: TrainConfig, data: Data) -> None:
    wide = replace(config, network=mlp.Config(hidden=(512, 512), activation="silu"), latent_dim=2)
    small_conv = replace(config, network=conv.Config(channels=(16, 32)))
    variants = {
        "mlp 400, float32": config,
        "mlp 400, bfloat16": replace(config, precision="bfloat16"),
        "mlp 400, batch 512": replace(config, batch_size=512),
        "conv 16-32, float32": small_conv,
        "conv 16-32, bfloat16": replace(small_conv, precision="bfloat16"),
        "mlp 512-512 silu 2-D, constant lr 1e-3": wide,
        "mlp 512-512 silu 2-D, one_cycle lr 2e-3": replace(wide, schedule="one_cycle", lr=2e-3),
    }
    for name, variant in variants.items():
        _print(part="what_pays", variant=name, epochs=variant.epochs, **alone(ours(variant, data), data))
    result = without_tidying(config, data)
    _print(part="what_pays", variant="mlp 400, float32, denormals in Adam", epochs=config.epochs, **result)


PARTS = {"compare": compare, "networks": every_network, "what_pays": what_pays}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="folder that holds mnist/ (else it is downloaded)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    arguments = parser.parse_args()
    data = DATASETS.build(DATASETS["mnist"].config(), arguments.data_dir)
    config = replace(COMPARED, epochs=arguments.epochs)
    alone(ours(replace(config, epochs=1), data), data)  # the first epoch of a process pays for what is set up once
    for name, part in PARTS.items():
        if arguments.only in (None, name):
            part(config, data)


if __name__ == "__main__":
    sys.exit(exit_status(main))
