"""What recurrent networks share: a reader of symbols as the encoder, and a writer of symbols as the decoder."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from vae_core.networks import Network, Pipeline, Sizes, State, condition_layers
from vae_core.networks._cells import CELLS, RecurrentConfig
from vae_core.networks._recurrent_series import recurrent_series
from vae_core.networks._writing import SymbolWriter, check_row


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


class Writer(SymbolWriter):
    """z sets the first state and stands beside every input."""

    def __init__(self, cell: str, config: RecurrentConfig, sizes: Sizes):
        super().__init__(config.embedding, config.word_dropout, sizes)
        given = sizes.latent + sizes.classes
        self.states = 2 if cell == "lstm" else 1
        self.first = nn.Linear(given, self.states * config.depth * config.state)
        self.cell = CELLS[cell](config.embedding + given, config.state, config.depth, batch_first=True)
        self.narrow = nn.Linear(config.state, config.embedding)

    def start(self, z: Tensor, condition: Tensor | None = None) -> State:
        beside = z if condition is None else torch.cat([z, condition], 1)  # [B, D + K]
        layers, hidden = self.cell.num_layers, self.cell.hidden_size
        parts = torch.tanh(self.first(beside)).view(len(z), self.states, layers, hidden).unbind(1)
        return (beside, *parts)

    def step(self, previous: Tensor | None, state: State) -> tuple[Tensor, State]:
        beside = state[0]
        outputs, after = self._run(self.word(previous, len(beside))[:, None], state)
        return self.scores(outputs)[:, 0], (beside, *after)

    def outputs(self, state: State, given: Tensor) -> Tensor:
        return self._run(self.words(given), state)[0]

    def narrowed(self, outputs: Tensor) -> Tensor:
        return self.narrow(outputs)

    def bag(self, state: State) -> Tensor:
        return self.scores(state[1][:, -1])  # the highest layer's

    @torch.no_grad()
    def ignore_z(self) -> None:
        self.first.weight[:, : self.latent] = 0
        width = self.embedding.embedding_dim
        self.cell.weight_ih_l0[:, width : width + self.latent] = 0

    def _run(self, words: Tensor, state: State) -> tuple[Tensor, State]:
        """words [B, T, E] -> outputs [B, T, H] and the states after them, batch first."""
        beside, *parts = state
        inputs = torch.cat([words, beside[:, None].expand(-1, words.shape[1], -1)], 2)
        hidden = [part.transpose(0, 1).contiguous() for part in parts]  # [layers, B, H]
        outputs, after = self.cell(inputs, hidden[0] if len(hidden) == 1 else tuple(hidden))
        return outputs, tuple(part.transpose(0, 1) for part in ((after,) if len(hidden) == 1 else after))


def recurrent(cell: str, config: RecurrentConfig, sizes: Sizes) -> Network:
    """An encoder and a decoder of recurrent layers. UserError for what is neither symbols in a row nor a series."""
    if not sizes.symbols and len(sizes.input) == 2:
        return recurrent_series(cell, config, sizes)
    check_row(sizes, "recurrent")
    reader = Reader(cell, config, sizes)
    encoder = Pipeline(reader, *condition_layers(sizes), nn.Linear(reader.features + sizes.classes, sizes.code))
    return Network(encoder, Writer(cell, config, sizes), noisy=config.word_dropout > 0)
