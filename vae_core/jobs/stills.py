"""The single frame of a model that has no film: what a training's last frame would have shown."""

from pathlib import Path

import torch

from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.files import through_classes
from vae_core.datasets import held_out
from vae_core.jobs.frames import N_POINTS, N_RECONSTRUCTIONS, Frame, classes_in_turn, sampled_points
from vae_core.kinds import kind_of
from vae_core.model import Model


@torch.inference_mode()
def still(checkpoint: Checkpoint, model: Model, data_dir: Path | None) -> Frame:
    """The frame of a checkpoint's `model`; `images` is empty, [0, *shape], if the data are not on this computer."""
    config, spec, latents = checkpoint.train_config, checkpoint.spec, checkpoint.load_latents()
    generator = torch.Generator().manual_seed(config.seed)
    z = sampled_points(config.latent_dim, generator)
    sample_y = classes_in_turn(len(z), spec)
    picked = through_classes(latents.y, N_RECONSTRUCTIONS)
    mu, y = latents.posterior.mu, latents.y
    kind = kind_of(spec)
    rest = kind.rest(model.decode(torch.cat([z, mu[picked]]), torch.cat([sample_y, y[picked]])))
    points = torch.randperm(len(y), generator=generator)[:N_POINTS].sort().values
    test = held_out(config.dataset, data_dir)
    images = rest[:0] if test is None or len(test) != len(y) else test.x[picked]
    return Frame(0, z, sample_y, rest[: len(z)], images, rest[len(z) :], mu[points], y[points])
