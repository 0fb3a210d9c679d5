"""The plane and the slider: the Python side of rate.js."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.compare.rate import rated
from components.compare.rate.rated import Bench, Rated
from components.shared.app import models, words
from components.shared.app.assets import module_url
from components.shared.app.colors import run_color
from components.shared.app.live import brief, declare
from components.shared.app.uncut import uncut
from components.shared.bring.examples import originals_url
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.files import through_classes
from vae_core.kinds import unit

POLL_SECONDS = 1.0
KEY, FOLLOWED = "plane of", "plane of the compared"
COLUMNS, SETS = 10, 10
"""Pictures in a row under the slider, and how many rows of them there are to go through."""

_component = declare(
    "rate_distortion", "Rate and distortion", "rd", "shared/latent/sliders.css", "compare/rate/rate.css"
)


def rate_and_distortion(compared: Sequence[str]) -> None:
    """The plane of a data set that is chosen here: first that of the `compared` ones. While a training runs that has a
    place on it, only this part reruns."""
    found = rated.everything()
    benches = rated.benches(found)
    if not benches:
        return
    st.subheader("Rate and distortion", anchor=False)
    st.caption(
        "KL is what the code costs, NLL what is lost in spite of it. Along a diagonal one is traded for the other and "
        "−ELBO stays the same; lower is better."
    )
    bench = _chosen(found, benches, compared)
    running = bool(rated.training_on(bench))
    with st.container():  # it keeps the fragment's place
        st.fragment(_plane, run_every=POLL_SECONDS if running else None)(bench, benches[bench], list(compared), running)


def _chosen(found: Sequence[Checkpoint], benches: dict[Bench, str], compared: Sequence[str]) -> Bench:
    """Ask for the data set; another choice of what is compared is followed."""
    theirs = [rated.bench_of(each.train_config) for each in found if each.name in compared]
    wanted = next((benches[bench] for bench in theirs if bench in benches), None)
    usual = next((benches[rated.bench_of(each.train_config)] for each in found if _in_series(each)), None)
    titles = list(benches.values())
    if wanted and st.session_state.get(FOLLOWED) != wanted:
        st.session_state[KEY] = st.session_state[FOLLOWED] = wanted
    if st.session_state.get(KEY) not in titles:
        st.session_state[KEY] = wanted or usual or titles[0]
    title = st.selectbox("Data", titles, key=KEY, persist_state="session", width=360)
    if usual and title != usual:
        st.button(f"To the slider over β ({usual})", on_click=_choose, args=(usual,), type="tertiary")
    return next(bench for bench, each in benches.items() if each == title)


def _in_series(checkpoint: Checkpoint) -> bool:
    return checkpoint.path.parent == checkpoints.SERIES


@uncut()
def _choose(title: str) -> None:
    st.session_state[KEY] = title


def _plane(bench: Bench, title: str, compared: list[str], was_running: bool) -> None:
    found, training = rated.everything(), rated.training_on(bench)
    places = rated.rated(found, bench, training)
    series = rated.series(places)
    colors = {name: run_color(i) for i, name in enumerate(compared)}
    first = series[0].checkpoint if series else None
    data = {
        "module": module_url("compare/rate/rate.js"),
        "decode_url": "/decode",
        "unit": words.prepared(places[0].checkpoint.train_config, unit(places[0].checkpoint.spec)) if places else "",
        "points": [_point(place, colors) for place in places],
        "left_out": rated.left_out(found, bench),
        "series": [place.name for place in series] if len(series) > 1 else [],
        "originals": first and originals_url(first),
        "examples": _examples(first) if first else [],
    }
    _component(data=data, key=f"plane of {title}")
    if was_running and not training:
        st.rerun()  # it has ended: this part stops polling


def _point(place: Rated, colors: dict[str, str]) -> dict[str, Any]:
    checkpoint = place.checkpoint
    return {
        "model": brief(checkpoint),
        "name": place.name,
        "label": place.name if place.beta is None else f"β {place.beta:g}",
        "beta": place.beta,
        "kl": place.kl,
        "nll": place.nll,
        "kl_per_dim": checkpoint.metrics["kl_per_dim"] if place.beta is not None else None,
        "epoch": place.epoch,
        "color": colors.get(place.name),
        "conditional": checkpoint.train_config.conditional,
    }


def _examples(checkpoint: Checkpoint) -> list[list[int]]:
    """Rows of held-out examples that go through the classes."""
    picked = through_classes(models.latents(checkpoint).y, COLUMNS * SETS).tolist()
    return [picked[i : i + COLUMNS] for i in range(0, len(picked), COLUMNS)]
