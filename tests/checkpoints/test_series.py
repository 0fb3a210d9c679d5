"""The shipped models that differ in β alone: what the slider on Compare goes through."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from checkpoints.recipes import BETAS, RECIPES, SERIES
from vae_core import checkpoints, jobs
from vae_core.errors import UserError
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.metrics import measure
from vae_core.training import TrainConfig


@pytest.fixture(scope="module")
def series():
    """By rising β."""
    return [checkpoints.load(name) for name in SERIES]


def test_every_recipe_has_its_model_which_is_found_by_name_and_listed_nowhere(series):
    assert {each.name for each in checkpoints.find((checkpoints.SERIES,))} == set(SERIES)
    assert [each.path for each in series] == [checkpoints.SERIES / name for name in SERIES]
    assert not set(SERIES) & ({each.name for each in checkpoints.find()} | set(RECIPES))
    for each in series:
        each.verify()
        assert each.train_config == SERIES[each.name] and len(each.history) == each.train_config.epochs
        assert sum(path.stat().st_size for path in each.path.iterdir()) < 300_000


def test_they_differ_in_beta_alone(series):
    assert [each.train_config.objective.beta for each in series] == sorted(BETAS)
    plain = {replace(config.objective, beta=1.0) for config in (each.train_config for each in series)}
    assert len(plain) == 1
    assert len({replace(each.train_config, objective=plain.copy().pop()) for each in series}) == 1


def test_the_rate_falls_and_the_distortion_rises_with_beta(series):
    """From sharp pictures, over the best bound at β = 1, to the collapse, where every z is decoded to the same."""
    kl, nll = ([each.metrics[name] for each in series] for name in ("kl", "nll"))
    assert kl == sorted(kl, reverse=True) and nll == sorted(nll)
    assert min(a - b for a, b in pairwise(kl)) > 0.5  # apart enough to be seen on a plane
    bounds = [a + b for a, b in zip(kl, nll, strict=True)]
    assert BETAS[bounds.index(min(bounds))] == 1.0
    in_use = [sum(value >= INACTIVE_KL for value in each.metrics["kl_per_dim"]) for each in series]
    assert in_use == sorted(in_use, reverse=True) and (in_use[0], in_use[-1]) == (8, 0)


def test_they_measure_what_their_folders_say(series, digits):
    for each in series:
        kept = json.loads((each.path / "metrics.json").read_text())
        measured = measure(each.load_model(), digits.test)
        for name in ("kl", "nll", "elbo", "kl_per_dim"):
            assert kept[name] == pytest.approx(measured[name], rel=1e-3, abs=1e-5), (each.name, name)


def test_no_training_takes_one_of_their_names(tmp_path):
    with pytest.raises(UserError, match="already a digits-8d-beta-1 in"):
        jobs.start(TrainConfig(), "digits-8d-beta-1", root=tmp_path)
    assert not jobs.find(tmp_path)
