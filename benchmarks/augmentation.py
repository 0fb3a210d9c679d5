"""Whether draws of a model help a classifier of few examples: `python -m benchmarks.augmentation --data-dir DIR`.

A small convolutional classifier learns from 10 labelled MNIST digits a class, and from what is added to them:

- shifts of up to 2 pixels and rotations of up to 15°, drawn anew for each batch
- 200 draws a class of `mnist-cvae`, as `python -m vae_core sample mnist-cvae --class C` makes them. That model has seen
  the labels of 60,000 digits, and the classifier those of 100, so this says what a finished model can pass on
- as many draws of a conditional model that learned from the same 100 digits: nobody knows more labels than anybody else
- as many real digits, with their labels: what no draw can be expected to beat

A JSON object a line: the accuracy on the 10,000 test digits, its mean and standard deviation over five seeds, each of
which draws digits, weights and batches; and how many labels stand behind it. All learn by equally many steps.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.cli.options import check_data_dir
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, default_data_dir, mnist
from vae_core.kinds.image import as_float
from vae_core.latent.reader import network
from vae_core.model import Model
from vae_core.networks import mlp
from vae_core.objectives import vae
from vae_core.samplers import decoded
from vae_core.training import TrainConfig, train
from vae_core.training.adam import Adam

LABELLED, DRAWN, SEEDS = 10, 200, 5
STEPS, BATCH, LR = 500, 64, 3e-3
SHIFT, TURN = 2, math.radians(15)
GENERATOR = "mnist-cvae"
FEW = TrainConfig(
    mnist.Config(),
    mlp.Config(hidden=(256,), activation="silu"),
    vae.Config(),
    latent_dim=8,
    conditional=True,
    epochs=200,
    batch_size=20,
    lr=2e-3,
    schedule="one_cycle",
)
"""How a conditional model learns from the few digits."""

Pictures = tuple[Tensor, Tensor]
"""Pictures [N, 1, H, W] in [0, 1] and their classes [N]."""


def chosen(split: Split, each: int, classes: int, generator: torch.Generator) -> Split:
    """`each` examples of every class, drawn without replacement."""
    rows = [(split.y == label).nonzero()[:, 0] for label in range(classes)]
    return split.take(torch.cat([some[torch.randperm(len(some), generator=generator)[:each]] for some in rows]))


def drawn(model: Model, each: int, classes: int, generator: torch.Generator) -> Pictures:
    """`each` draws of the prior of every class, as the command `sample --class` decodes them."""
    y = torch.arange(classes).repeat_interleave(each)
    z = torch.randn(len(y), model.config.latent_dim, generator=generator)
    return torch.cat(list(decoded(model, z, y))), y


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures [B, 1, H, W], each shifted and turned by chance."""
    turn, right, down = (2 * torch.rand(3, len(x), generator=generator) - 1).unbind()
    turn, right, down = TURN * turn, 2 * SHIFT / x.shape[3] * right, 2 * SHIFT / x.shape[2] * down  # of half a side
    cos, sin = turn.cos(), turn.sin()
    # Where each pixel comes from: shifted first, then turned.
    across = torch.stack([cos, -sin, cos * right - sin * down], 1)
    along = torch.stack([sin, cos, sin * right + cos * down], 1)
    places = F.affine_grid(torch.stack([across, along], 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, places, align_corners=False)


def accuracy(
    labelled: Pictures,
    added: Pictures | None,
    test: Pictures,
    classes: int,
    seed: int,
    vary: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    steps: int = STEPS,
) -> float:
    """The share of `test` that a classifier gets right. With `added`, half of each batch is of these."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = network(labelled[0].shape[-1], classes - 1)  # one output for each class, and none for "no class"
    optimizer = Adam(classifier.parameters(), LR)
    sources = [labelled] if added is None else [labelled, added]
    for step in range(steps):
        optimizer.lr = LR * 0.5 * (1 + math.cos(math.pi * step / steps))
        parts = []
        for x, y in sources:
            rows = torch.randint(len(y), (BATCH // len(sources),), generator=generator)
            parts.append((x[rows], y[rows]))
        x, y = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
        loss = F.cross_entropy(classifier(x if vary is None else vary(x, generator)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        found = torch.cat([classifier(part).argmax(1) for part in test[0].split(1000)])
    return (found == test[1]).float().mean().item()


def of_few(few: Split, data: Data, seed: int, config: TrainConfig = FEW) -> Model:
    """A conditional model that has seen these examples and no others. Its own test set is part of the held-out one:
    nothing is chosen by it."""
    *_, last = train(replace(config, seed=seed), replace(data, train=few, test=data.test.take(slice(0, 100))))
    return last.state.model.eval()


def measured(
    data: Data, generator_model: Model, seed: int, steps: int = STEPS, few: TrainConfig = FEW
) -> dict[str, float]:
    """The accuracy of each way, by its name in WAYS, for one draw of labelled digits."""
    chance = torch.Generator().manual_seed(seed)
    classes = len(data.spec.classes)
    some = chosen(data.train, LABELLED, classes, chance)
    labelled, test = ((as_float(split.x), split.y) for split in (some, data.test))
    more = chosen(data.train, DRAWN, classes, chance)
    finished = drawn(generator_model, DRAWN, classes, chance)
    honest = drawn(of_few(some, data, seed, few), DRAWN, classes, chance)

    def ends(added: Pictures | None, vary: Callable[[Tensor, torch.Generator], Tensor] | None = None) -> float:
        return accuracy(labelled, added, test, classes, seed, vary, steps)

    return {
        "nothing": ends(None),
        "moved": ends(None, moved),
        "drawn_60000": ends(finished),
        "drawn_60000_moved": ends(finished, moved),
        "drawn_100": ends(honest),
        "drawn_100_moved": ends(honest, moved),
        "real": ends((as_float(more.x), more.y)),
    }


WAYS = {
    "nothing": ("nothing", 100),
    "moved": ("shifts and rotations", 100),
    "drawn_60000": (f"draws of {GENERATOR}, which saw 60,000 labels", 60_000),
    "drawn_60000_moved": (f"draws of {GENERATOR}, which saw 60,000 labels; shifts and rotations", 60_000),
    "drawn_100": ("draws of a model that saw the same 100 labels", 100),
    "drawn_100_moved": ("draws of a model that saw the same 100 labels; shifts and rotations", 100),
    "real": (f"{DRAWN} real digits a class, which are labels, too", 10 * (LABELLED + DRAWN)),
}
"""What is added, and how many labels stand behind it."""


def summary(each: list[dict[str, float]]) -> list[dict[str, object]]:
    """A row a way, from the accuracies of each seed."""
    rows = []
    for name, (added, labels) in WAYS.items():
        values = [found[name] for found in each]
        mean, sd = statistics.mean(values), statistics.stdev(values)
        rows.append(
            {
                "added": added,
                "labels": labels,
                "accuracy": round(mean, 4),
                "sd": round(sd, 4),
                "each": [round(v, 4) for v in values],
            }
        )
    return rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.augmentation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", type=Path, default=default_data_dir(), help="folder that holds mnist/")
    given = parser.parse_args(arguments)

    def work() -> None:
        check_data_dir(given.data_dir)
        data = DATASETS.build(mnist.Config(), given.data_dir)
        model = checkpoints.load(GENERATOR).load_model()
        for row in summary([measured(data, model, seed) for seed in range(SEEDS)]):
            print(json.dumps(row, ensure_ascii=False), flush=True)

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
