"""The training loop, a generator: `train(config, data)` yields a record per epoch.

The command line, training jobs and tests consume the same iterator. To stop, they request no further record.
"""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from vae_core import config as configs
from vae_core.data import Batch, Data
from vae_core.errors import UserError
from vae_core.kinds import check_data, kind_of
from vae_core.metrics import encode_split
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.posterior import Posterior
from vae_core.training.config import TrainConfig, learning_rate, steered
from vae_core.training.state import TrainingState


@dataclass(frozen=True)
class EpochRecord:
    """The result of one epoch, every loss in nats per example. `train` holds the means of the objective's terms over
    the epoch's batches, `test` the terms on held-out examples after it; `seconds` excludes that measurement.

    `changes` lists live changes during the epoch, as `{"batch": 7, "lr": 0.01}`: batch 7 (from 0) was the first with
    this value. `encoded` is the posterior of the held-out examples, [N, D].
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
"""Called before each batch with the number of completed epochs and the batch's index in this epoch. Returns the
values that change from this batch on (`lr`, `beta`), usually none. It pauses the training by waiting and ends it by
raising."""


def train(
    config: TrainConfig, data: Data, state: TrainingState | None = None, controls: Controls | None = None
) -> Iterator[EpochRecord]:
    """Train on `data`, from `state` or from the seed, yielding a record after each epoch.

    Raises UserError if the loss becomes infinite or NaN, and for a config that does not fit the data.
    """
    config = configs.check(config)
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UserError("There is no CUDA device here; train with --device cpu.")
    check_data(data.spec, data.train, data.test)
    feed = kind_of(data.spec).feed
    state = state or TrainingState.start(config, data.spec)
    current = steered(config, state.live)
    objective: Objective = OBJECTIVES.build(current.objective)
    train_split, test_split = data.train.to(config.device), data.test.to(config.device)
    judged_split = test_split.take(data.judged)
    sizes = [len(batch) for batch in _batches(torch.arange(len(train_split)), config.batch_size)]
    n_batches = len(sizes)
    normalised = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
    if 1 in sizes and any(isinstance(module, normalised) for module in state.model.modules()):
        raise UserError(
            "Batch normalisation cannot learn from one example at a time: take larger batches or more examples."
        )
    layers_in_bfloat16 = torch.autocast(config.device, torch.bfloat16, enabled=config.precision == "bfloat16")

    while state.epoch < config.epochs:
        started, waited, changes = time.perf_counter(), 0.0, []
        state.model.train()
        order = torch.randperm(len(train_split), generator=state.generator, device=config.device)
        sums = torch.zeros(len(objective.terms), device=config.device)
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
            examples = train_split.x.index_select(0, index)
            if data.augment is not None:
                examples = data.augment(examples, state.generator)
            batch = Batch(feed(examples), train_split.condition[index], progress, len(train_split))
            trained = objective.trained(state.model, progress, step)
            with layers_in_bfloat16, _chance(state), _only(state.model, trained):
                terms = objective(state.model, batch, state.generator, state.helper)
            terms["loss"].backward()
            state.optimizer.step()
            if state.helper is not None:
                with _chance(state):
                    state.train_helper(objective, batch, lr)
            # Sum tensors: reading a number at every batch would stall a GPU.
            sums += torch.stack([terms[name] for name in objective.terms]).detach() * len(index)
        state.epoch += 1
        seconds = time.perf_counter() - started - waited

        means = dict(zip(objective.terms, (sums / len(train_split)).tolist(), strict=True))
        norm = torch.nn.utils.get_total_norm([p.grad for p in state.model.parameters() if p.grad is not None])
        encoded = encode_split(state.model, test_split)
        test = objective.measured(state.model, judged_split, encoded.take(data.judged), state.epoch, state.helper)
        if not (math.isfinite(means["loss"]) and math.isfinite(test["loss"])):
            raise UserError(
                f"The loss is no longer a number in epoch {state.epoch}; "
                f"try a smaller learning rate than {current.lr:g}."
            )
        # A norm may overflow though the loss does not, and JSON has no ∞.
        size = norm.item() if norm.isfinite() else sys.float_info.max
        yield EpochRecord(state.epoch, seconds, lr, size, means, test, changes, encoded, state)


@contextmanager
def _chance(state: TrainingState) -> Iterator[None]:
    """Dropout draws from PyTorch's global generator: here that is seeded from the training's own, so that a resumed
    training draws the same."""
    if not state.model.network.noisy:
        yield
        return
    with torch.random.fork_rng(devices=[] if state.model.device.type == "cpu" else None):
        torch.manual_seed(int(torch.randint(2**31, (), generator=state.generator, device=state.generator.device)))
        yield


@contextmanager
def _only(model: Model, trained: Iterable[nn.Parameter] | None) -> Iterator[None]:
    """What is computed here has gradients for these parameters alone (None: for all); Adam passes over the others."""
    kept = None if trained is None else {id(parameter) for parameter in trained}
    resting = [] if kept is None else [p for p in model.parameters() if id(p) not in kept and p.requires_grad]
    for parameter in resting:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in resting:
            parameter.requires_grad_(True)


def _batches(order: torch.Tensor, size: int) -> list[torch.Tensor]:
    """Split `order` [N] into batches. A single leftover example joins the batch before it: batch normalisation cannot
    normalise a single value."""
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1 < size:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches
