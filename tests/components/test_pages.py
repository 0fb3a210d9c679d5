"""The pages as Streamlit scripts: what is on them before the browser's part begins, and what a wrong state says."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.shared.app import models
from components.shared.app.addresses import visits
from vae_core import checkpoints, fits
from vae_core.projections import PROJECTIONS

ROUTER = Path(__file__).parents[2] / "pages" / "router.py"


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROUTER), default_timeout=30)


def shown_model(app: AppTest) -> str:
    return app.session_state[visits.VISIT].model


def test_the_first_page_is_explore_with_a_shipped_mnist_model(app):
    app.run()
    assert not app.exception
    assert app.title[0].value == "Explore"
    assert shown_model(app) == "mnist-vae-2d"
    assert "−ELBO 137.9 nats/image" in app.caption[1].value


def test_a_link_selects_a_model_and_a_wrong_one_says_so(app):
    app.query_params["checkpoint"] = "digits-vae-2d"
    app.run()
    assert shown_model(app) == "digits-vae-2d"
    app.query_params["checkpoint"] = "no such"
    app.run()
    assert "no such" in app.warning[0].value
    assert not app.exception


def test_a_number_that_is_not_allowed_is_said_and_nothing_starts(app):
    app.run()
    app.switch_page("train.py").run()
    app.number_input(key="train training latent_dim").set_value(100_000).run()
    assert "Latent size cannot be 100000; allowed: a whole number from 1 to 512." in app.error[0].value
    assert next(button for button in app.button if button.label == "Start training").disabled
    app.number_input(key="train training latent_dim").set_value(3).run()
    assert not app.error and not app.exception


def test_a_mistake_in_one_field_does_not_lose_the_others(app):
    app.run()
    app.switch_page("train.py").run()
    app.number_input(key="train training epochs").set_value(77)
    app.number_input(key="train training seed").set_value(5).run()
    app.text_input(key="train network mlp hidden").set_value("many").run()  # the seed's field comes after it
    assert "Hidden layers" in app.error[0].value
    app.selectbox(key="train dataset").set_value("folder").run()  # nothing comes after it
    app.selectbox(key="train dataset").set_value("digits").run()
    app.text_input(key="train network mlp hidden").set_value("32").run()
    kept = {name: app.number_input(key=f"train training {name}").value for name in ("latent_dim", "epochs", "seed")}
    assert kept == {"latent_dim": 2, "epochs": 77, "seed": 5} and not app.error


def test_a_line_is_no_map(app, monkeypatch):
    current = models.current

    def with_one_dimension():
        checkpoint = current()
        return replace(checkpoint, train_config=replace(checkpoint.train_config, latent_dim=1))

    monkeypatch.setattr(models, "current", with_one_dimension)
    app.run()
    app.switch_page("latent_map.py").run()
    assert "one latent dimension" in app.info[0].value
    assert not app.exception


def test_a_model_of_pictures_makes_no_levels_and_those_that_do_are_offered(app):
    app.run()
    app.switch_page("levels.py")
    app.query_params["checkpoint"] = "mnist-vae-2d"
    app.run()
    assert not app.exception
    assert "This model was not trained on levels" in app.info[0].value
    app.query_params.pop("checkpoint")
    app.run()
    assert shown_model(app) == "mario-vae" and not app.info
    assert (app.query_params["seed"], app.query_params["windows"]) == ("5", "12")


def test_anomalies_lead_to_a_training_on_ones_own_series(app):
    app.run()
    app.switch_page("anomalies.py")
    app.query_params.pop("checkpoint")
    app.run()
    assert shown_model(app) == "taxi-conv1d" and not app.exception
    app.button(key="bring a series").click().run()
    assert not app.exception and app.title[0].value == "Train"
    assert app.selectbox(key="train dataset").value == "csv"
    assert "Drop a table into the field below" in app.info[0].value


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"seed": "-1"}, "link's seed does not fit: a whole number from 0 to 999999"),
        ({"seed": "½"}, "link's seed does not fit"),
        ({"windows": "2"}, "link's windows does not fit: a whole number from 3 to 20"),
        ({"windows": "21"}, "link's windows does not fit"),
        ({"step": "1.6"}, "link's step does not fit: a number of radians from 0 to 1.571"),
        ({"step": "nan"}, "link's step does not fit"),
        ({"between": "e1"}, "link's two points do not fit mario-vae"),
        ({"between": "e1~e99999"}, "link's two points do not fit mario-vae"),
        ({"between": "e1~0.5,0.5"}, "link's two points do not fit mario-vae"),
        ({"shifts": "0,0,0,0,0,0,0,0"}, "link's shifts do not fit mario-vae: at most 7 numbers from −3 to 3"),
        ({"shifts": "4"}, "link's shifts do not fit mario-vae"),
        ({"moved": "3:0.5"}, "link's moved windows do not fit mario-vae"),
        ({"moved": "20:" + ",".join(["0"] * 16)}, "link's moved windows do not fit mario-vae"),
        ({"moved": "x"}, "link's moved windows do not fit mario-vae"),
    ],
)
def test_each_wrong_part_of_a_link_to_a_level_gets_a_sentence(app, query, sentence):
    app.query_params["checkpoint"] = "mario-vae"
    app.run()
    app.switch_page("levels.py")
    app.query_params.update({"checkpoint": "mario-vae"} | query)
    app.run()
    assert not app.exception
    assert [sentence in warning.value for warning in app.warning] == [True]


def test_a_wrong_link_to_a_projection_is_said_and_the_usual_map_shown(app):
    app.query_params["checkpoint"] = "digits-vae-2d"
    app.run()
    app.switch_page("projection.py")
    app.query_params.update(
        {"checkpoint": "digits-vae-2d", "map": "nope", "dims": "4", "color": "red", "window": "1,0,1,0"}
    )
    app.run()
    assert not app.exception
    assert sorted(warning.value.partition(" does not fit")[0] for warning in app.warning[:3]) == [
        "The link's color",
        "The link's dims",
        "The link's map",
    ]
    assert "There is no projection 'nope'; there are: pca, tsne, umap." in " ".join(each.value for each in app.warning)


def test_a_failed_fit_says_why_and_can_be_tried_again(app, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path)
    config = PROJECTIONS["tsne"].config(seed=77)
    folder = fits.place(checkpoints.load("digits-vae-2d"), config, 2)
    folder.mkdir(parents=True)
    fits.State("failed", 1, "There is not enough memory for this map.").write(folder)
    app.query_params["checkpoint"] = "digits-vae-2d"
    app.run()
    app.switch_page("projection.py")
    app.query_params.update({"checkpoint": "digits-vae-2d", "map": "tsne", "fit": "seed:77"})
    app.run()
    assert not app.exception
    assert app.error[0].value == "The last fit failed. There is not enough memory for this map."
    assert app.button(key="fit a").label == "Fit t-SNE"


@pytest.mark.parametrize(
    ("page", "query", "sentences"),
    [
        ("explore", {"checkpoint": "nope"}, ["There is no model called “nope”"]),
        ("explore", {"z": "1"}, ["point z does not fit"]),
        ("explore", {"z": "1,x"}, ["point z does not fit"]),
        ("explore", {"z": "nan,1"}, ["point z does not fit"]),
        ("explore", {"checkpoint": "mnist-cvae", "y": "11"}, ["does not fit"]),
        (
            "latent_map",
            {"axes": "0,pc1", "window": "2,1,0,1", "hide": "12", "path": "1,2,3"},
            ["link's axes", "link's window", "link's hide", "link's path"],
        ),
        ("latent_map", {"axes": "1,1", "layers": "", "fade": "1"}, ["link's axes", "link's layers", "link's fade"]),
        (
            "arithmetic",
            {"points": "e99999~e1", "mode": "sums"},
            ["Not all of the link's points fit", "between, palette, concept, analogy or mean is needed"],
        ),
        ("arithmetic", {"mode": "concept", "towards": "c99", "away": "c1"}, ["has no such group here"]),
        (
            "anomalies",
            {"score": "best", "threshold": "high", "anomalies": "0,10", "miss": "-1", "alarm": "nan"},
            ["link's score", "link's threshold", "link's anomalies", "link's miss", "link's alarm"],
        ),
        ("anomalies", {"anomalies": "0,1,2,3,4,5,6,7,8,9"}, ["link's anomalies do not fit"]),
    ],
)
def test_each_wrong_part_of_a_link_gets_a_sentence(app, page, query, sentences):
    app.query_params.update({"checkpoint": "mnist-vae-2d"})
    app.run()
    app.switch_page(f"{page}.py")
    app.query_params.update({"checkpoint": "mnist-vae-2d"} | query)
    app.run()
    assert not app.exception
    said = [warning.value for warning in app.warning]
    assert all(any(sentence in each for each in said) for sentence in sentences), said
