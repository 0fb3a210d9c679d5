"""Dynamic binarisation, the protocol in which most likelihoods of MNIST are published (Burda et al. 2016)."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Data, Split

SEED = 0
"""Of the held-out pictures, which are drawn once: a measurement must not depend on chance."""


def binarise() -> Any:
    """The option of a dataset of grey pictures."""
    return option(
        False,
        "Draw each pixel as black or white, with its lightness as probability: anew for each batch of a training, once "
        "for held-out pictures (dynamic binarisation, Burda et al. 2016). Its losses compare with others of that kind "
        "alone.",
    )


def coins(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures at rest, uint8 of any shape -> 0 or 255, with probability x / 255 of the latter."""
    drawn = torch.rand(x.shape, generator=generator, device=x.device) * 255
    return (drawn < x).to(torch.uint8) * 255


def binarised(data: Data) -> Data:
    """The same data with coins in place of grey values: a training flips them anew for each batch."""
    return dataclasses.replace(data, test=held_out(data.test), augment=coins)


def held_out(split: Split) -> Split:
    """Held-out pictures, drawn once."""
    return dataclasses.replace(split, x=coins(split.x, torch.Generator().manual_seed(SEED)))
