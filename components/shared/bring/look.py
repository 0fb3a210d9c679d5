"""How the pictures that a model was trained on look, which is how what users bring should look, too."""

from components.shared.app import models
from vae_core.checkpoints import Checkpoint
from vae_core.kinds.image.imaging import Look
from vae_core.latent import reconstruction


def look(checkpoint: Checkpoint) -> Look:
    """How the images of a model look, judged by its stored examples as it decodes them."""
    return models.per_checkpoint(_look, checkpoint)


def _look(checkpoint: Checkpoint) -> Look:
    return Look.of(reconstruction.stored_examples(models.loaded(checkpoint), models.latents(checkpoint), 300))
