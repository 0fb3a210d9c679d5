"""How long a lesson takes on this computer, from what a few epochs take on it."""

import functools
import math
import time
from dataclasses import replace

from components.shared.trainings.presets import FIRST, Preset
from vae_core.datasets import DATASETS
from vae_core.jobs import queue
from vae_core.training import train

EPOCHS = 4
START_SECONDS = 2.0
"""From the start of a training's process to its first batch."""
BESIDES = 1.3
"""What the epochs of a job take, which writes its history and its film meanwhile, compared with bare ones."""
STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600)


@functools.lru_cache(maxsize=1)
def seconds_per_epoch() -> float:
    """The shortest epoch of a few of the first lesson's, a fraction of a second in all."""
    times, at = [], time.perf_counter()
    for _ in train(replace(FIRST, epochs=EPOCHS), DATASETS.build(FIRST.dataset, None)):
        now = time.perf_counter()
        times.append(now - at)
        at = now
    return min(times)


def seconds(preset: Preset, per_epoch: float, at_once: int) -> float:
    """What a lesson's trainings take, of which `at_once` run at the same time."""
    rounds = math.ceil(len(preset.trainings) / at_once)
    epochs = max(config.epochs for config in preset.trainings.values())
    return rounds * (START_SECONDS + BESIDES * epochs * per_epoch)


def about(seconds: float) -> str:
    """A duration as one says it: "about 20 s", "about 3 min"."""
    rounded = next((step for step in STEPS if step >= seconds), STEPS[-1])
    return f"about {rounded} s" if rounded < 90 else f"about {rounded / 60:g} min"


def time_of(preset: Preset) -> str:
    """How long a lesson takes here."""
    return about(seconds(preset, seconds_per_epoch(), queue.at_once()))
