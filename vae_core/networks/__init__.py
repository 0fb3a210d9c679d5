"""Networks, one architecture a file: an encoder and a decoder, each a `Pipeline` of plain layers.

Add one: a file here with a frozen `Config` and a `build(config, sizes) -> Network`, registered with
`@NETWORKS.register("name", Config)`. A layer type that `vae_core/page_program.py` does not know still works: such a
model is decoded by Python instead of in the page.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.registry import Registry

NETWORKS = Registry("network", __name__)

ACTIVATIONS = {
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "leaky_relu": nn.LeakyReLU,
}


@dataclass(frozen=True)
class Sizes:
    """What a network connects. Shapes are one example's, without the batch.

    `code` is how many numbers the encoder gives per example: 2·latent for a posterior (means, then log variances),
    `latent` for a deterministic code. `classes` is the length of the condition's one-hot vector, 0 without one.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    latent: int
    code: int
    classes: int = 0


class ConcatCondition(nn.Module):
    """Appends the condition [B, K] to flat features [B, F] -> [B, F + K]."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return torch.cat([x, condition], dim=1)


class OneHot(nn.Module):
    """Symbol ids [B, *shape], long or float -> float [B, V, *shape]: 1 where the symbol stands, else 0."""

    def __init__(self, symbols: int):
        super().__init__()
        self.symbols = symbols

    def forward(self, ids: Tensor) -> Tensor:
        return F.one_hot(ids.long(), self.symbols).movedim(-1, 1).float()


class Pipeline(nn.Sequential):
    """Layers in a row; the condition goes to those that take one."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, condition) if isinstance(layer, ConcatCondition) else layer(x)
        return x


class Network(nn.Module):
    """`encoder`: x [B, *input] (and condition [B, K]) -> [B, code]; `decoder`: z [B, latent] -> [B, *output]."""

    def __init__(self, encoder: Pipeline, decoder: Pipeline):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder


def condition_layers(sizes: Sizes) -> list[nn.Module]:
    """What to put before a linear layer that is to see the condition: nothing for an unconditional model."""
    return [ConcatCondition()] if sizes.classes else []
