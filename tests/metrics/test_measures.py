"""What metrics say of their numbers: each of them, of numbers that are there, in words."""

import pytest
import torch

from vae_core import anomalies, metrics
from vae_core.data import DataSpec, Split
from vae_core.likelihoods import bernoulli, gaussian
from vae_core.metrics import ABOUT, METRICS, NEEDS, Measure
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp

SPEC = DataSpec("toy", "image", (1, 4, 4), ("a", "b"), ("size", "place"))
CONFIG = ModelConfig(mlp.Config((8,)), bernoulli.Config(), 3)
EVERY = [measure for own in metrics.measures().values() for measure in own] + list(anomalies.MEASURES)
LONG = {"importance": {"samples": 2}, "dci": {"trees": 2}, "factor_score": {"votes": 10}, "smoothness": {"paths": 3}}


@pytest.fixture(scope="module")
def measured():
    """All that the metrics say of an untrained model."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = Model(CONFIG, SPEC)
    y, factors = torch.arange(40) % 2, torch.rand(40, 2, generator=generator)
    split = Split(torch.randint(0, 256, (40, 1, 4, 4), dtype=torch.uint8, generator=generator), y, factors)
    encoded = metrics.encode_split(model, split)
    found = {
        entry.name: METRICS.build(entry.config(**LONG.get(entry.name, {})), model, split, encoded) for entry in METRICS
    }
    return found, split, encoded


@pytest.mark.parametrize("name", METRICS.names)
def test_a_metric_says_what_its_numbers_mean(name, measured):
    own = metrics.measures()[name]
    wanted = {measure.key for measure in own if measure.lacks(CONFIG, SPEC) is None}
    assert wanted <= measured[0][name].keys(), "what a model does not lack is measured"
    assert all(isinstance(measured[0][name][key], (int, float)) for key in wanted)


def test_measures_are_words_for_a_table():
    assert len({measure.key for measure in EVERY}) == len({measure.title for measure in EVERY}) == len(EVERY)
    for measure in EVERY:
        assert measure.about in ABOUT and set(measure.needs) <= NEEDS.keys()
        assert measure.better in (None, "lower", "higher")
        assert "_" not in measure.title + measure.says and measure.says.endswith(".")


def test_what_a_model_lacks_is_said_in_words():
    plain = DataSpec("plain", "image", (1, 4, 4))
    elbo, mig = (next(each for each in EVERY if each.key == key) for key in ("elbo", "mig"))
    assert elbo.lacks(CONFIG, plain) is None
    assert elbo.lacks(ModelConfig(mlp.Config(), gaussian.Config(), 3, variational=False), plain) == "no posterior"
    assert mig.lacks(CONFIG, plain) == "no factors" and mig.lacks(CONFIG, SPEC) is None


def test_codes_are_enough_for_some_metrics(measured):
    everything, split, encoded = measured
    found = metrics.of_codes(encoded, Split(torch.zeros(40, 0), split.y, split.factors))
    assert {"linear_probe_accuracy", "one_class_auc", "mig_of_draws", "factor_score"} <= found.keys()
    assert found["one_class_auc"] == everything["one_class"]["one_class_auc"]


def test_a_plain_measure_asks_for_nothing():
    assert Measure("key", "Title", "It says.", "code").lacks(CONFIG, SPEC) is None
