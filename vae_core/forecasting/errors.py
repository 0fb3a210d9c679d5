"""How far forecasts lie from what came: MAE, MASE and pinball loss, in units of the scaled columns."""

import torch
from torch import Tensor

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)


def mae(draws: Tensor, truth: Tensor) -> float:
    """The mean absolute error of the median of draws [B, n, C, H] to what came, [B, C, H]."""
    return (draws.quantile(0.5, 1) - truth).abs().mean().item()


def mase(draws: Tensor, truth: Tensor, train: Tensor, season: int) -> float:
    """MAE as a multiple of what it costs on training windows [N, C, T] to say again what came a season before (Hyndman
    & Koehler 2006); below 1 is better than that."""
    return mae(draws, truth) / (train[:, :, season:] - train[:, :, :-season]).abs().mean().item()


def pinball(draws: Tensor, truth: Tensor, quantiles: tuple[float, ...] = QUANTILES) -> float:
    """The mean of the quantile loss over `quantiles` of the draws (Koenker & Bassett 1978): the lower, the better the
    whole fan."""
    levels = torch.tensor(quantiles)
    below = truth - draws.quantile(levels, 1)  # [Q, B, C, H]
    share = levels.view(-1, 1, 1, 1)
    return torch.maximum(share * below, (share - 1) * below).mean().item()


def measured(draws: Tensor, truth: Tensor, train: Tensor, season: int) -> dict[str, float]:
    """All three of a forecast."""
    return {"MAE": mae(draws, truth), "MASE": mase(draws, truth, train, season), "pinball": pinball(draws, truth)}
