"""What may change while a training runs: a field for each live option, and what a change says and does."""

import pytest
from streamlit.testing.v1 import AppTest

from components.shared.people import visitors
from components.train.live_values import live_options
from vae_core import jobs, owners
from vae_core.networks import mlp
from vae_core.objectives import beta_vae, vae
from vae_core.training import TrainConfig

STEERED = TrainConfig(
    network=mlp.Config(hidden=(8,)), objective=beta_vae.Config(beta=4.0), epochs=100_000, schedule="one_cycle", lr=2e-3
)


def test_an_objective_adds_its_own_options():
    assert {name: value for name, (_, value) in live_options(STEERED).items()} == {"lr": 2e-3, "beta": 4.0}
    assert list(live_options(TrainConfig(objective=vae.Config()))) == ["lr"]


SECRET = "s" * 43  # of the visitor whose training it is


@pytest.fixture
def paused(tmp_path):
    job = jobs.start(STEERED, "steered", root=tmp_path, owner=owners.owner_of(SECRET)).pause()
    yield job
    job.delete()


def test_a_field_changes_the_job_and_what_is_not_allowed_gets_a_sentence(paused):
    def script(root):
        from pathlib import Path

        from components.train.live_values import live_fields
        from vae_core import jobs

        live_fields(jobs.get("steered", Path(root)), [{"lr": 0.00123}])

    app = AppTest.from_function(script, kwargs={"root": str(paused.path.parent)}, default_timeout=30)
    app.session_state[visitors.WITHOUT_COOKIES] = SECRET
    app.run()
    rate, beta = app.number_input
    assert [(field.label, field.value) for field in (rate, beta)] == [("Learning rate", 2e-3), ("β", 4.0)]
    assert app.caption[0].value == "Learning rate in the last epoch: 0.0012."
    beta.set_value(0.5).run()
    assert paused.refresh().live == {"beta": 0.5}
    assert app.caption[0].value.endswith("From the next batch on: β 0.5.")
    rate.set_value(7.0).run()
    assert "Learning rate cannot be 7" in app.toast[0].value
    assert paused.refresh().live == {"beta": 0.5} and not app.exception

    app.session_state[visitors.WITHOUT_COOKIES] = "t" * 43
    beta.set_value(0.25).run()
    assert "Started by someone else in the class." in app.toast[0].value
    assert paused.refresh().live == {"beta": 0.5}
