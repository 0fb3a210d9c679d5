"""What `python -m benchmarks.anomalies` computes of baselines and scores, against known answers."""

import numpy as np
import pytest
import torch

from benchmarks.anomalies import baselines
from benchmarks.anomalies.measures import at_a_week, judged, random_row

DAY = 86_400.0


def test_the_threshold_of_a_week_is_the_lowest_with_one_false_alarm_a_week():
    """28 days, a score a day: four false alarms are allowed."""
    scores = torch.tensor([9, 1, 8, 1, 7, 1, 6, 1, 5, 1, 4, 1, 3, 1, 1, 1, 1, 1, 1, 1, 6.5, 4.5, 3.5, 1, 1, 1, 1, 1])
    anomalous = torch.zeros(28, dtype=torch.bool)
    anomalous[19:23] = True  # its own scores: 1, 6.5, 4.5, 3.5
    found = at_a_week(scores, anomalous, DAY)
    assert (found.false_alarms, found.events_found, found.true_positives) == (4, 1, 1)  # above 5
    assert found.delay == DAY
    everything = at_a_week(torch.arange(28.0), torch.arange(28) > 13, DAY)
    assert everything.events_found == 1 and everything.delay == 0  # a score that is right flags the whole span


def test_random_scores_find_what_chance_finds():
    anomalous = np.arange(2000) % 10 == 0
    found = random_row(anomalous)
    assert found["AUC"] == pytest.approx(0.5, abs=0.02) and found["AP"] == pytest.approx(0.1, abs=0.01)
    assert found["found"] == pytest.approx(0.01, abs=0.005)
    assert judged(anomalous.astype(float), anomalous)["AUC"] == 1


def test_means_over_steps():
    values = np.arange(6.0)
    assert baselines.trailing(values, 3).tolist() == [0, 0.5, 1, 2, 3, 4]
    assert baselines.around(values, 3).tolist() == [0.5, 1, 2, 3, 4, 4.5]
    errors = np.array([[1.0, 2, 3], [4, 5, 6]])  # windows that begin a step apart
    assert baselines.per_step(errors).tolist() == [1, 3, 4, 6]
    season = baselines.season_before(np.array([[1.0], [5], [2], [5]]), 2)
    assert season.tolist() == [0, 0, 1, 0]


def test_baselines_find_what_lies_apart():
    chance = np.random.default_rng(0)
    train = chance.standard_normal((300, 2)) @ np.array([[3.0, 3, 0], [0, 1, 1]])
    strange = np.array([[3.0, -3, 3]])  # no far value, but against the directions of the others
    test = np.concatenate([train[:50], strange])
    assert baselines.pca_errors(train, test, 0.99).sum(1).argmax() == 50
    far = np.concatenate([train[:50], np.full((1, 3), 20.0)])
    assert baselines.forest(train, far).argmax() == 50
