"""Lessons: trainings that show one thing each, in seconds, on data that need no network."""

import time
from dataclasses import dataclass, replace

from vae_core.networks import mlp
from vae_core.objectives import autoencoder, beta_vae, vae
from vae_core.training import TrainConfig

FIRST = TrainConfig(
    network=mlp.Config(hidden=(256, 256), activation="silu"),
    objective=vae.Config(),
    latent_dim=2,
    epochs=240,
    batch_size=64,
    lr=2e-3,
    schedule="one_cycle",
)
"""The form's defaults: digits in a latent plane, in about ten seconds."""

TEN = replace(FIRST, latent_dim=10)


@dataclass(frozen=True)
class Preset:
    """A lesson: its id, its title, what it shows in a sentence, and the trainings that show it, by name."""

    id: str
    title: str
    shows: str
    trainings: dict[str, TrainConfig]


_LESSONS = (
    Preset("plane", "Digits on a plane", "Ten digits find their places on a plane.", {"digits-vae": FIRST}),
    Preset(
        "ae-vae",
        "AE against VAE",
        "One network without and with the KL: compare the gaps between the digits.",
        {"digits-ae": replace(FIRST, objective=autoencoder.Config()), "digits-vae": FIRST},
    ),
    Preset(
        "betas",
        "Three values of β",
        "The heavier the KL weighs, the fewer dimensions stay in use, and the blurrier the digits.",
        {f"digits-beta-{beta:g}": replace(TEN, objective=beta_vae.Config(beta=beta)) for beta in (0.25, 1.0, 2.0)},
    ),
    Preset(
        "collapse",
        "Posterior collapse",
        "β = 100: the decoder stops listening to z. “Is it healthy?” says what happened.",
        {"digits-collapse": replace(TEN, objective=beta_vae.Config(beta=100.0))},
    ),
    Preset(
        "conditional",
        "The class is given",
        "Encoder and decoder know the digit, so the latent plane holds style alone.",
        {"digits-cvae": replace(FIRST, conditional=True)},
    ),
)

PRESETS = {preset.id: preset for preset in _LESSONS}


def series_of(preset: Preset) -> str:
    """A new id for the trainings of a lesson that are started together."""
    return f"{preset.id}.{time.time_ns()}"


def lesson_of(series: str) -> str:
    """The id of the lesson that a series was started from."""
    return series.partition(".")[0]
