"""Classes on sides and in clusters: linear probe, one class against all others, and the area under the curve."""

import pytest
import torch
from sklearn.metrics import roc_auc_score

from tests.metrics.test_metrics import build, split_of
from vae_core.metrics.one_class import auc


def test_a_linear_probe_reads_sides_and_not_islands(generator):
    mu = torch.randn(800, 3, generator=generator)
    sides = (mu @ torch.tensor([1.0, -2.0, 0.5]) > 0).long()
    assert build("linear_probe", mu, split_of(800, sides))["linear_probe_accuracy"] > 0.97
    crossed = ((mu[:, 0] > 0) ^ (mu[:, 1] > 0)).long()  # no plane has both of its quarters on one side
    assert build("linear_probe", mu, split_of(800, crossed))["linear_probe_accuracy"] < 0.62
    assert build("knn", mu, split_of(800, crossed))["knn_accuracy"] > 0.85
    assert build("linear_probe", mu, split_of(800)) == {}
    assert build("linear_probe", torch.zeros(800, 3), split_of(800, sides))["linear_probe_accuracy"] < 0.6


def test_area_under_the_curve_as_scikit_learn_has_it(generator):
    usual, strange = torch.randn(200, generator=generator).round(), 1 + torch.randn(150, generator=generator).round()
    truth, scores = [0] * 200 + [1] * 150, torch.cat([usual, strange]).numpy()
    assert auc(usual, strange) == pytest.approx(roc_auc_score(truth, scores))
    assert auc(torch.zeros(3), torch.zeros(5)) == 0.5 and auc(torch.zeros(3), torch.ones(2)) == 1


def test_one_class_at_a_time(generator):
    y = torch.arange(900) % 3
    apart = 20.0 * torch.nn.functional.one_hot(y, 3) + torch.randn(900, 3, generator=generator)
    found = build("one_class", apart, split_of(900, y))
    assert found["one_class_auc"] == pytest.approx(1) and len(found["one_class_auc_per_class"]) == 3
    alike = torch.randn(900, 3, generator=generator)
    assert build("one_class", alike, split_of(900, y))["one_class_auc"] == pytest.approx(0.5, abs=0.06)
    flat = torch.cat([apart, torch.zeros(900, 1)], 1)  # a dimension of no width
    assert build("one_class", flat, split_of(900, y))["one_class_auc"] == pytest.approx(1)
    # A class around another one: only the inner one can be told from the outer by how far it reaches.
    ring = torch.randn(900, 2, generator=generator) * torch.where(y == 0, 0.1, 10.0)[:, None]
    per_class = build("one_class", ring, split_of(900, (y > 0).long()))["one_class_auc_per_class"]
    assert per_class[0] > 0.95 and per_class[1] < 0.2
    assert build("one_class", alike, split_of(900)) == {}
