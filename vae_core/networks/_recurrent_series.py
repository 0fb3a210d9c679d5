"""Recurrent layers for series: a reader of measurements as the encoder, and a writer as the decoder."""

import torch
from torch import Tensor, nn

from vae_core.networks import Network, Pipeline, Sizes, condition_layers
from vae_core.networks._cells import CELLS, RecurrentConfig


class SeriesReader(nn.Module):
    """A series [B, C, T] -> the last state of the highest layer, [B, F]; of both directions where it reads in both."""

    def __init__(self, cell: str, config: RecurrentConfig, channels: int):
        super().__init__()
        self.cell = CELLS[cell](
            channels, config.state, config.depth, batch_first=True, bidirectional=config.bidirectional
        )
        self.features = config.state * (2 if config.bidirectional else 1)

    def forward(self, x: Tensor) -> Tensor:
        _, state = self.cell(x.transpose(1, 2))
        last = (state[0] if isinstance(state, tuple) else state)[-2 if self.cell.bidirectional else -1 :]
        return last.transpose(0, 1).flatten(1)


class SeriesWriter(nn.Module):
    """z and the condition [B, D] set the first state and are the input of every step (Srivastava et al. 2015); each
    output is a linear function of the state: [B, C, T]."""

    def __init__(self, cell: str, config: RecurrentConfig, given: int, channels: int, length: int):
        super().__init__()
        self.length = length
        self.states = 2 if cell == "lstm" else 1
        self.first = nn.Linear(given, self.states * config.depth * config.state)
        self.cell = CELLS[cell](given, config.state, config.depth, batch_first=True)
        self.output = nn.Linear(config.state, channels)

    def forward(self, z: Tensor) -> Tensor:
        shape = (len(z), self.states, self.cell.num_layers, self.cell.hidden_size)
        parts = [part.transpose(0, 1).contiguous() for part in torch.tanh(self.first(z)).view(shape).unbind(1)]
        states, _ = self.cell(z[:, None].expand(-1, self.length, -1), parts[0] if len(parts) == 1 else tuple(parts))
        return self.output(states).transpose(1, 2)


def recurrent_series(cell: str, config: RecurrentConfig, sizes: Sizes) -> Network:
    """An encoder and a decoder of series [C, T]. The decoder sees z alone: what it wrote before is no input."""
    reader = SeriesReader(cell, config, sizes.input[0])
    given = sizes.latent + sizes.classes
    return Network(
        Pipeline(reader, *condition_layers(sizes), nn.Linear(reader.features + sizes.classes, sizes.code)),
        Pipeline(*condition_layers(sizes), SeriesWriter(cell, config, given, sizes.output[0], sizes.output[1])),
    )
