"""The denoising criterion: the encoder sees a corrupted picture, the decoder must reconstruct the clean one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.objectives import OBJECTIVES, Objective

MIXED = "mixed"


def gaussian(x: Tensor, strength: Tensor | float, generator: torch.Generator | None = None) -> Tensor:
    """x + N(0, strength²), clamped to [0, 1]. x has any shape; `strength` is a number or broadcasts to x."""
    noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return (x + strength * noise).clamp(0, 1)


def salt_and_pepper(x: Tensor, strength: Tensor | float, generator: torch.Generator | None = None) -> Tensor:
    """Replace a share `strength` of the values of x by 0 or 1, with equal probability."""
    uniform = torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return torch.where(uniform < strength, (uniform < 0.5 * strength).to(x.dtype), x)


def masking(x: Tensor, strength: Tensor | float, generator: torch.Generator | None = None) -> Tensor:
    """Set a share `strength` of the values of x to 0."""
    uniform = torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return torch.where(uniform < strength, torch.zeros_like(x), x)


NOISES: dict[str, Callable[..., Tensor]] = {
    "gaussian": gaussian,
    "salt_and_pepper": salt_and_pepper,
    "masking": masking,
}


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Denoising VAE"

    noise: str = option(
        "gaussian",
        "Noise on the input; mixed: a random kind for each example.",
        choices=(*NOISES, MIXED),
    )
    strength: float = option(
        0.5,
        "Gaussian: standard deviation (grey range 0 to 1); otherwise the share of corrupted values.",
        minimum=0,
        maximum=1,
    )
    vary: bool = option(
        False, "Draw each example's strength uniformly between 0 and this one, so that nearly clean pictures occur too."
    )


@OBJECTIVES.register("denoising", Config)
class Denoising(Objective):
    """Encode a corrupted picture, decode the clean one: loss = NLL + KL (Vincent et al. 2008; Im et al. 2017).

    The denoising bound of Im, Ahn, Memisevic & Bengio 2017: z is drawn from q(z | x̃) of the corrupted x̃, NLL is that
    of the clean x, and KL is that of q(z | x̃) from the prior. On held-out examples the ELBO of clean pictures is
    measured, as for every other objective, so that models can be compared.
    """

    title = "denoising"

    def check(self, spec: DataSpec) -> None:
        if spec.symbols:
            raise UserError(f"The denoising objective adds noise to numbers; {spec.name} consists of symbols.")

    def seen(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        config = self.config
        per_example = (len(x), *[1] * (x.ndim - 1))
        strength: Tensor | float = config.strength
        if config.vary:
            strength = strength * torch.rand(per_example, generator=generator, device=x.device)
        if config.noise != MIXED:
            return NOISES[config.noise](x, strength, generator)
        kind = torch.randint(len(NOISES), per_example, generator=generator, device=x.device)
        result = x
        for index, noise in enumerate(NOISES.values()):
            result = torch.where(kind == index, noise(x, strength, generator), result)
        return result

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"] + terms["kl"]
