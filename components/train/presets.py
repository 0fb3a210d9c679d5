"""Lessons: trainings that show one thing each, in seconds, on data that need no network."""

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
    """A lesson: its id, its title, what it shows, and the trainings that show it, by name."""

    id: str
    title: str
    shows: str
    trainings: dict[str, TrainConfig]


_LESSONS = (
    Preset("plane", "2-D VAE on digits, 20 s", "Ten digits find their places on a plane.", {"digits-vae": FIRST}),
    Preset(
        "ae-vae",
        "AE against VAE",
        "The same network with and without the KL: compare the gaps between the digits.",
        {"digits-ae": replace(FIRST, objective=autoencoder.Config()), "digits-vae": FIRST},
    ),
    Preset(
        "betas",
        "β = 0.25, 1, 2",
        "The heavier the KL weighs, the fewer dimensions stay in use (about 8, 4 and 3 of 10), and the blurrier the "
        "digits.",
        {f"digits-beta-{beta:g}": replace(TEN, objective=beta_vae.Config(beta=beta)) for beta in (0.25, 1.0, 2.0)},
    ),
    Preset(
        "collapse",
        "Too much β: posterior collapse",
        "β = 100: the decoder stops listening to z. The doctor says what happened.",
        {"digits-collapse": replace(TEN, objective=beta_vae.Config(beta=100.0))},
    ),
    Preset(
        "conditional",
        "Conditional",
        "The class is given, so the latent plane holds style alone.",
        {"digits-cvae": replace(FIRST, conditional=True)},
    ),
)

PRESETS = {preset.id: preset for preset in _LESSONS}
