"""The Reconstruct component: the Python side of reconstruct.js."""

import base64
from dataclasses import asdict
from typing import Any

from torch import Tensor

from components.shared.app import models, sending
from components.shared.app.assets import module_url
from components.shared.app.links import View
from components.shared.app.live import declare, described, once
from components.shared.bring.examples import originals_url
from components.shared.bring.look import look
from vae_core.checkpoints import Checkpoint
from vae_core.latent import reconstruction
from vae_core.likelihoods import LIKELIHOODS
from vae_core.objectives import denoising

_component = declare("reconstruct", "Reconstruct", "lx-reconstruct", "reconstruct/reconstruct.css")


def reconstructor(checkpoint: Checkpoint, mode: str, view: View, x: Tensor | None = None) -> None:
    """Show an input and its reconstruction, live. `mode` is draw, example (`view` may name one), sent, which decodes
    the point of `view`, or upload, which takes its input `x` [1, C, H, W] in [0, 1] from Python."""
    measured, config = checkpoint.metrics, checkpoint.train_config
    sigma = getattr(models.loaded(checkpoint).likelihood, "log_sigma", None)
    data: dict[str, Any] = {
        "module": module_url("reconstruct/reconstruct.js"),
        "decode_url": "/decode",
        "model": described(checkpoint),
        "mode": mode,
        "input": None if x is None else base64.b64encode((x * 255).round().byte().numpy().tobytes()).decode(),
        "point": {"z": view.z, "label": view.label},
        "example": view.example,
        "originals": originals_url(checkpoint),
        "look": asdict(look(checkpoint)),
        "likelihood": {
            "name": LIKELIHOODS.to_json(config.likelihood)["name"],
            "log_sigma": None if sigma is None else float(sigma),
        },
        "reference": models.per_checkpoint(_reference, checkpoint),
        "means": {"nll": measured["nll"], "kl": measured["kl"], "neg_elbo": -measured["elbo"]},
        "variational": config.model.variational,
        "trained_on_noise": isinstance(config.objective, denoising.Config),
        "send": sending.offered(checkpoint, "reconstruct"),
    }
    key = f"reconstruct {checkpoint.name} {checkpoint.digest[:8]}"
    result = _component(data=data, key=key, on_sent_change=lambda: None)
    sending.follow(checkpoint, once(result, "sent"))


def _reference(checkpoint: Checkpoint) -> dict[str, list[float]]:
    found = reconstruction.reference(models.loaded(checkpoint), models.latents(checkpoint))
    return {name: quantiles.tolist() for name, quantiles in found.items()}
