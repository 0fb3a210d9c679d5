"""Denoising for symbols: the encoder sees a damaged sentence, the decoder must write the whole one."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import END, MASK, PADDING, ROLES
from vae_core.objectives import OBJECTIVES, beta_vae


@dataclass(frozen=True)
class Config(beta_vae.Config):
    title: ClassVar[str] = "Masked VAE"

    beta: float = beta_vae.weight_of_kl(1.0)
    mask: float = option(0.15, "Share of the words that the encoder sees as hidden.", minimum=0, maximum=1)
    drop: float = option(0.0, "Share of the words that are left out.", minimum=0, maximum=1)
    swap: float = option(0.0, "Share of the words that jump over the next one.", minimum=0, maximum=1)


@OBJECTIVES.register("masked", Config)
class Masked(beta_vae.BetaVAE):
    """Encode a sentence with hidden, missing and swapped words, decode the clean one (Lample et al. 2018).

    The denoising bound of Im, Ahn, Memisevic & Bengio 2017 with the words' own noise: z is drawn from q(z | x̃) of the
    damaged x̃, NLL is that of the clean x. The KL is weighed as for β-VAE, since sentences collapse. On held-out
    examples the ELBO of clean sentences is measured.
    """

    title = "masked"

    def check(self, spec: DataSpec) -> None:
        super().check(spec)
        if spec.symbol_roles[: len(ROLES)] != ROLES:
            raise UserError(f"The masked objective hides words of sentences; {spec.name} has none.")

    def seen(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return damaged(x, self.config.mask, self.config.drop, self.config.swap, generator)


def damaged(x: Tensor, mask: float, drop: float, swap: float, generator: torch.Generator | None = None) -> Tensor:
    """Sentences x int64 [B, T] with a share of their words shown as MASK, left out, or put behind the next one. The end
    stays the last symbol."""
    words = (x != PADDING) & (x != END)

    def share(of: float) -> Tensor:
        return (torch.rand(x.shape, generator=generator, device=x.device) < of) & words

    hidden, missing, jumps = share(mask), share(drop), share(swap)
    places = torch.arange(x.shape[1], device=x.device).float().expand(x.shape)
    # A word that jumps comes to stand behind the next one; the end is behind all words, what is missing behind the end.
    places = places + 1.5 * jumps
    places = torch.where(x == END, 2.0 * x.shape[1], places)
    places = torch.where(missing | (x == PADDING), torch.inf, places)
    kept = torch.where(missing, PADDING, torch.where(hidden, MASK, x))
    return kept.gather(1, places.argsort(dim=1, stable=True))
