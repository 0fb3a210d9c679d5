"""The Anomalies component: the Python side of anomalies.js."""

import streamlit as st

from components.anomalies import routes
from components.anomalies.links import AnomaliesView
from components.anomalies.scoring import available
from components.shared.app import models
from components.shared.app.addresses.links import View
from components.shared.app.buttons import button
from components.shared.app.live import declare, scene
from components.shared.app.uncut import uncut
from components.shared.bring import series
from components.shared.bring.examples import n_originals, originals_url
from vae_core import anomalies as core
from vae_core.checkpoints import Checkpoint
from vae_core.likelihoods import LIKELIHOODS

PREFERRED = ("taxi-conv1d", "intrusion-vae", "waves-lstm-vae")
"""A link without a model opens the first of these that exists."""


def usual() -> list[str]:
    """The models that the page opens with, the first that exists: those with anomalies held out to be found."""
    return [*PREFERRED, *(checkpoint.name for checkpoint in models.suiting(lambda each: each.spec.normal is not None))]


BETTER = {
    "ec2_latency": ("PCA of windows", 0.483, 0.444),
    "ambient_temperature": ("the distance from the mean, |z|,", 0.351, 0.296),
}
"""By dataset, the baseline that finds more than a VAE did, and the average precision of both (docs/anomalies.md)."""

STYLES = ("anomalies/anomalies.css", "anomalies/found.css", "anomalies/series/timeline.css", "anomalies/examples.css")

_component = declare("anomalies", "Anomalies", "an", *STYLES)


def anomalies(checkpoint: Checkpoint, view: View, seen: AnomaliesView) -> tuple[View, AnomaliesView] | None:
    """Show the scores of a model's held-out examples and their threshold, starting at what the link says.

    Returns where the user last came to rest, or None before.
    """
    config, spec = checkpoint.train_config, checkpoint.spec
    result = scene(
        _component,
        "anomalies",
        "anomalies/anomalies.js",
        checkpoint,
        view,
        urls={what: routes.url(what, checkpoint) for what in ("scores", "series", "tail")},
        originals=originals_url(checkpoint),
        n_originals=n_originals(checkpoint),
        likelihood={
            "name": LIKELIHOODS.to_json(config.likelihood)["name"],
            **models.loaded(checkpoint).likelihood.for_page(),
        },
        scores=[{"id": name, "title": core.SCORES[name]} for name in available(checkpoint)],
        normal=spec.normal,
        advice=_advice(checkpoint),
        seconds=spec.step,
        begin=spec.begin,
        window=spec.shape[-1] if spec.kind == "series" else None,
        follows=models.latents(checkpoint).first is not None,
        seen=vars(seen),
    )
    settled = result.settled
    if not settled:
        return None
    return View(**settled["point"]), AnomaliesView(**settled["seen"])


def _advice(checkpoint: Checkpoint) -> str:
    """What a user should take in this model's place, where that was measured."""
    if checkpoint.spec.name not in BETTER:
        return ""
    baseline, theirs, ours = BETTER[checkpoint.spec.name]
    return (
        f"Take a simpler method for these data: {baseline} finds more than a VAE, with an average precision of "
        f"{theirs} beside {ours} (python -m benchmarks.anomalies)."
    )


def offer_training() -> None:
    """The way to data of the user's own: the Train page, which asks for a table then."""
    label = "Bring your own series: train on a CSV file, and see its anomalies here"
    if button(label, icon=":material/upload_file:", type="tertiary", key="bring a series"):
        with uncut():
            st.session_state[series.WANTED] = True
            st.switch_page("train.py")
