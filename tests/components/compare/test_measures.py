"""Compare's table of metrics: which value is marked, which are not compared and why, and what is missing."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from components.compare import inputs
from components.compare.measures import GAP, _apart, notes, row
from components.shared.app import models
from vae_core import checkpoints, metrics
from vae_core.checkpoints.folder import Checkpoint
from vae_core.likelihoods import gaussian
from vae_core.metrics import Measure

AE, FLAT, DEEP, DIGITS = (
    checkpoints.load(f"{name}") for name in ("mnist-ae-2d", "mnist-vae-2d", "mnist-vae-16d", "digits-vae-2d")
)
ROUTER = Path(__file__).parents[3] / "pages" / "router.py"
MEASURES = {measure.key: measure for own in metrics.measures().values() for measure in own}


def cells(key: str, *found: Checkpoint, **changed: float):
    return row(MEASURES[key], found, [each.metrics | changed for each in found])


def test_the_lower_elbo_is_better_and_an_autoencoder_has_none():
    plain, flat, deep = cells("elbo", AE, FLAT, DEEP)
    assert (plain.text, plain.value, plain.best) == ("no posterior", None, False)
    assert (flat.text, flat.best) == ("137.9", False) and (deep.text, deep.best) == ("95.14", True)
    assert deep.value == pytest.approx(-DEEP.metrics["elbo"])


def test_the_higher_accuracy_is_better_and_what_is_no_quality_is_not_marked():
    assert [cell.best for cell in cells("knn_accuracy", AE, FLAT, DEEP)] == [False, False, True]
    assert cells("knn_accuracy", DEEP)[0].text == "94.4%" and not cells("knn_accuracy", DEEP)[0].best
    assert not any(cell.best for cell in cells("kl", FLAT, DEEP))
    assert not any(cell.best for cell in cells("active_units", AE, FLAT, DEEP))


def test_values_that_read_the_same_are_no_better_than_each_other():
    same = [{"knn_accuracy": 0.94401}, {"knn_accuracy": 0.94399}, {"knn_accuracy": 0.9}]
    assert [cell.best for cell in row(MEASURES["knn_accuracy"], [AE, FLAT, DEEP], same)] == [True, True, False]
    assert not any(cell.best for cell in row(MEASURES["knn_accuracy"], [AE, FLAT], same[:2]))


def test_other_examples_and_other_likelihoods_are_not_compared():
    assert [cell.best for cell in cells("nll", FLAT, DEEP, DIGITS)] == [False, True, False], "of 64 pixels, not 784"
    assert "digits-vae-2d were measured on different examples" in notes([FLAT, DEEP, DIGITS])[0]
    config = replace(DEEP.train_config, likelihood=gaussian.Config())
    other = replace(DEEP, train_config=config)
    assert not any(cell.best for cell in cells("nll", FLAT, other))
    assert [cell.best for cell in cells("knn_accuracy", FLAT, other)] == [False, True]
    assert "different likelihoods (" in notes([FLAT, other])[0]
    assert notes([FLAT, DEEP]) == []


def test_numbers_that_were_measured_in_another_way_are_not_compared():
    weighted = [{"iw_nll": 92.6, "iw_samples": 100}, {"iw_nll": 90.0, "iw_samples": 5000}]
    measure = MEASURES["iw_nll"]
    assert not any(cell.best for cell in row(measure, [FLAT, DEEP], weighted))
    assert [cell.best for cell in row(measure, [FLAT, DEEP], [each | {"iw_samples": 9} for each in weighted])] == [
        False,
        True,
    ]


def test_what_was_measured_against_other_data_is_said_and_not_compared():
    digits, noise, unsaid = (
        {"outside_auc_error": 0.83, "outside_against": "letters"},
        {"outside_auc_error": 1.0, "outside_against": "noise"},
        {"outside_auc_error": 0.9},
    )
    measure = MEASURES["outside_auc_error"]
    shown = row(measure, [AE, FLAT], [digits, noise])
    assert [cell.text for cell in shown] == ["0.83 against letters", "1 against noise"]
    assert not any(cell.best for cell in shown) and _apart([measure], [digits, noise])
    assert not any(cell.best for cell in row(measure, [AE, FLAT], [unsaid, unsaid])), "nobody knows against what"
    better = digits | {"outside_auc_error": 0.9}
    assert [cell.best for cell in row(measure, [AE, FLAT, DEEP], [digits, better, noise])] == [False, True, False]
    assert _apart([measure], [digits, better, {}]) == []


def test_a_gap_says_that_it_is_one():
    assert [cell.text for cell in cells("iw_nll", AE, FLAT)] == ["no posterior", GAP]
    assert row(Measure("new", "New", "It is new.", "code", better="lower"), [AE], [{}])[0].text == GAP


def test_models_of_the_same_held_out_examples_are_found():
    assert inputs.groups([AE, DIGITS, FLAT]) == [0, 1, 0]
    shuffled = replace(models.latents(FLAT), y=models.latents(FLAT).y.flip(0))
    assert not torch.equal(shuffled.y, models.latents(AE).y)
    assert inputs.unread(AE, FLAT) is None
    assert (
        inputs.unread(AE, DIGITS)
        == "It reads images of 1 × 8 × 8, not images of 1 × 28 × 28, so it cannot be given the same examples. "
        + inputs.STILL
    )


def opened(runs: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=60)
    app.run()
    app.switch_page("compare.py")
    app.query_params.update({"runs": runs, "see": "metrics"})
    app.run()
    assert not app.exception
    return app


def test_the_page_marks_the_better_value_in_words_and_says_how_to_measure_the_rest():
    app = opened("mnist-ae-2d,mnist-vae-2d,mnist-vae-16d")
    table = app.table[0].value.set_index("Metric")
    assert list(table.columns) == ["mnist-ae-2d", "mnist-vae-2d", "mnist-vae-16d", "Better", "What it says"]
    assert list(table.loc["**NLL, nats/image**"])[:4] == ["127.3", "130.9", "**74.65 ★**", "lower"]
    assert "None" not in table.to_string() and "nan" not in table.to_string()
    assert "Linear probe" not in "".join(table.index)
    assert "evaluate mnist-ae-2d --metrics linear_probe one_class" in app.code[0].value


def test_what_the_stored_codes_tell_is_measured_at_a_press():
    app = opened("digits-vae-2d")
    assert "**Linear probe**" not in app.table[0].value.set_index("Metric").index
    app.button[0].click().run()
    assert "**Linear probe**" in app.table[0].value.set_index("Metric").index
