"""What a forecast from the latent has to be better than: recurrent networks, the season before, and the mean.

Each is fitted to training windows [N, C, T], and then maps seen steps [B, C, S] to draws of the rest, [B, n, C, T − S]:
what it expects, and around it errors that it made on the training windows, step by step.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vae_core.networks._cells import CELLS

DRAWS = 20


@dataclass(frozen=True)
class Forecaster:
    """What is expected, and `errors` [Q, C, H] that are added to it."""

    errors: Tensor

    def expected(self, seen: Tensor) -> Tensor:
        """The rest [B, C, H] that follows `seen` [B, C, S]."""
        raise NotImplementedError

    @torch.no_grad()
    def __call__(self, seen: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self.expected(seen)[:, None] + self.errors


def spread(expected: Tensor, truth: Tensor, draws: int = DRAWS) -> Tensor:
    """Quantiles [draws, C, H] of the errors of forecasts [N, C, H], around their median, for each step ahead."""
    errors = (truth - expected).quantile((torch.arange(draws) + 0.5) / draws, 0)
    return errors - errors.quantile(0.5, 0)


@dataclass(frozen=True)
class Mean(Forecaster):
    """The mean of each channel, whatever was seen."""

    level: Tensor

    def expected(self, seen: Tensor) -> Tensor:
        return self.level.expand(len(seen), *self.errors.shape[1:])

    @classmethod
    def fit(cls, train: Tensor, seen: int) -> "Mean":
        level = train.mean((0, 2))[:, None]
        rest = train[:, :, seen:]
        return cls(spread(level.expand_as(rest), rest), level)


@dataclass(frozen=True)
class SeasonBefore(Forecaster):
    """What was seen one season before, again and again: the seasonal naive forecast."""

    season: int

    def expected(self, seen: Tensor) -> Tensor:
        last = seen[:, :, -self.season :]
        return last[:, :, torch.arange(self.errors.shape[2]) % self.season]

    @classmethod
    def fit(cls, train: Tensor, seen: int, season: int) -> "SeasonBefore":
        rest = train[:, :, seen:]
        bare = cls(torch.zeros(1, *rest.shape[1:]), season)
        return cls(spread(bare.expected(train[:, :, :seen]), rest), season)


class Reader(nn.Module):
    """A recurrent layer that reads what was seen, [B, C, S], and says all of the rest at once, [B, C, H]."""

    def __init__(self, cell: str, channels: int, state: int, ahead: int):
        super().__init__()
        self.cell = CELLS[cell](channels, state, batch_first=True)
        self.output = nn.Linear(state, channels * ahead)
        self.shape = (channels, ahead)

    def forward(self, seen: Tensor) -> Tensor:
        states, _ = self.cell(seen.transpose(1, 2))
        return self.output(states[:, -1]).unflatten(1, self.shape)


@dataclass(frozen=True)
class Recurrent(Forecaster):
    """A plain recurrent network that is trained to continue windows, by the mean absolute error."""

    network: Reader

    def expected(self, seen: Tensor) -> Tensor:
        return self.network(seen)

    @classmethod
    def fit(
        cls,
        train: Tensor,
        seen: int,
        cell: str = "lstm",
        *,
        state: int = 64,
        epochs: int = 20,
        batch_size: int = 64,
        lr: float = 3e-3,
        seed: int = 0,
    ) -> "Recurrent":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Reader(cell, train.shape[1], state, train.shape[2] - seen)
        given, rest = train[:, :, :seen], train[:, :, seen:]
        generator = torch.Generator().manual_seed(seed)
        n_steps = epochs * -(-len(train) // batch_size)
        optimizer = torch.optim.Adam(network.parameters(), lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=n_steps)
        for _ in range(epochs):
            for index in torch.randperm(len(train), generator=generator).split(batch_size):
                loss = (network(given[index]) - rest[index]).abs().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        network.eval().requires_grad_(False)
        return cls(spread(torch.cat([network(part) for part in given.split(1000)]), rest), network)
