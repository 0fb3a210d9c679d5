"""How a model's training pictures look: users' pictures are prepared to look like them."""

from dataclasses import asdict
from typing import Any

from components.shared.app import models
from vae_core import datasets
from vae_core.checkpoints import Checkpoint
from vae_core.kinds.image import Image
from vae_core.kinds.image.imaging import Look
from vae_core.latent import reconstruction


def look(checkpoint: Checkpoint) -> Look | None:
    """How a model's training images look, judged by its stored examples as it decodes them; None for other data."""
    return models.per_checkpoint(_look, checkpoint) if checkpoint.spec.kind == Image.name else None


def for_page(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """How the page prepares a drawing (draw_pad.js, kinds/drawing.js). Between `lines` it keeps its place and size."""
    found, lines = look(checkpoint), datasets.lines(checkpoint.train_config.dataset)
    if found is None:
        return None
    return asdict(found) | {"drawing": found.drawing and lines is None, "lines": lines}


def _look(checkpoint: Checkpoint) -> Look:
    return Look.of(reconstruction.stored_examples(models.loaded(checkpoint), models.latents(checkpoint), 300))
