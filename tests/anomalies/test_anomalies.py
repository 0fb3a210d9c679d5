"""Scores, thresholds and what they find, against known answers and scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics as sklearn_metrics

from vae_core import anomalies
from vae_core.anomalies.scores import of_parts
from vae_core.data import Column, DataSpec, Split
from vae_core.errors import UserError
from vae_core.latent.typicality import Typicality
from vae_core.likelihoods import normal
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp
from vae_core.posterior import Posterior

SPEC = DataSpec("toy", "series", (1, 6), columns=(Column("v"),))


def test_a_score_is_the_models_own_and_does_not_depend_on_the_batch(generator):
    torch.manual_seed(0)
    model = Model(ModelConfig(mlp.Config(hidden=(8,)), normal.Config(spread="fixed"), 2), SPEC)
    x = torch.randn(5, 1, 6, generator=generator)
    typicality = Typicality.of(model.encode(torch.randn(40, 1, 6, generator=generator)))
    split = Split(x, torch.zeros(5, dtype=torch.int64))
    found = anomalies.scores(model, split, typicality)
    assert set(found) == set(anomalies.SCORES) and model.training
    posterior = model.encode(x)
    torch.testing.assert_close(found["nll"], model.nll(x, posterior.mu).detach())
    torch.testing.assert_close(found["neg_elbo"], found["nll"] + found["kl"])
    torch.testing.assert_close(found["density"], -typicality.log_density(posterior.mu).float().detach())
    alone = anomalies.scores(model, split.take(slice(2, 3)), typicality)
    for name, values in alone.items():
        torch.testing.assert_close(values[0], found[name][2])


def test_a_deterministic_code_has_no_kl():
    posterior = Posterior(torch.zeros(3, 2), None)
    found = of_parts(torch.arange(3.0), posterior, Typicality.of(Posterior(torch.randn(20, 2), None)))
    assert found["kl"].tolist() == [0, 0, 0] and found["neg_elbo"].tolist() == [0, 1, 2]


def test_the_tail_tells_the_quantile_that_the_sample_does_not_reach():
    """Exponential scores, whose tail is a generalised Pareto distribution of shape 0: one in 100,000 of 5,000."""
    errors = []
    for seed in range(5):
        scores = torch.from_numpy(np.random.default_rng(seed).exponential(2, 5000))
        errors.append(anomalies.of_tail(scores, 1e-5) / stats.expon.isf(1e-5, scale=2) - 1)
    assert abs(np.mean(errors)) < 0.15 and max(map(abs, errors)) < 0.4
    assert anomalies.quantile(scores, 0.99) == pytest.approx(stats.expon.isf(0.01, scale=2), rel=0.1)
    assert anomalies.of_tail(scores, 0.2) == pytest.approx(anomalies.quantile(scores, 0.8))
    with pytest.raises(UserError, match="150 normal examples are too few to fit their tail; 200 are needed"):
        anomalies.of_tail(scores[:150])


def test_the_best_f1_is_the_best_of_all_thresholds(generator):
    anomalous = torch.rand(200, generator=generator) < 0.2
    scores = (torch.randn(200, generator=generator) + 1.5 * anomalous).mul(4).round()  # with ties
    best = anomalies.at(scores, anomalous, anomalies.f1_best(scores, anomalous)).f1
    each = [sklearn_metrics.f1_score(anomalous, scores > value) for value in [-100, *scores.unique().tolist()]]
    assert best == pytest.approx(max(each))
    few = torch.tensor([3.0, 2.0, 1.0]), torch.tensor([False, True, True])
    assert anomalies.at(*few, anomalies.f1_best(*few)).f1 == pytest.approx(0.8)  # all are flagged, the lowest too
    with pytest.raises(UserError, match="No example is labelled as an anomaly"):
        anomalies.f1_best(scores, torch.zeros(200, dtype=torch.bool))


def test_counts_are_scikit_learns(generator):
    anomalous = torch.rand(300, generator=generator) < 0.3
    scores = torch.randn(300, generator=generator) + anomalous
    for threshold in (-5.0, 0.2, 1.0, 9.0):
        found, flagged = anomalies.at(scores, anomalous, threshold), scores > threshold
        expected = sklearn_metrics.confusion_matrix(anomalous, flagged).ravel().tolist()
        counts = [found.true_negatives, found.false_positives, found.false_negatives, found.true_positives]
        assert counts == expected
        scored = sklearn_metrics.precision_recall_fscore_support(anomalous, flagged, average="binary", zero_division=0)
        assert (found.precision, found.recall, found.f1) == pytest.approx(scored[:3])


def test_an_event_counts_once_and_a_flag_beside_it_is_no_false_alarm():
    anomalous = torch.tensor([0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]).bool()
    scores = torch.tensor([0, 0, 0, 0, 9, 9, 9, 0, 9, 9, 0, 0, 0, 0, 9, 0.0])
    found = anomalies.found_at(scores, anomalous, 1.0, step=3600)
    assert (found.events, found.events_found, found.false_alarms) == (2, 1, 2)
    assert found.delay == 2 * 3600 and found.days == pytest.approx(16 / 24)
    assert found.false_alarms_per_day == pytest.approx(3)
    assert found.true_positives == 2 and found.recall == pytest.approx(2 / 6)  # nothing is adjusted
    assert found.cost(miss=10, false_alarm=1) == 12
    nothing = anomalies.found_at(scores, anomalous, 100.0)
    assert nothing.events_found == 0 and nothing.delay is None and nothing.false_alarms_per_day is None
    assert anomalies.at(scores, anomalous, 1.0).cost(miss=10, false_alarm=1) == 10 * 4 + 4
