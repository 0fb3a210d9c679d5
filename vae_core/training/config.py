"""What determines a training: its config, the values that may change while it runs, and the learning rate over time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vae_core import config as configs
from vae_core.config import option
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS
from vae_core.model import ModelConfig
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES


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


def learning_rate(config: TrainConfig, epoch: float) -> float:
    """The learning rate at a real-valued epoch. one_cycle: linear warm-up over the first quarter, then a cosine to 0
    (after Smith & Topin 2018)."""
    if config.schedule == "constant":
        return config.lr
    done, warmup = epoch / config.epochs, 0.25
    if done < warmup:
        return config.lr * (0.04 + 0.96 * done / warmup)
    return config.lr * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
