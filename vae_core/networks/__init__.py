"""Networks, one architecture a file: an encoder and a decoder, each a `Pipeline` of plain layers.

Add one: a file here with a frozen `Config` and a `build(config, sizes) -> Network`, registered with
`@NETWORKS.register("name", Config)`. A layer type that `vae_core/page_program.py` does not know still works: such a
model is decoded by Python instead of in the page.
"""

from collections.abc import Callable
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

    `input` is an example in batch form; where it consists of symbol ids, `symbols` says of how many (0: of numbers).
    `output` is the shape of the likelihood's parameters, for symbols (symbols, *input). `code` is how many numbers the
    encoder gives per example: 2·latent for a posterior (means, then log variances), `latent` for a deterministic code.
    `classes` is the length of the condition's one-hot vector, 0 without one.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    latent: int
    code: int
    classes: int = 0
    symbols: int = 0

    @property
    def features(self) -> tuple[int, ...]:
        """The shape in which an encoder that wants numbers sees an example: one channel a symbol."""
        return (self.symbols, *self.input) if self.symbols else self.input


class OneHot(nn.Module):
    """Symbol ids [B, *shape], whole numbers of any type -> float [B, V, *shape], 1 where the symbol stands."""

    def __init__(self, symbols: int):
        super().__init__()
        self.symbols = symbols

    def forward(self, x: Tensor) -> Tensor:
        return F.one_hot(x.long(), self.symbols).movedim(-1, 1).float()

    def extra_repr(self) -> str:
        return str(self.symbols)


class ConcatCondition(nn.Module):
    """Appends the condition [B, K] to flat features [B, F] -> [B, F + K]."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return torch.cat([x, condition], dim=1)


class Pipeline(nn.Sequential):
    """Layers in a row; the condition goes to those that take one."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, condition) if isinstance(layer, ConcatCondition) else layer(x)
        return x


class SequenceDecoder(nn.Module):
    """A decoder that writes one step after another, each given those before."""

    def forward(
        self,
        z: Tensor,
        condition: Tensor | None = None,
        given: Tensor | None = None,
        choose: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """z [B, latent] -> the likelihood's parameters [B, V, T].

        `given` [B, T] are the true symbols, of which each step sees those before it: teacher forcing (Williams &
        Zipser 1989), one pass for all steps. Without, each step sees what `choose` ([B, V] -> [B]; default: the most
        likely symbol) made of the step before.
        """
        raise NotImplementedError


class Network(nn.Module):
    """`encoder`: x [B, *input] (and condition [B, K]) -> [B, code]; `decoder`: z [B, latent] -> [B, *output]."""

    def __init__(self, encoder: Pipeline, decoder: Pipeline):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder


def input_layers(sizes: Sizes) -> list[nn.Module]:
    """What turns an example in batch form into numbers: nothing for numbers, one channel a symbol for symbols."""
    return [OneHot(sizes.symbols)] if sizes.symbols else []


def condition_layers(sizes: Sizes) -> list[nn.Module]:
    """What to put before a linear layer that is to see the condition: nothing for an unconditional model."""
    return [ConcatCondition()] if sizes.classes else []
