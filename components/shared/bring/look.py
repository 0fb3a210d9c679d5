"""How a model's training pictures look: users' pictures are prepared to look like them."""

from components.shared.app import models
from vae_core.checkpoints import Checkpoint
from vae_core.kinds.image import Image
from vae_core.kinds.image.imaging import Look
from vae_core.latent import reconstruction


def look(checkpoint: Checkpoint) -> Look | None:
    """How a model's training images look, judged by its stored examples as it decodes them; None for other data."""
    return models.per_checkpoint(_look, checkpoint) if checkpoint.spec.kind == Image.name else None


def _look(checkpoint: Checkpoint) -> Look:
    return Look.of(reconstruction.stored_examples(models.loaded(checkpoint), models.latents(checkpoint), 300))
