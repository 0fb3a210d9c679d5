"""The rows of the table: a function each, which trains what it measures and yields results, JSON-ready."""

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks import letters
from benchmarks.quality.training import COMMAND, Goal, recipe, trained
from vae_core import anomalies, checkpoints
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, held_out, mnist
from vae_core.datasets._sources.one_class import learned_alone
from vae_core.metrics import METRICS, batches, encode_split
from vae_core.metrics.importance import weighted_nll
from vae_core.metrics.one_class import auc
from vae_core.model import Model

Rows = Iterator[dict[str, Any]]

# Grey Bernoulli

PLANE = Goal("−ELBO, MNIST test, latent 2, grey Bernoulli", "137.1 (Davidson et al. 2018, normal VAE)", 136.5, 300)
PLANE_RECIPE = (
    "--dataset mnist --hidden 512 256 128 --activation silu --objective denoising --noise gaussian --strength 0.3 "
    "--vary --latent-dim 2 --epochs 30 --lr 2.5e-3 --schedule one_cycle"
)
"""With a little noise on its input, the encoder learns no pictures by heart: the loss is 134 on both parts of the data,
where `mnist-vae-2d` has 133.5 on what it learned and 137.9 on the other."""
EXAMPLE = "about 105 after 10 epochs (pytorch/examples, vae)"
QUICK = Goal("−ELBO, MNIST test, latent 20, grey Bernoulli", EXAMPLE, 105, 15)
QUICK_RECIPE = (
    "--dataset mnist --hidden 400 --activation silu --latent-dim 20 --epochs 6 --lr 4e-3 --schedule one_cycle"
)
LONGER = replace(QUICK, value=97, seconds=180)
LONGER_RECIPE = (
    "--dataset mnist --hidden 512 256 --activation silu --latent-dim 20 --epochs 36 --lr 3e-3 --schedule one_cycle"
)


def neg_elbo(model: Model, split: Split) -> float:
    """−ELBO in nats per example, as `evaluate` has it."""
    return -METRICS.build(METRICS["elbo"].config(), model, split, encode_split(model, split))["elbo"]


def grey(goal: Goal, options: str, data_dir: Path | None, data: Data | None = None) -> Rows:
    found = trained(recipe(options), data_dir, data)
    yield goal.row(neg_elbo(found.model, found.data.test), [found], command=COMMAND + options)


def plane(data_dir: Path | None) -> Rows:
    test = DATASETS.build(mnist.Config(), data_dir).test
    for name in ("mnist-vae-2d", "mnist-denoising-2d"):
        shipped = neg_elbo(checkpoints.load(name).load_model(), test)
        yield replace(PLANE, seconds=None).row(shipped, [], model=f"{name}, as shipped")
    yield from grey(PLANE, PLANE_RECIPE, data_dir)


# Likelihood of binarised pictures

BINARISED = Goal(
    "NLL, MNIST test, dynamic binarisation, one stochastic layer, 5,000 importance samples",
    "86.76 a VAE, 84.78 an IWAE with 50 draws (Burda et al. 2016)",
    86.7,
)
BINARISED_NETWORK = "--dataset mnist --binarise --hidden 512 256 --activation silu --latent-dim 40 --schedule one_cycle"
BINARISED_RECIPES = {
    5: f"{BINARISED_NETWORK} --lr 3e-3 --epochs 28",
    15: f"{BINARISED_NETWORK} --lr 3e-3 --epochs 84",
    60: f"{BINARISED_NETWORK} --lr 1.5e-3 --epochs 330",
}
"""By the minutes of one core that they take at most: 3, 9 and 35 with AVX-512. At the others' learning rate, a
training of 450 epochs diverged."""
FEW = 50


