"""What "Random" draws from, as a link has it and as the page gets it."""

import pytest
import torch
from safetensors.torch import load
from streamlit.testing.v1 import AppTest

from components.shared.app import assets
from tests.routes import ask
from vae_core import checkpoints, samplers
from vae_core.samplers import SAMPLERS

PLAIN, AUTOENCODER, CONDITIONAL = "mnist-vae-2d", "mnist-ae-2d", "mnist-cvae"


def script(checkpoint: str) -> None:
    """A page as far as the sampler is concerned: the run of a visit, with what a user chose in it before."""
    import streamlit as st

    from components.shared.app import samplers
    from components.shared.app.addresses import visits
    from vae_core import checkpoints

    model = checkpoints.load(checkpoint)
    visits.begin("explore")
    st.session_state["found"] = chosen = samplers.chosen(model)
    st.session_state["offered"] = samplers.offered(model, chosen)
    st.session_state["said"] = samplers.parameters(model)
    visits.end()


def run(app: AppTest, found: str, said: dict[str, str]) -> None:
    app.run()
    assert not app.exception
    assert (app.session_state["found"], app.session_state["said"]) == (found, said)


def opened(checkpoint: str, **link: str) -> AppTest:
    app = AppTest.from_function(script, kwargs={"checkpoint": checkpoint})
    app.query_params.update(link)
    return app


def test_a_model_has_its_own_sampler_until_another_one_is_chosen():
    for checkpoint, usual in ((PLAIN, "prior"), (CONDITIONAL, "prior"), (AUTOENCODER, "mixture")):
        app = opened(checkpoint)
        run(app, usual, {})
        app.session_state["sampler"] = "aggregated_posterior"
        run(app, "aggregated_posterior", {"sampler": "aggregated_posterior"})
        app.session_state["sampler"] = usual
        run(app, usual, {})  # which a link need not say


def test_a_link_says_the_sampler_once_and_then_the_user_does():
    app = opened(AUTOENCODER, sampler="prior")
    run(app, "prior", {"sampler": "prior"})
    assert not app.warning
    app.session_state["sampler"] = "mixture"
    run(app, "mixture", {})  # though the address still has the other one


@pytest.mark.parametrize("damaged", ["piror", "", "prior,mixture", "../mixture", "Prior"])
def test_a_damaged_sampler_gets_a_sentence_and_the_models_own_is_taken(damaged):
    app = opened(PLAIN, sampler=damaged)
    run(app, "prior", {})
    (warning,) = app.warning
    assert warning.value == (
        "The link's sampler does not fit mnist-vae-2d: aggregated_posterior, mixture or prior is needed."
    )


def test_what_is_offered_says_what_it_draws_from_and_where_that_is():
    for checkpoint in (PLAIN, AUTOENCODER):
        app = opened(checkpoint)
        app.run()
        prior, *others = app.session_state["offered"]["all"]
        assert [each["title"] for each in (prior, *others)] == ["Prior", "Aggregated posterior", "Gaussian mixture"]
        assert all(each["caption"] == SAMPLERS[each["name"]].caption for each in (prior, *others))
        mean = checkpoints.load(AUTOENCODER).load_latents().posterior.mu.mean(0)
        expected = mean.tolist() if checkpoint == AUTOENCODER else [0, 0]
        assert prior["gaussians"]["means"] == pytest.approx(expected, rel=1e-5) and "url" not in prior
        assert ("has no prior" in prior["note"]) == (checkpoint == AUTOENCODER)
        assert all(each["url"].startswith(f"/assets/samplers/{each['name']}/{checkpoint}/") for each in others)


def test_the_page_gets_what_python_fits_class_by_class():
    checkpoint = checkpoints.load(CONDITIONAL)
    url = assets.sampler_url(checkpoint, "aggregated_posterior")
    answer = ask(assets.routes, "GET", url)
    assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    latents = checkpoint.load_latents()
    expected = samplers.for_page(SAMPLERS["aggregated_posterior"].config(), latents.posterior, latents.y)
    found = load(answer.content)
    assert found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)
    unknown = ask(assets.routes, "GET", assets.sampler_url(checkpoint, "nonsense"))
    assert unknown.status_code == 404 and "There is no sampler 'nonsense'" in unknown.text
    assert ask(assets.routes, "GET", url.replace(checkpoint.digest[:16], "0" * 16)).status_code == 404
