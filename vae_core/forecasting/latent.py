"""A forecast from the latent: what fits the steps that were seen, decoded to the end of the window."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.latent.inpainting import pseudo_gibbs
from vae_core.model import Model

DRAWS, STEPS = 20, 16
PIECE = 100
"""Windows that are forecast together: each has a chain a draw."""


@dataclass(frozen=True)
class Latent:
    """Forecasts by a model of series, whose windows have as many steps as are seen and foreseen together.

    Each draw is the end of a chain of its own, z ~ p(z | x_seen) (Rezende, Mohamed & Wierstra 2014), and noise of the
    model's likelihood around what z decodes to.
    """

    model: Model
    draws: int = DRAWS
    steps: int = STEPS

    @torch.no_grad()
    def __call__(self, seen: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draws [B, n, C, H] of what follows `seen` [B, C, S]. UserError where the model's windows do not end later."""
        channels, length = self.model.spec.shape if len(self.model.spec.shape) == 2 else (0, 0)
        n_seen = seen.shape[2]
        if self.model.kind.name != "series" or seen.shape[1] != channels or not 0 < n_seen < length:
            raise UserError(
                f"{self.model.spec.name}: a forecast needs a model of series with the same channels, and fewer steps "
                f"than the {length} of its windows."
            )
        visible = torch.zeros(channels, length)
        visible[:, :n_seen] = 1
        found = []
        for part in seen.split(PIECE):
            x = torch.cat([part, part.new_zeros(len(part), channels, length - n_seen)], 2)
            z = pseudo_gibbs(
                self.model, x, visible, chains=self.draws, steps=self.steps, best=False, generator=generator
            )
            params = self.model.decode_logits(z.flatten(0, 1))
            drawn = self.model.likelihood.draw(params, generator=generator)[:, :, n_seen:]
            found.append(drawn.unflatten(0, (-1, self.draws)))
        return torch.cat(found)
