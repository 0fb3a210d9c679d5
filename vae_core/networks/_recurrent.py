"""What recurrent networks share: a reader of symbols as the encoder, and a writer of symbols as the decoder."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.networks import Network, Pipeline, SequenceDecoder, Sizes, State, condition_layers

CELLS: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
UNKNOWN = 2
"""The symbol that a dropped word shows as (vae_core/kinds/text/vocabulary.py); data of few symbols drop none."""


@dataclass(frozen=True)
class RecurrentConfig:
    embedding: int = option(128, "Numbers that stand for one symbol.", minimum=1, maximum=1024)
    state: int = option(256, "Width of the recurrent layers.", minimum=1, maximum=2048)
    depth: int = option(1, "Recurrent layers, one above the other.", minimum=1, maximum=4)
    bidirectional: bool = option(False, "The encoder reads in both directions.")
    word_dropout: float = option(
        0.0,
        "Share of the words hidden from the decoder while it trains, so that it needs z (Bowman et al. 2016).",
        minimum=0,
        maximum=1,
    )


class Reader(nn.Module):
    """Symbol ids [B, T] -> features [B, F]: the last state of a recurrent network beside the largest value of each of
    its outputs over the steps. Padding is not read."""

    def __init__(self, cell: str, config: RecurrentConfig, sizes: Sizes):
        super().__init__()
        self.padding = sizes.padding
        self.embedding = nn.Embedding(sizes.symbols, config.embedding)
        self.cell = CELLS[cell](
            config.embedding, config.state, config.depth, batch_first=True, bidirectional=config.bidirectional
        )
        self.features = 2 * config.state * (2 if config.bidirectional else 1)

    def forward(self, x: Tensor) -> Tensor:
        embedded = self.embedding(x.long())  # [B, T, E]
        steps = torch.full((len(x),), x.shape[1]) if self.padding is None else (x != self.padding).sum(1).clamp(min=1)
        packed = pack_padded_sequence(embedded, steps.cpu(), batch_first=True, enforce_sorted=False)
        outputs, state = self.cell(packed)
        last = (state[0] if isinstance(state, tuple) else state)[-2 if self.cell.bidirectional else -1 :]
        every, _ = pad_packed_sequence(outputs, batch_first=True, padding_value=-torch.inf)  # [B, T, H]
        return torch.cat([last.transpose(0, 1).flatten(1), every.amax(1)], 1)


class Writer(SequenceDecoder):
    """z sets the first state and stands beside every input. The embeddings also read the output off: tied weights
    (Press & Wolf 2017)."""

    def __init__(self, cell: str, config: RecurrentConfig, sizes: Sizes):
        super().__init__()
        given = sizes.latent + sizes.classes
        self.length = sizes.input[0]
        self.word_dropout = config.word_dropout
        self.padding = sizes.padding
        self.embedding = nn.Embedding(sizes.symbols, config.embedding)
        self.begin = nn.Parameter(torch.zeros(config.embedding))
        self.states = 2 if cell == "lstm" else 1
        self.first = nn.Linear(given, self.states * config.depth * config.state)
        self.cell = CELLS[cell](config.embedding + given, config.state, config.depth, batch_first=True)
        self.narrow = nn.Linear(config.state, config.embedding)
        self.bias = nn.Parameter(torch.zeros(sizes.symbols))
        nn.init.normal_(self.embedding.weight, std=config.embedding**-0.5)  # it is an output layer, too
        nn.init.normal_(self.begin, std=config.embedding**-0.5)

    def start(self, z: Tensor, condition: Tensor | None = None) -> State:
        beside = z if condition is None else torch.cat([z, condition], 1)  # [B, D + K]
        layers, hidden = self.cell.num_layers, self.cell.hidden_size
        parts = torch.tanh(self.first(beside)).view(len(z), self.states, layers, hidden).unbind(1)
        return (beside, *parts)

    def step(self, previous: Tensor | None, state: State) -> tuple[Tensor, State]:
        beside = state[0]
        word = self.begin.expand(len(beside), -1) if previous is None else self.embedding(previous)
        outputs, after = self._run(word[:, None], state)
        return self._scores(outputs)[:, 0], (beside, *after)

    def forced(self, state: State, given: Tensor) -> Tensor:
        seen = given[:, :-1]
        if self.training and self.word_dropout:
            dropped = torch.rand(seen.shape, device=seen.device) < self.word_dropout
            seen = torch.where(dropped & (seen != self.padding), min(UNKNOWN, self.embedding.num_embeddings - 1), seen)
        begin = self.begin.expand(len(given), 1, -1)
        outputs, _ = self._run(torch.cat([begin, self.embedding(seen)], 1), state)
        if self.padding is None:
            return self._scores(outputs).transpose(1, 2)  # [B, V, T]
        # Nothing asks for the scores of padding; symbols last in memory, as their softmax wants them.
        counts = given != self.padding
        scores = outputs.new_zeros(*given.shape, self.embedding.num_embeddings)
        scores[counts] = self._scores(outputs[counts])
        return scores.transpose(1, 2)

    def _run(self, words: Tensor, state: State) -> tuple[Tensor, State]:
        """words [B, T, E] -> outputs [B, T, H] and the states after them, batch first."""
        beside, *parts = state
        inputs = torch.cat([words, beside[:, None].expand(-1, words.shape[1], -1)], 2)
        hidden = [part.transpose(0, 1).contiguous() for part in parts]  # [layers, B, H]
        outputs, after = self.cell(inputs, hidden[0] if len(hidden) == 1 else tuple(hidden))
        return outputs, tuple(part.transpose(0, 1) for part in ((after,) if len(hidden) == 1 else after))

    def _scores(self, outputs: Tensor) -> Tensor:
        return F.linear(self.narrow(outputs), self.embedding.weight, self.bias)


def recurrent(cell: str, config: RecurrentConfig, sizes: Sizes) -> Network:
    """An encoder and a decoder of recurrent layers. UserError for data that are not symbols in a row."""
    if not sizes.symbols or len(sizes.input) != 1:
        raise UserError(f"A recurrent network is for symbols in a row, such as sentences, not for shape {sizes.input}.")
    reader = Reader(cell, config, sizes)
    encoder = Pipeline(reader, *condition_layers(sizes), nn.Linear(reader.features + sizes.classes, sizes.code))
    return Network(encoder, Writer(cell, config, sizes), noisy=config.word_dropout > 0)
