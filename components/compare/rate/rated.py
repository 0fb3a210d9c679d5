"""What stands on the rate–distortion plane, and what does not (Alemi et al. 2018, "Fixing a Broken ELBO").

The rate is the KL, what the code costs; the distortion is the NLL, what is lost; both in nats per held-out example.
Nats compare where the data and the likelihood are the same: that is a `Bench`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vae_core import checkpoints, datasets, jobs
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.likelihoods import LIKELIHOODS
from vae_core.objectives import OBJECTIVES
from vae_core.training import TrainConfig
from vae_core.training.config import default_likelihood

MANY = 6
"""So many names stand in a sentence at most."""

Bench = tuple[Any, str]
"""The config of a dataset and the name of a likelihood: what nats must share to be compared."""


@dataclass(frozen=True)
class Rated:
    """A model and where it stands: `kl` and `nll` in nats per example, of a training that runs after `epoch` epochs."""

    checkpoint: Checkpoint
    kl: float
    nll: float
    epoch: int | None = None

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def beta(self) -> float | None:
        """Of the shipped series, whose members are told apart by it."""
        in_series = self.checkpoint.path.parent == checkpoints.SERIES
        return self.checkpoint.train_config.objective.beta if in_series else None


def bench_of(config: TrainConfig) -> Bench:
    return config.dataset, LIKELIHOODS.of(config.likelihood).name


def has_rate(config: TrainConfig) -> bool:
    """Whether a training minimises an NLL with a KL beside it: no autoencoder's does, and no GAN's."""
    return config.model.variational and OBJECTIVES.of(config.objective).build.ranked


def everything() -> list[Checkpoint]:
    """All models and trainings, and the shipped series."""
    return checkpoints.find((checkpoints.SHIPPED, checkpoints.SERIES, checkpoints.RUNS))


def benches(found: Sequence[Checkpoint]) -> dict[Bench, str]:
    """What there are points for, and what a person calls it, sorted by that."""
    named = {bench_of(each.train_config): each for each in found if has_rate(each.train_config)}
    titles = {bench: _title(bench) for bench in named}
    times = Counter(titles.values())
    called = {bench: text if times[text] == 1 else f"{text}, as {named[bench].name}" for bench, text in titles.items()}
    return dict(sorted(called.items(), key=lambda item: item[1]))


def _title(bench: Bench) -> str:
    dataset, likelihood = bench
    usual = LIKELIHOODS.of(default_likelihood(dataset)).name == likelihood
    parts = (datasets.title(dataset), datasets.protocol(dataset), "" if usual else LIKELIHOODS[likelihood].title)
    return ", ".join(part for part in parts if part)


def training_on(bench: Bench) -> dict[str, Job]:
    """The trainings that move on a plane, or will, by name."""
    going_on = (job for job in jobs.find() if job.active or job.status == "paused")
    return {job.name: job for job in going_on if _stands_on(job.config, bench)}


def _stands_on(config: TrainConfig, bench: Bench) -> bool:
    return has_rate(config) and bench_of(config) == bench


def rated(found: Sequence[Checkpoint], bench: Bench, training: Mapping[str, Job]) -> list[Rated]:
    """Where the models of a bench stand: as metrics.json has it, and those in `training` as their last epoch was."""
    there = [each for each in found if _stands_on(each.train_config, bench)]
    return [place for each in there if (place := _place(each, training.get(each.name))) is not None]


def _place(checkpoint: Checkpoint, job: Job | None) -> Rated | None:
    try:
        history = job.history() if job is not None and checkpoint.path.is_relative_to(job.path) else []
        test: Mapping[str, Any] = history[-1]["test"] if history else checkpoint.metrics
    except UserError:  # deleted a moment ago, or damaged
        return None
    return Rated(checkpoint, test["kl"], test["nll"], history[-1]["epoch"] if history else None)


def left_out(found: Sequence[Checkpoint], bench: Bench) -> str:
    """A sentence about the models of the same data that have no place on the plane; "" if all have one."""
    dataset, _ = bench
    names = [
        f"{each.name} ({OBJECTIVES.of(each.train_config.objective).title})"
        for each in found
        if each.train_config.dataset == dataset and not has_rate(each.train_config)
    ]
    if not names:
        return ""
    shown = names[:MANY] + ([f"{len(names) - MANY} more"] if len(names) > MANY else [])
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"Not on the plane, as what is minimised is no NLL with a KL beside it: {listed}."


def series(places: Sequence[Rated]) -> list[Rated]:
    """The shipped series among them, by rising β."""
    return sorted((place for place in places if place.beta is not None), key=lambda place: place.beta or 0.0)
