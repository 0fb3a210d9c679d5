"""Networks, one architecture per file: an encoder and a decoder, each a `Pipeline` of plain layers.

Add one: a file here with a frozen `Config` and a `build(config, sizes) -> Network`, registered with
`@NETWORKS.register("name", Config)`. A layer type unknown to `vae_core/page_program.py` works too: Python then
decodes the model instead of the page.
"""

import math
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
    """The sizes that a network must connect. Shapes are those of one example, without the batch.

    `input` is the shape of an example in batch form; if it holds symbol ids, `symbols` is their number (0: it holds
    numbers). `output` is the shape of the likelihood's parameters, for symbols (symbols, *input). `code` is the length
    of the encoder's output: 2·latent for a posterior (means, then log variances), `latent` for a deterministic code.
    `classes` is the length of the condition's one-hot vector, 0 without a condition. `padding` is the id of the symbol
    that fills up short examples, `unknown` of the one that stands for what is not known; None: there is none.
    `columns` holds the number of symbols of each column of a record, 0 for a column of numbers.
    """

    input: tuple[int, ...]
    output: tuple[int, ...]
    latent: int
    code: int
    classes: int = 0
    symbols: int = 0
    padding: int | None = None
    unknown: int | None = None
    columns: tuple[int, ...] = ()

    @property
    def features(self) -> tuple[int, ...]:
        """The shape of an example as numbers, after `input_layers`: one channel a symbol, in a record one number."""
        if self.columns:
            return (sum(size if size > 2 else 1 for size in self.columns),)
        return (self.symbols, *self.input) if self.symbols else self.input


class OneHot(nn.Module):
    """Symbol ids [B, *shape] of any integer type -> one-hot float [B, V, *shape]."""

    def __init__(self, symbols: int):
        super().__init__()
        self.symbols = symbols

    def forward(self, x: Tensor) -> Tensor:
        return F.one_hot(x.long(), self.symbols).movedim(-1, 1).float()

    def extra_repr(self) -> str:
        return str(self.symbols)


class OneHotColumns(nn.Module):
    """Records [B, n], whose columns of more than two symbols hold ids -> [B, F], with one-hot vectors in their place.

    `columns` holds the number of symbols of each column, 0 or 2 where its number stays as it is.
    """

    def __init__(self, columns: tuple[int, ...]):
        super().__init__()
        self.columns = columns

    def forward(self, x: Tensor) -> Tensor:
        parts = [
            F.one_hot(values.long().clamp(0, size - 1), size).float() if size > 2 else values[:, None]
            for values, size in zip(x.unbind(1), self.columns, strict=True)
        ]
        return torch.cat(parts, 1)

    def extra_repr(self) -> str:
        return str(self.columns)


class ConcatCondition(nn.Module):
    """Appends the condition [B, K] to flat features [B, F] -> [B, F + K]."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return torch.cat([x, condition], dim=1)


class Pipeline(nn.Sequential):
    """Layers in sequence; the condition goes to those that take one."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, condition) if isinstance(layer, ConcatCondition) else layer(x)
        return x


State = tuple[Tensor, ...]
"""What a sequence decoder remembers between two steps: tensors, batch first."""


class SequenceDecoder(nn.Module):
    """An autoregressive decoder: each step is conditioned on those before."""

    length: int
    """Steps of an example, T."""

    def start(self, z: Tensor, condition: Tensor | None = None) -> State:
        """The state before the first step, for z [B, latent]."""
        raise NotImplementedError

    def step(self, previous: Tensor | None, state: State) -> tuple[Tensor, State]:
        """The parameters of the next step, [B, V], and the state after it; `previous` [B] are the symbols before it,
        None at the first step. They may be chosen softly: float [B, V], weights of the symbols."""
        raise NotImplementedError

    def forced(self, state: State, given: Tensor) -> Tensor:
        """All steps in one pass, [B, V, T], each of which sees the true symbols `given` [B, T] before it: teacher
        forcing (Williams & Zipser 1989)."""
        raise NotImplementedError

    def bag(self, state: State) -> Tensor:
        """The scores of the symbols of a whole example in no order, [B, V], from the state before the first step."""
        raise NotImplementedError

    def ignore_z(self) -> None:
        """Set the weights of z to 0, so that every z decodes to the same. Trained with z = 0 alone they stay 0."""
        raise NotImplementedError

    def forced_at(self, state: State, given: Tensor, places: Tensor) -> Tensor:
        """`forced` at some places alone, [M, V] for `places` bool [B, T]. Half of a batch of sentences is padding, and
        a decoder that leaves it out saves the memory of its scores."""
        return self.forced(state, given).movedim(1, -1)[places]

    def forward(
        self,
        z: Tensor,
        condition: Tensor | None = None,
        given: Tensor | None = None,
        choose: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """z [B, latent] -> the likelihood's parameters [B, V, T].

        `given` [B, T] are the true symbols, for teacher forcing. Without them, each step sees the symbols that `choose`
        ([B, V] -> [B], or softly [B, V]; default: the most likely symbol) picked at the steps before.
        """
        state = self.start(z, condition)
        if given is not None:
            return self.forced(state, given)
        previous, found = None, []
        for _ in range(self.length):
            params, state = self.step(previous, state)
            found.append(params)
            previous = params.argmax(1) if choose is None else choose(params)
        return torch.stack(found, 2)


class Network(nn.Module):
    """`encoder`: x [B, *input] (and condition [B, K]) -> [B, code]; `decoder`: z [B, latent] -> [B, *output].

    `noisy`: while it trains, the network drops words or activations at random.
    """

    def __init__(self, encoder: Pipeline, decoder: Pipeline | SequenceDecoder, noisy: bool = False):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.noisy = noisy


def input_layers(sizes: Sizes) -> list[nn.Module]:
    """The layers that turn an example in batch form into numbers: a one-hot layer for symbols, else none."""
    if sizes.columns:
        return [OneHotColumns(sizes.columns)]
    return [OneHot(sizes.symbols)] if sizes.symbols else []


def condition_layers(sizes: Sizes) -> list[nn.Module]:
    """The layers that append the condition before a linear layer; none for an unconditional model."""
    return [ConcatCondition()] if sizes.classes else []


def around(
    sizes: Sizes, down: list[nn.Module], smallest: tuple[int, ...], up: list[nn.Module], dense: int, activation: str
) -> Network:
    """A convolutional network: `down` [B, *features] -> [B, *smallest] and `up`, which mirrors it, with fully connected
    layers of `dense` units between them and the code."""
    features, act = math.prod(smallest), ACTIVATIONS[activation]
    return Network(
        Pipeline(
            *input_layers(sizes),
            *down,
            nn.Flatten(),
            *condition_layers(sizes),
            nn.Linear(features + sizes.classes, dense),
            act(),
            nn.Linear(dense, sizes.code),
        ),
        Pipeline(
            *condition_layers(sizes),
            nn.Linear(sizes.latent + sizes.classes, dense),
            act(),
            nn.Linear(dense, features),
            act(),
            nn.Unflatten(1, smallest),
            *up,
        ),
    )
