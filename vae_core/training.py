"""Training as a generator: `train(config)` yields a record per epoch, and stopping is no longer asking for the next.

The command line, a training job and a test consume the same iterator.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from vae_core import config as configs
from vae_core.config import option
from vae_core.data import Data, as_float
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS
from vae_core.metrics import METRICS, encode_split
from vae_core.model import ModelConfig, Posterior
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.training_state import TrainingState


def _default(registry, name: str) -> Any:
    return field(default_factory=lambda: registry[name].config())


@dataclass(frozen=True)
class TrainConfig:
    """All that determines a training. The first four are configs of their registries, the rest plain options."""

    dataset: Any = _default(DATASETS, "digits")
    network: Any = _default(NETWORKS, "mlp")
    objective: Any = _default(OBJECTIVES, "vae")
    likelihood: Any = _default(LIKELIHOODS, "bernoulli")
    latent_dim: int = option(2, "Number of latent dimensions.", minimum=1, maximum=512)
    conditional: bool = option(False, "Give the class to encoder and decoder (Sohn et al. 2015, CVAE).")
    epochs: int = option(10, "How often training passes over all examples.", minimum=1, maximum=100_000)
    batch_size: int = option(128, "Examples per gradient step.", minimum=1, maximum=65_536)
    lr: float = option(1e-3, "Learning rate of Adam; with one_cycle, its peak.", minimum=1e-7, maximum=1)
    schedule: str = option("constant", "How the learning rate changes with time.", choices=("constant", "one_cycle"))
    precision: str = option("float32", "Arithmetic of the layers while training.", choices=("float32", "bfloat16"))
    seed: int = option(0, "Random seed of the weights, the batches and the noise.", minimum=0, maximum=2**31 - 1)
    device: str = option("cpu", "Where to train.", choices=("cpu", "cuda"))

    def to_json(self) -> dict[str, Any]:
        parts = {name: registry.to_json(getattr(self, name)) for name, registry in PARTS.items()}
        return parts | configs.plain(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainConfig":
        parts = {name: registry.from_json(values[name]) for name, registry in PARTS.items()}
        plain = {name: value for name, value in values.items() if name not in PARTS}
        return cls(**parts, **configs.checked(cls, plain))

    @property
    def model(self) -> ModelConfig:
        variational = OBJECTIVES.of(self.objective).build.variational
        return ModelConfig(self.network, self.likelihood, self.latent_dim, variational, self.conditional)


PARTS = {"dataset": DATASETS, "network": NETWORKS, "objective": OBJECTIVES, "likelihood": LIKELIHOODS}


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's result, every loss in nats per example. `train` are running means while the weights changed,
    `test` is measured after the epoch; `seconds` is the training's time without that measurement.

    `changes` lists what was changed during the epoch, as `{"batch": 7, "lr": 0.01}`: batch 7 (from 0) was the first
    with this value. `encoded` is the posterior of the held-out examples, [N, D].
    """

    epoch: int
    seconds: float
    lr: float
    gradient_norm: float
    train: dict[str, float]
    test: dict[str, Any]
    changes: list[dict[str, float]] = field(compare=False)
    encoded: Posterior = field(repr=False, compare=False)
    state: TrainingState = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        names = ("epoch", "seconds", "lr", "gradient_norm", "train", "test")
        values = {name: getattr(self, name) for name in names}
        return values | {"changes": self.changes} if self.changes else values


Controls = Callable[[int, int], Mapping[str, float]]
"""Asked before each batch, with the number of epochs done and the batch's index in this epoch. Gives the values that
are new from this batch on (`lr`, `beta`), mostly none; it may wait, which is a pause, or raise, which ends all."""


def steered(config: TrainConfig, live: Mapping[str, float]) -> TrainConfig:
    """`config` with new values for `lr` (with one_cycle, its peak) and, where the objective has one, `beta`.

    UserError for a value that is not allowed, or that does not exist here.
    """
    for name in live:
        if name not in ("lr", "beta"):
            raise UserError(f"{name} cannot be changed while a training runs; lr and beta can.")
    values = configs.checked(TrainConfig, {name: value for name, value in live.items() if name == "lr"})
    objective = config.objective
    if "beta" in live:
        if not hasattr(objective, "beta"):
            raise UserError(f"The objective {OBJECTIVES.of(objective).name} has no beta; beta_vae has.")
        objective = configs.check(replace(objective, beta=live["beta"]))
    return replace(config, objective=objective, **values)


