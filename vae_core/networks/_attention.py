"""Layers of self-attention: a reader of symbols as the encoder, and a writer of symbols as the decoder."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.networks import Sizes, State
from vae_core.networks._writing import SymbolWriter, word_dropout


@dataclass(frozen=True)
class AttentionConfig:
    width: int = option(128, "Numbers that stand for one symbol, in every layer.", minimum=4, maximum=1024)
    heads: int = option(4, "Heads of each layer; they share its width.", minimum=1, maximum=16)
    depth: int = option(2, "Layers, one above the other.", minimum=1, maximum=8)
    feedforward: int = option(256, "Width of the hidden layer behind each attention.", minimum=1, maximum=4096)
    word_dropout: float = word_dropout()


class Block(nn.Module):
    """Self-attention and a hidden layer, each added to what goes in and normalised before (Xiong et al. 2020)."""

    def __init__(self, config: AttentionConfig):
        super().__init__()
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(config.width)
        self.queries_keys_values = nn.Linear(config.width, 3 * config.width)
        self.join = nn.Linear(config.width, config.width)
        self.hidden_norm = nn.LayerNorm(config.width)
        self.widen = nn.Linear(config.width, config.feedforward)
        self.narrow = nn.Linear(config.feedforward, config.width)

    def forward(self, x: Tensor, before: State = (), mask: Tensor | None = None) -> tuple[Tensor, State]:
        """x [B, T, W] -> the same after this layer, and the keys and values of all steps, [B, S, W] each.

        `before` are the keys and values of earlier steps. `mask`, true where a step looks, broadcasts to [B, 1, T, S].
        """
        queries, keys, values = self.queries_keys_values(self.attention_norm(x)).chunk(3, 2)
        if before:
            keys, values = torch.cat([before[0], keys], 1), torch.cat([before[1], values], 1)
        split = self._split
        seen = F.scaled_dot_product_attention(split(queries), split(keys), split(values), attn_mask=mask)
        x = x + self.join(seen.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.widen(self.hidden_norm(x)))), (keys, values)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)  # [B, heads, T, W / heads]


class Positions(nn.Module):
    """A learned vector for each place, [T, W]."""

    def __init__(self, length: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(length, width) * width**-0.5)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        return x + self.weight[start : start + x.shape[1]]


class AttentionReader(nn.Module):
    """Symbol ids [B, T] -> features [B, 2·W]: the mean of the last layer over the steps beside its largest values.
    Padding is not read."""

    def __init__(self, config: AttentionConfig, sizes: Sizes):
        super().__init__()
        self.padding = sizes.padding
        self.embedding = nn.Embedding(sizes.symbols, config.width)
        nn.init.normal_(self.embedding.weight, std=config.width**-0.5)
        self.positions = Positions(sizes.input[0], config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)
        self.features = 2 * config.width

    def forward(self, x: Tensor) -> Tensor:
        read = torch.ones_like(x, dtype=torch.bool) if self.padding is None else x != self.padding
        read = read | (torch.arange(x.shape[1], device=x.device) == 0)  # of an empty example, the first place
        found = self.positions(self.embedding(x.long()))
        for block in self.blocks:
            found, _ = block(found, mask=read[:, None, None])
        found, seen = self.norm(found), read[:, :, None]
        mean = (found * seen).sum(1) / seen.sum(1)
        return torch.cat([mean, found.masked_fill(~seen, -torch.inf).amax(1)], 1)


class AttentionWriter(SymbolWriter):
    """Each step looks at those before it. z is added to every input through a linear layer, as in Optimus (Li et al.
    2020), so that each step reads it at once."""

    def __init__(self, config: AttentionConfig, sizes: Sizes):
        super().__init__(config.width, config.word_dropout, sizes)
        self.given = nn.Linear(sizes.latent + sizes.classes, config.width)
        self.positions = Positions(sizes.input[0], config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)

    def start(self, z: Tensor, condition: Tensor | None = None) -> State:
        given = self.given(z if condition is None else torch.cat([z, condition], 1))
        return (given, *[given.new_zeros(len(z), 0, given.shape[1]) for _ in range(2 * len(self.blocks))])

    def step(self, previous: Tensor | None, state: State) -> tuple[Tensor, State]:
        given, *before = state
        x = self.positions((self.word(previous, len(given)) + given)[:, None], before[0].shape[1])
        after: list[Tensor] = []
        for block, keys, values in zip(self.blocks, before[::2], before[1::2], strict=True):
            x, seen = block(x, (keys, values))
            after += seen
        return self.scores(self.norm(x))[:, 0], (given, *after)

    def outputs(self, state: State, given: Tensor) -> Tensor:
        x = self.positions(self.words(given) + state[0][:, None])
        steps = torch.arange(x.shape[1], device=x.device)
        for block in self.blocks:
            x, _ = block(x, mask=steps <= steps[:, None])
        return self.norm(x)

    def bag(self, state: State) -> Tensor:
        return self.scores(self.norm(state[0]))

    @torch.no_grad()
    def ignore_z(self) -> None:
        self.given.weight[:, : self.latent] = 0
