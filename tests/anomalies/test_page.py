"""What the Anomalies page downloads: scores, a fitted threshold, and the series with what the model makes of it."""

import pytest
import torch
from safetensors.torch import load

from components.anomalies import routes
from components.anomalies.scoring import _averaged, _spread, available, scores
from tests.routes import ask
from vae_core import anomalies, checkpoints
from vae_core.latent.typicality import Typicality

NAME = "digits-vae-2d"


def get(what: str, query: str = "", name: str = NAME):
    return ask(routes.routes, "GET", f"{routes.url(what, checkpoints.load(name))}{query}")


def test_scores_are_those_of_the_stored_examples():
    checkpoint = checkpoints.load(NAME)
    latents = checkpoint.load_latents()
    answer = get("scores")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    found = load(answer.content)
    expected = anomalies.of_parts(latents.nll, latents.posterior, Typicality.of(latents.posterior))
    assert set(found) == {"y", *expected}
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values.float())
    assert available(checkpoints.load("mnist-ae-2d")) == ["nll", "density"]  # a code without a posterior has no KL


@pytest.mark.parametrize("name", ["taxi-conv1d", "waves-lstm-vae", "intrusion-vae"])
def test_the_page_scores_what_the_model_card_was_measured_on(name):
    checkpoint = checkpoints.load(name)
    anomalous = checkpoint.load_latents().y != checkpoint.spec.normal
    for score in ("neg_elbo", "nll", "kl"):
        values = scores(checkpoint)[score]
        auc, precision = anomalies.told_apart(values, anomalous)
        assert auc == pytest.approx(checkpoint.metrics[f"auc_{score}"], abs=2e-3)
        assert precision == pytest.approx(checkpoint.metrics[f"average_precision_{score}"], abs=2e-3)


def test_a_threshold_is_fitted_to_the_classes_that_are_normal():
    checkpoint = checkpoints.load(NAME)
    y = checkpoint.load_latents().y
    expected = anomalies.of_tail(scores(checkpoint)["nll"][y > 1])
    assert get("tail", "?score=nll&normal=2,3,4,5,6,7,8,9").json() == {"threshold": pytest.approx(expected)}
    assert get("tail", "?score=nll").json()["threshold"] != pytest.approx(expected)
    few = get("tail", "?score=nll&normal=4")
    assert few.status_code == 200 and "normal examples are too few to fit their tail" in few.json()["reason"]


@pytest.mark.parametrize(
    ("what", "query", "sentence"),
    [
        ("tail", "?score=best", "score must be one of neg_elbo, nll, kl, density"),
        ("tail", "?score=nll&normal=0,10", "numbers from 0 to 9"),
        ("tail", "?score=nll&normal=", "numbers from 0 to 9"),
        ("series", "", "is not at hand"),
        ("nothing", "", "There is no such file"),
    ],
)
def test_what_cannot_be_given_gets_a_sentence(what, query, sentence):
    answer = get(what, query)
    assert answer.status_code == 404 and sentence in answer.text
    assert ask(routes.routes, "GET", f"/anomalies/scores/{NAME}/0000").status_code == 404


def test_few_windows_cover_every_step_and_are_averaged():
    first = torch.cat([torch.arange(30), torch.arange(60, 90)])
    chosen = _spread(first, 4)
    assert len(chosen) < 20
    covered = _averaged(torch.ones(len(chosen), 1, 8), first[chosen])[:, 0]
    assert (
        covered[:37].eq(1).all() and covered[37:60].isnan().all() and covered[60:97].eq(1).all() and len(covered) == 97
    )
    two = torch.tensor([[[1.0, 1, 1]], [[3.0, 3, 3]]])
    assert _averaged(two, torch.tensor([0, 1]))[:, 0].tolist() == [1, 2, 2, 3]
