"""The Reconstruct component: the Python side of reconstruct.js."""

from torch import Tensor

from components.shared.app import models, pixels
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
from components.shared.bring.examples import n_originals, originals_url
from components.shared.bring.look import for_page
from vae_core.checkpoints import Checkpoint
from vae_core.latent import reconstruction
from vae_core.likelihoods import LIKELIHOODS
from vae_core.objectives import denoising, masked

STYLES = (
    "shared/bring/pads/draw_pad.css",
    "shared/bring/pads/pads.css",
    "shared/bring/disturb.css",
    "reconstruct/records.css",
    "reconstruct/reconstruct.css",
)
_component = declare("reconstruct", "Reconstruct", "lx-reconstruct", *STYLES)


def reconstructor(checkpoint: Checkpoint, mode: str, view: View, x: Tensor | None = None) -> View:
    """Show an input and its reconstruction, live. `mode` is draw, example (`view` may name one), sent, which decodes
    the point of `view`, or upload, which takes its input `x` [1, *shape] in batch form from Python.

    Returns what a link to it carries: what was drawn or uploaded, none can.
    """
    measured, config = checkpoint.metrics, checkpoint.train_config
    result = scene(
        _component,
        "reconstruct",
        "reconstruct/reconstruct.js",
        checkpoint,
        view,
        mode=mode,
        input=None if x is None else pixels.at_rest(x, checkpoint.spec),
        originals=originals_url(checkpoint),
        n_originals=n_originals(checkpoint),
        look=for_page(checkpoint),
        likelihood={
            "name": LIKELIHOODS.to_json(config.likelihood)["name"],
            **models.loaded(checkpoint).likelihood.for_page(),
        },
        reference=models.per_checkpoint(_reference, checkpoint),
        means={"nll": measured["nll"], "kl": measured["kl"], "neg_elbo": -measured["elbo"]},
        variational=config.model.variational,
        originals_scored=models.latents(checkpoint).nll is not None,
        trained_on_noise=isinstance(config.objective, denoising.Config),
        trained_on_masks=isinstance(config.objective, masked.Config),
    )
    if mode == "sent":
        return View(view.z, view.label)
    if mode == "example":
        return View(example=result.settled["example"] if result.settled else view.example)
    return View()


def _reference(checkpoint: Checkpoint) -> dict[str, list[float]]:
    found = reconstruction.reference(models.loaded(checkpoint), models.latents(checkpoint))
    return {name: quantiles.tolist() for name, quantiles in found.items()}
