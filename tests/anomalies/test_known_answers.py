"""Anomalies of known kinds that are put into waves are found by the shipped model, and the blame points at them."""

import numpy as np
import pytest
import torch

from vae_core import anomalies, checkpoints
from vae_core.datasets.waves import CLASSES, waves, with_anomaly

N = 100


@pytest.fixture(scope="module")
def costs():
    """What each step of windows [N, T] costs `waves-lstm-vae`, in nats, at the posterior means."""
    checkpoint = checkpoints.load("waves-lstm-vae")
    model, column = checkpoint.load_model(), checkpoint.spec.columns[0]

    @torch.inference_mode()
    def found(windows: np.ndarray) -> torch.Tensor:
        x = column.scaled(torch.from_numpy(windows))[:, None]
        return model.likelihood.nll_per_value(model.decode_logits(model.encode(x).mu), x)[:, 0].double()

    return found


@pytest.fixture(scope="module")
def usual(costs):
    return costs(waves(4 * N, 64, np.random.default_rng(7))[0])


@pytest.mark.parametrize("kind", CLASSES[1:])
def test_a_known_anomaly_is_found_where_it_was_put(costs, usual, kind):
    chance = np.random.default_rng(CLASSES.index(kind))
    x, factors = waves(N, 64, chance)
    places = [with_anomaly(x[i], kind, factors[i, 0], chance) for i in range(N)]
    found = costs(x)
    assert (found.sum(1) > anomalies.quantile(usual.sum(1), 0.99)).float().mean() > 0.95
    blame = found - usual.mean(0)  # beyond what these steps usually cost
    inside = torch.tensor([[place.start <= t < place.stop for t in range(64)] for place in places])
    if inside.all():  # a drift grows from nothing: its end is to blame
        inside[:, :32] = False
    per_step = (blame * inside).sum(1) / inside.sum(1), (blame * ~inside).sum(1) / (~inside).sum(1)
    assert (per_step[0] > per_step[1]).float().mean() > 0.8
    assert (blame * inside).sum() > 0.5 * blame.sum()
    if kind == "spike":
        steps = torch.tensor([place.start for place in places])
        assert (blame.argmax(1) == steps).float().mean() > 0.95
