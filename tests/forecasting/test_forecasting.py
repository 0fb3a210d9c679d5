"""Forecasts against known answers: a season with a trend can be foreseen, white noise cannot."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

from vae_core import checkpoints, forecasting
from vae_core.data import Data
from vae_core.errors import UserError
from vae_core.kinds.series.windows import Series, windows
from vae_core.likelihoods import normal
from vae_core.networks import mlp
from vae_core.objectives import vae
from vae_core.training import TrainConfig, train

SEASON, SEEN, LENGTH, STRIDE = 12, 24, 36, 2
SEEDS = (0, 1, 2)


def series(values: np.ndarray) -> Data:
    n = len(values)
    return windows(Series("own", (("v", ""),), values[:, None], np.zeros(n, bool)), LENGTH, STRIDE, 0.7)


def seasonal(seed: int) -> Data:
    """A season whose size and level drift slowly, with noise."""
    chance, t = np.random.default_rng(seed), np.arange(900)
    size, level = 1 + 0.3 * np.sin(t / 90), np.sin(t / 70)
    return series(size * np.sin(2 * math.pi * t / SEASON) + level + 0.5 * chance.standard_normal(len(t)))


def noise(seed: int) -> Data:
    return series(np.random.default_rng(seed).standard_normal(900))


def forecasts(data: Data, seed: int) -> dict[str, torch.Tensor]:
    """Draws of the rest of each held-out window, by each way."""
    config = TrainConfig(
        network=mlp.Config(hidden=(64,), activation="silu"),
        objective=vae.Config(),
        likelihood=normal.Config(),
        latent_dim=6,
        epochs=25,
        batch_size=32,
        lr=5e-3,
        schedule="one_cycle",
        seed=seed,
    )
    *_, last = train(config, data)
    x, seen = data.train.x, data.test.x[:, :, :SEEN]
    ways = {
        "latent": forecasting.Latent(last.state.model.eval(), draws=12, steps=8),
        "season": forecasting.SeasonBefore.fit(x, SEEN, SEASON),
        "mean": forecasting.Mean.fit(x, SEEN),
        "lstm": forecasting.Recurrent.fit(x, SEEN, "lstm", state=16, epochs=4, seed=seed),
        "rnn": forecasting.Recurrent.fit(x, SEEN, "rnn", state=16, epochs=4, seed=seed),
    }
    generator = torch.Generator().manual_seed(seed)
    return {name: way(seen, generator) for name, way in ways.items()}


@pytest.fixture(scope="module")
def foreseen():
    """By seed: data with a season, and what each way foresees."""
    return [(data, forecasts(data, seed)) for seed in SEEDS for data in [seasonal(seed)]]


def test_a_season_is_foreseen_better_than_by_the_one_before(foreseen):
    for data, ways in foreseen:
        rest, train = data.test.x[:, :, SEEN:], data.train.x
        errors = {name: forecasting.measured(draws, rest, train, SEASON) for name, draws in ways.items()}
        assert errors["latent"]["MAE"] < errors["season"]["MAE"] < errors["mean"]["MAE"]
        assert errors["latent"]["pinball"] < errors["season"]["pinball"]


def test_nobody_foresees_noise():
    """No way has a smaller error than the mean of the training part, beyond three standard errors of the difference."""
    for seed in SEEDS:
        data = noise(seed)
        rest = data.test.x[:, :, SEEN:]
        errors = {name: (draws.quantile(0.5, 1) - rest).abs() for name, draws in forecasts(data, seed).items()}
        apart = math.sqrt(len(data.test) * STRIDE + LENGTH - SEEN)  # steps that were foreseen, once each
        for name in set(errors) - {"mean"}:
            gain = errors["mean"] - errors[name]
            assert gain.mean() < 3 * gain.std() / apart, (name, seed)


def test_a_fan_holds_what_came_as_often_as_it_says(foreseen):
    """Of 12 draws, one comes to lie among the inner ten with probability 9/13."""
    for data, ways in foreseen:
        rest, ordered = data.test.x[:, :, SEEN:], ways["latent"].sort(1).values
        held = ((rest > ordered[:, 1]) & (rest < ordered[:, -2])).float().mean()
        assert abs(held - 9 / 13) < 0.15, held


def test_errors_are_those_of_the_definitions(generator):
    draws, truth = torch.randn(4, 9, 2, 5, generator=generator), torch.randn(4, 2, 5, generator=generator)
    train = torch.randn(7, 2, 20, generator=generator)
    median = draws.median(1).values
    assert forecasting.mae(draws, truth) == pytest.approx(mean_absolute_error(truth.flatten(), median.flatten()))
    scale = mean_absolute_error(train[:, :, 3:].flatten(), train[:, :, :-3].flatten())
    assert forecasting.mase(draws, truth, train, 3) == pytest.approx(forecasting.mae(draws, truth) / scale)
    levels = (0.25, 0.5)
    each = [mean_pinball_loss(truth.flatten(), draws.quantile(q, 1).flatten(), alpha=q) for q in levels]
    assert forecasting.pinball(draws, truth, levels) == pytest.approx(sum(each) / 2, rel=1e-5)


def test_the_season_before_is_said_again():
    way = forecasting.SeasonBefore.fit(torch.arange(20.0).expand(3, 1, 20) % 4, 12, 4)
    seen = torch.tensor([[[9.0, 9, 9, 9, 1, 2, 3, 4]]])
    assert way(seen).median(1).values.flatten().tolist() == [1, 2, 3, 4, 1, 2, 3, 4]


def test_a_model_of_other_windows_is_refused():
    with pytest.raises(UserError, match="a forecast needs a model of series"):
        forecasting.Latent(checkpoints.load("digits-vae-2d").load_model())(torch.zeros(1, 1, 4))