def train(
    config: TrainConfig, data: Data, state: TrainingState | None = None, controls: Controls | None = None
) -> Iterator[EpochRecord]:
    """Train on `data`, from `state` or from the seed, yielding a record after each epoch.

    Raises UserError when the loss stops being a number, or for a config that the data does not fit.
    """
    config = configs.check(config)
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UserError("There is no CUDA device here; train with --device cpu.")
    state = state or TrainingState.start(config, data.spec)
    current = steered(config, state.live)
    objective: Objective = OBJECTIVES.build(current.objective)
    train_split, test_split = data.train.to(config.device), data.test.to(config.device)
    sizes = [len(batch) for batch in _batches(torch.arange(len(train_split)), config.batch_size)]
    n_batches = len(sizes)
    if 1 in sizes and any(isinstance(module, torch.nn.BatchNorm2d) for module in state.model.modules()):
        raise UserError(
            "Batch normalisation cannot learn from one example at a time: take larger batches or more examples."
        )
    layers_in_bfloat16 = torch.autocast(config.device, torch.bfloat16, enabled=config.precision == "bfloat16")

    while state.epoch < config.epochs:
        started, waited, changes = time.perf_counter(), 0.0, []
        state.model.train()
        order = torch.randperm(len(train_split), generator=state.generator, device=config.device)
        sums = torch.zeros(3, device=config.device)
        for step, index in enumerate(_batches(order, config.batch_size)):
            if controls is not None:
                asked = time.perf_counter()
                if new := controls(state.epoch, step):
                    changes.append({"batch": step, **new})
                    state.live = {**state.live, **new}
                    current = steered(config, state.live)
                    objective = OBJECTIVES.build(current.objective)
                waited += time.perf_counter() - asked
            progress = state.epoch + step / n_batches
            lr = state.optimizer.lr = learning_rate(current, progress)
            state.optimizer.zero_grad()  # first: the batch takes the memory that the last one's gradients had
            # index_select copies whole examples, where indexing copies value by value: 3% of an epoch.
            x, y = as_float(train_split.x.index_select(0, index)), train_split.y[index]
            with layers_in_bfloat16:
                terms = objective(state.model, x, y, progress, state.generator)
            terms["loss"].backward()
            state.optimizer.step()
            # Summed as tensors: reading a number out at every batch would make a GPU wait.
            sums += torch.stack([terms["loss"], terms["nll"], terms["kl"]]).detach() * len(index)
        state.epoch += 1
        seconds = time.perf_counter() - started - waited

        means = dict(zip(("loss", "nll", "kl"), (sums / len(train_split)).tolist(), strict=True))
        norm = torch.nn.utils.get_total_norm([p.grad for p in state.model.parameters() if p.grad is not None])
        encoded = encode_split(state.model, test_split)
        test = METRICS.build(METRICS["elbo"].config(), state.model, test_split, encoded)
        terms = {name: torch.tensor(test[name]) for name in ("nll", "kl", "kl_per_dim")}
        test = {"loss": objective.loss(terms, state.epoch).item(), **test}
        if not (math.isfinite(means["loss"]) and math.isfinite(test["loss"])):
            raise UserError(
                f"The loss is no longer a number in epoch {state.epoch}; "
                f"try a smaller learning rate than {current.lr:g}."
            )
        yield EpochRecord(state.epoch, seconds, lr, norm.item(), means, test, changes, encoded, state)


def _batches(order: torch.Tensor, size: int) -> list[torch.Tensor]:
    """`order` [N] in batches. A single example that is left over joins the batch before it: batch normalisation has
    nothing to normalise one value by."""
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1 < size:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def learning_rate(config: TrainConfig, epoch: float) -> float:
    """The learning rate at a real-valued epoch. one_cycle: linear warm-up over the first quarter, then a cosine to 0
    (after Smith & Topin 2018)."""
    if config.schedule == "constant":
        return config.lr
    done, warmup = epoch / config.epochs, 0.25
    if done < warmup:
        return config.lr * (0.04 + 0.96 * done / warmup)
    return config.lr * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