@torch.inference_mode()
def weighted(model: Model, split: Split, samples: int, seed: int = 0) -> Tensor:
    """−log p(x) of each example from that many importance samples, in nats, float64 [N]."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for part in batches(model, split):
        posterior = model.encode(part.x, part.y)
        found.append(weighted_nll(model, part.x, posterior, samples, part.y, generator))
    return torch.cat(found)


def likelihood(model: Model, split: Split, samples: int = 5000, examples: int = 500) -> tuple[float, float]:
    """−log p(x) in nats per example from `samples` importance samples, and the standard error of that estimate.

    FEW samples of every example, and what more of them change, measured on every so-maniest one, `examples` in all:
    the change varies little from one to the next. With as many `examples` as there are, nothing is estimated so, and
    the error is 0.
    """
    if examples >= len(split):
        return weighted(model, split, samples).mean().item(), 0.0
    first = weighted(model, split, FEW)
    rows = torch.linspace(0, len(split) - 1, examples).long()
    change = weighted(model, split.take(rows), samples, seed=1) - first[rows]
    return (first.mean() + change.mean()).item(), (change.std() / math.sqrt(examples)).item()


def binarised(minutes: int, data_dir: Path | None, examples: int = 500) -> Rows:
    options = BINARISED_RECIPES[minutes]
    found = trained(recipe(options), data_dir)
    nll, error = likelihood(found.model, found.data.test, examples=examples)
    goal = replace(BINARISED, seconds=60 * 60)
    more = {"standard_error": round(error, 3), "neg_elbo": round(neg_elbo(found.model, found.data.test), 2)}
    yield goal.row(nll, [found], minutes=minutes, **more, command=COMMAND + options)


# One class of ten

ONE_CLASS = Goal(
    "AUC, MNIST, one digit learned and all ten tested, mean of ten trainings",
    "0.948 (Deep SVDD, Ruff et al. 2018)",
    0.96,
    higher=True,
)
ONE_CLASS_RECIPE = (
    "--dataset mnist --one-class {label} --hidden 256 --activation silu --latent-dim 16 --batch-size 64 --epochs 15 "
    "--lr 3e-3 --schedule one_cycle"
)


@torch.inference_mode()
def relative_errors(model: Model, split: Split) -> Tensor:
    """‖x − x̂‖² / ‖x‖² of each example and its reconstruction, [N]: how much ink there is does not matter."""
    found = []
    for part in batches(model, split):
        x = part.x.flatten(1)
        errors = (model.reconstruct(part.x, part.y).flatten(1) - x).square().sum(1)
        found.append(errors / x.square().sum(1).clamp(min=1e-6))
    return torch.cat(found)


def one_class(data_dir: Path | None, data: Data | None = None, options: str = ONE_CLASS_RECIPE) -> Rows:
    """Each class in turn is learned alone, and its held-out examples are told from those of all others."""
    whole = DATASETS.build(recipe(options.format(label=-1)).dataset, data_dir) if data is None else data
    trainings, found, of_elbo = [], [], []
    for label in range(len(whole.spec.classes)):
        one = trained(recipe(options.format(label=label)), data=learned_alone(whole, label))
        errors, own = relative_errors(one.model, whole.test), whole.test.y == label
        trainings.append(one)
        found.append(auc(errors[own], errors[~own]))
        of_elbo.append(anomalies.measured(one.model, one.data)["auc_neg_elbo"])
    yield ONE_CLASS.row(
        statistics.mean(found),
        trainings,
        digits=3,
        score="squared error of the reconstruction, relative to the picture's squared norm",
        each=[round(value, 3) for value in found],
        by_neg_elbo=round(statistics.mean(of_elbo), 3),
        command=COMMAND + options.format(label="0 … 9"),
    )


# Factors

SEEDS = (0, 1, 2)
MIG = Goal("MIG, shapes, median of 3 seeds", "about 0.33, β-TC-VAE on dSprites (Chen et al. 2018)", 0.35, higher=True)
FACTOR_SCORE = Goal("FactorVAE score, shapes, median of 3 seeds", "about 0.81, β-TC-VAE on dSprites", 0.85, higher=True)
SHAPES_RECIPE = (
    "--dataset shapes --image-size 32 --network broadcast --objective beta_vae --beta 0.7 --latent-dim 10 "
    "--batch-size 64 --epochs 60 --lr 3e-3 --schedule one_cycle --precision bfloat16 --seed {seed}"
)
"""The decoder matters, and time: told the coordinates of each place, it gives x, y and scale axes of their own, and
shape and rotation, without which no score is above about 0.6, come in the second half."""


def shapes(data_dir: Path | None, data: Data | None = None, options: str = SHAPES_RECIPE, votes: int = 1600) -> Rows:
    trainings = [trained(recipe(options.format(seed=seed)), data_dir, data) for seed in SEEDS]
    command = COMMAND + options.format(seed=" or ".join(map(str, SEEDS)))
    each = [factors(one.model, one.data.test, votes) for one in trainings]
    for goal, values in zip((MIG, FACTOR_SCORE), zip(*each, strict=True), strict=True):
        rounded = [round(value, 3) for value in values]
        yield goal.row(statistics.median(values), trainings, digits=3, each=rounded, command=command)


def factors(model: Model, split: Split, votes: int = 1600) -> tuple[float, float]:
    """MIG, and the FactorVAE score."""
    encoded = encode_split(model, split)
    mig = METRICS.build(METRICS["mig"].config(), model, split, encoded)["mig"]
    return mig, METRICS.build(METRICS["factor_score"].config(votes=votes), model, split, encoded)["factor_score"]


def shipped_shapes(data_dir: Path | None) -> Rows:
    for name in ("shapes-beta-vae", "shapes-broadcast"):
        checkpoint = checkpoints.load(name)
        test = held_out(checkpoint.train_config.dataset, data_dir)
        assert test is not None, "they are drawn"
        for goal, found in zip((MIG, FACTOR_SCORE), factors(checkpoint.load_model(), test), strict=True):
            one = replace(goal, figure=goal.figure.replace("median of 3 seeds", "one seed"))
            yield one.row(found, [], digits=3, model=f"{name}, as shipped")


# Letters

LETTERS = Goal(
    "letters: recognised in reconstructions of held-out typefaces, of what is recognised in the originals",
    "1: a classifier trained on real letters, on the originals",
    0.95,
    higher=True,
)


def written(data_dir: Path | None) -> Rows:
    found = letters.row(data_dir)
    ours = found.pop("of_originals")
    yield LETTERS.row(ours, [], digits=3, model=f"{found.pop('checkpoint')}, as shipped", **found)


ROWS: dict[str, Callable[[Path | None], Rows]] = {
    "latent_2": plane,
    "latent_20_quick": lambda data_dir: grey(QUICK, QUICK_RECIPE, data_dir),
    "latent_20": lambda data_dir: grey(LONGER, LONGER_RECIPE, data_dir),
    "binarised_5": lambda data_dir: binarised(5, data_dir),
    "binarised_15": lambda data_dir: binarised(15, data_dir),
    "binarised_60": lambda data_dir: binarised(60, data_dir),
    "one_class": one_class,
    "shapes_shipped": shipped_shapes,
    "shapes": shapes,
    "letters": written,
}
