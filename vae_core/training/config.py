"""The config of a training, the values that may change while it runs, and its learning-rate schedule."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vae_core import config as configs
from vae_core.config import Option, option
from vae_core.datasets import DATASETS, kind_name
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Kind
from vae_core.likelihoods import LIKELIHOODS
from vae_core.model import ModelConfig
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.reading import Values
from vae_core.registry import Registry


def _default(registry: Registry, name: str) -> Any:
    return field(default_factory=lambda: registry[name].config())


@dataclass(frozen=True)
class TrainConfig:
    """Everything that determines a training: four configs of registered parts, then plain options."""

    dataset: Any = _default(DATASETS, "digits")
    network: Any = _default(NETWORKS, "mlp")
    objective: Any = _default(OBJECTIVES, "vae")
    likelihood: Any = None  # None: the default of the dataset's kind
    latent_dim: int = option(2, "Number of latent dimensions.", minimum=1, maximum=512)
    conditional: bool = option(False, "Give the class to encoder and decoder (Sohn et al. 2015, CVAE).")
    epochs: int = option(10, "Passes over all training examples.", minimum=1, maximum=100_000)
    batch_size: int = option(128, "Examples per gradient step.", minimum=1, maximum=65_536)
    lr: float = option(1e-3, "Learning rate of Adam; with one_cycle, its peak.", minimum=1e-7, maximum=1, live=True)
    schedule: str = option(
        "constant",
        "Learning-rate schedule; one_cycle rises to the learning rate, its peak, and falls to 0.",
        choices=("constant", "one_cycle"),
    )
    precision: str = option(
        "float32",
        "Arithmetic of the layers during training; bfloat16 is faster only on processors with AMX.",
        choices=("float32", "bfloat16"),
    )
    seed: int = option(0, "Random seed of the weights, the batches and the noise.", minimum=0, maximum=2**31 - 1)
    device: str = option("cpu", "Where to train.", choices=("cpu", "cuda"))

    def __post_init__(self):
        if self.likelihood is None:
            object.__setattr__(self, "likelihood", default_likelihood(self.dataset))
        if OBJECTIVES.of(self.objective).build.conditional:
            object.__setattr__(self, "conditional", True)

    def to_json(self) -> dict[str, Any]:
        parts = {name: registry.to_json(getattr(self, name)) for name, registry in PARTS.items()}
        return parts | configs.plain(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """What `to_json` wrote; UserError for anything else."""
        given = Values(values, "the description of the training")
        parts = {name: registry.from_json(given.inside(name).values) for name, registry in PARTS.items()}
        plain = {name: value for name, value in values.items() if name not in PARTS}
        return cls(**parts, **configs.checked(cls, plain))

    @property
    def model(self) -> ModelConfig:
        objective: type[Objective] = OBJECTIVES.of(self.objective).build
        variational = objective.variational
        return ModelConfig(self.network, self.likelihood, self.latent_dim, variational, self.conditional)


def default_likelihood(dataset: Any) -> Any:
    """The config of the default likelihood of a dataset's kind."""
    kind: type[Kind] = KINDS[kind_name(dataset)].build
    return LIKELIHOODS[kind.likelihoods[0]].config()


PARTS = {"dataset": DATASETS, "network": NETWORKS, "objective": OBJECTIVES, "likelihood": LIKELIHOODS}


def live_options(config: TrainConfig) -> dict[str, Option]:
    """The options of a training and its objective that may change while it runs, by name."""
    parts = (TrainConfig, type(config.objective))
    return {item.name: item for part in parts for item in configs.options(part) if item.live}


def live_values(config: TrainConfig) -> dict[str, Any]:
    """The values of `live_options` in a config."""
    own = {item.name for item in configs.options(TrainConfig)}
    return {name: getattr(config if name in own else config.objective, name) for name in live_options(config)}


def steered(config: TrainConfig, live: Mapping[str, Any]) -> TrainConfig:
    """`config` with new values for live options: the learning rate (with one_cycle, its peak) and the objective's own.
    UserError for a value that is not allowed and for an option that cannot change."""
    possible = live_options(config)
    for name in live:
        if name not in possible:
            objective = OBJECTIVES.of(config.objective).name
            can = " and ".join(possible)
            raise UserError(
                f"{name} cannot be changed while a training runs; {can} can, with the objective {objective}."
            )
    values = {name: possible[name].check(value) for name, value in live.items()}
    own = {item.name for item in configs.options(TrainConfig)}
    objective = replace(config.objective, **{name: value for name, value in values.items() if name not in own})
    return replace(config, objective=objective, **{name: value for name, value in values.items() if name in own})


def learning_rate(config: TrainConfig, epoch: float) -> float:
    """The learning rate at a real-valued epoch. one_cycle: linear warm-up over the first quarter, then cosine decay
    to 0 (after Smith & Topin 2018)."""
    if config.schedule == "constant":
        return config.lr
    done, warmup = epoch / config.epochs, 0.25
    if done < warmup:
        return config.lr * (0.04 + 0.96 * done / warmup)
    return config.lr * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
