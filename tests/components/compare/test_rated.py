"""The rate–distortion plane: which models stand on it, where, and what is said of the others."""

import json
from dataclasses import replace

import pytest

from components.compare.rate import rated
from components.shared.app import live
from vae_core import checkpoints
from vae_core.datasets import digits
from vae_core.likelihoods import gaussian
from vae_core.objectives import OBJECTIVES


@pytest.fixture(scope="module")
def found():
    return rated.everything()


def bench(name):
    return rated.bench_of(checkpoints.load(name).train_config)


@pytest.mark.parametrize("name", ["digits-vae-2d", "mnist-vae-2d"])
def test_the_points_are_those_of_metrics_json(found, name):
    places = rated.rated(found, bench(name), {})
    assert name in {place.name for place in places}
    for place in places:
        kept = json.loads((place.checkpoint.path / "metrics.json").read_text())
        assert (place.kl, place.nll, place.epoch) == (kept["kl"], kept["nll"], None)
        assert place.checkpoint.train_config.dataset == checkpoints.load(name).train_config.dataset


def test_the_series_stands_on_the_plane_of_its_data_by_rising_beta(found):
    series = rated.series(rated.rated(found, bench("digits-vae-2d"), {}))
    assert [place.beta for place in series] == [0.1, 0.5, 1.0, 2.0, 4.0]
    assert rated.series(rated.rated(found, bench("mnist-vae-2d"), {})) == []


def test_what_has_no_kl_is_named_in_a_sentence(found):
    mnist = bench("mnist-vae-2d")
    assert "mnist-ae-2d" not in {place.name for place in rated.rated(found, mnist, {})}
    sentence = rated.left_out(found, mnist)
    assert sentence.startswith("Not on the plane") and sentence.endswith("beside it: mnist-ae-2d (Autoencoder).")
    assert rated.left_out(found, bench("digits-vae-2d")) == ""


def test_many_are_counted(found):
    plain = next(each for each in found if each.name == "mnist-ae-2d")
    sentence = rated.left_out([plain] * 9, rated.bench_of(plain.train_config))
    assert sentence.count("mnist-ae-2d") == 6 and sentence.endswith(" and 3 more.")


@pytest.mark.parametrize("name", OBJECTIVES.names)
def test_only_what_minimises_both_has_a_place(name):
    config = replace(checkpoints.load("digits-vae-2d").train_config, objective=OBJECTIVES[name].config())
    without = {"autoencoder", "contractive", "language_model", "gan", "vae_gan"}
    assert rated.has_rate(config) == (name not in without)


def test_nats_compare_where_data_and_likelihood_are_the_same(found):
    """Each bench has a name of its own."""
    plain = next(each for each in found if each.name == "digits-vae-2d")

    def other(name="other", **changes):
        path, config = plain.path.with_name(name), replace(plain.train_config, **changes)
        return replace(plain, path=path, train_config=config)

    others = [
        other(likelihood=gaussian.Config()),
        other(dataset=digits.Config(binarise=True)),
        other(dataset=digits.Config(split_seed=7)),
    ]
    titles = list(rated.benches([plain, *others]).values())
    assert len(set(titles)) == 4
    assert {"Small handwritten digits, Gaussian", "Small handwritten digits, binarised"} <= set(titles)
    assert [place.checkpoint for place in rated.rated([plain, *others], rated.bench_of(plain.train_config), {})] == [
        plain
    ]


def test_what_draws_needs_no_encoded_examples():
    """`brief` is the part of `described` that a model without stored examples has."""
    checkpoint = checkpoints.load("digits-8d-beta-1")
    sent = live.brief(checkpoint)
    assert sent.items() <= live.described(checkpoint).items()
    assert "directions" not in sent and len(json.dumps(sent)) < 700
