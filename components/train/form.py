"""The form of a new training: lessons, and fields made from the configs of dataset, network and objective."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import streamlit as st

from components.shared.app import forms
from components.shared.app.buttons import button
from components.shared.app.uncut import uncut
from components.shared.bring import series, uploads
from components.shared.trainings.presets import FIRST, PRESETS, Preset
from components.train.lessons import start
from vae_core import config as configs
from vae_core.datasets import kind_name
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Kind
from vae_core.training import PARTS, TrainConfig

OWN = {
    "csv": series.ask_for_series,
    "folder": uploads.ask_for_pictures,
    "text": uploads.ask_for_sentences,
    "tiles": uploads.ask_for_levels,
}
"""The datasets that read what users bring, and what asks for the files. None takes a path from a page."""
ADVANCED = ("device", "precision")


def new_training() -> None:
    """Ask for a lesson or settings; the button starts one training, or all of a lesson's."""
    if "train dataset" not in st.session_state:
        _fill(FIRST)
    with uncut():
        if st.session_state.pop(series.WANTED, False):
            st.session_state["lesson"], st.session_state["train dataset"] = None, "csv"
    for key in [key for key in st.session_state if str(key).startswith("train ")]:
        # Streamlit forgets a field that a run does not reach, such as one below a mistake, and the browser one in a
        # popover that was never opened.
        st.session_state[key] = st.session_state[key]
    lesson = st.selectbox(
        "Lesson",
        list(PRESETS),
        index=None,
        format_func=lambda id: PRESETS[id].title,
        placeholder="your own settings",
        key="lesson",
        on_change=_take_preset,
        help="Each fills in the fields below.",
    )
    preset = PRESETS.get(lesson)
    if preset:
        st.caption(preset.shows)
    top = st.container()  # the button stands above the fields that it needs
    config, problem = None, None
    several = preset is not None and len(preset.trainings) > 1
    if several:
        st.caption("Starts " + ", ".join(f"**{name}**" for name in preset.trainings) + ", with the same seed.")
    else:
        try:
            config = _fields()
        except UserError as error:
            problem = error
    st.text_input("Name", key="train name", placeholder="chosen for you", help="Letters, digits, dots, dashes.")
    ready = several or config is not None
    with top:
        if problem:
            say = st.info if st.session_state.get("train dataset") in OWN else st.error
            say(forms.describe(problem))
        icon = ":material/play_arrow:"
        go = button("Start training", key="start", type="primary", icon=icon, disabled=not ready, width="stretch")
    if go and ready:
        with top, uncut():
            _start(preset.trainings if several else {_name(config, preset): config}, preset if several else None)


def _fields() -> TrainConfig:
    shipped = [name for name in PARTS["dataset"].names if name not in OWN]
    dataset = st.selectbox(
        "Dataset",
        [*shipped, *OWN],
        format_func=lambda name: PARTS["dataset"][name].title,
        key="train dataset",
        help=forms.captions(PARTS["dataset"], shipped),
    )
    chosen = {"dataset": OWN[dataset]()} if dataset in OWN else {}
    _suit(KINDS[kind_name(PARTS["dataset"][dataset].config)].build)
    left, right = st.columns(2)
    values = {}
    with left:
        values["latent_dim"] = st.number_input(forms.label("latent_dim"), step=1, key="train training latent_dim")
    with right:
        values["epochs"] = st.number_input(forms.label("epochs"), step=1, key="train training epochs")
    network, objective = PARTS["network"], PARTS["objective"]
    chosen["objective"] = forms.part("objective", objective)
    with st.popover("More settings", icon=":material/tune:", width="stretch"):
        if dataset not in OWN:
            chosen["dataset"] = forms.fields(PARTS["dataset"][dataset].config, f"dataset {dataset}")
        chosen["network"] = forms.part("network", network)
        chosen["likelihood"] = _likelihood(PARTS["dataset"][dataset].config)
        rest = forms.fields(TrainConfig, "training", skip=("latent_dim", "epochs"))
    values |= {item.name: getattr(rest, item.name) for item in configs.options(TrainConfig) if item.name not in values}
    return TrainConfig(**chosen, **configs.checked(TrainConfig, values))


def _suit(kind: type[Kind]) -> None:
    """Choose the network and the epochs that suit a kind when data of another kind were chosen before."""
    network, epochs = st.session_state.get("train kind", (Kind.network, Kind.epochs))
    if network != kind.network:
        st.session_state["train network"] = kind.network
    if epochs != kind.epochs:
        st.session_state["train training epochs"] = kind.epochs or FIRST.epochs
    st.session_state["train kind"] = kind.network, kind.epochs


def _likelihood(dataset: type) -> Any:
    """A choice among the likelihoods of the dataset's kind; the field may hold one of the dataset chosen before."""
    possible = KINDS[kind_name(dataset)].build.likelihoods
    if st.session_state.get("train likelihood") not in possible:
        st.session_state["train likelihood"] = possible[0]
    others = tuple(name for name in PARTS["likelihood"].names if name not in possible)
    return forms.part("likelihood", PARTS["likelihood"], skip=others)


@uncut()
def _take_preset() -> None:
    if preset := PRESETS.get(st.session_state["lesson"]):
        _fill(next(iter(preset.trainings.values())))


def _fill(config: TrainConfig) -> None:
    """Set every field of the form to a config's value."""
    for kind, registry in PARTS.items():
        part = getattr(config, kind)
        st.session_state[f"train {kind}"] = name = registry.of(part).name
        _set(f"{kind} {name}", part)
    _set("training", config)


def _set(prefix: str, config: object) -> None:
    for name, value in configs.plain(config).items():
        st.session_state[f"train {prefix} {name}"] = " ".join(map(str, value)) if isinstance(value, list) else value


def _start(trainings: Mapping[str, TrainConfig], preset: Preset | None) -> None:
    try:
        start(trainings, preset)
    except UserError as error:
        st.error(forms.describe(error))
        return
    st.rerun()


def _name(config: TrainConfig, preset: Preset | None) -> str:
    """What was typed; else an unchanged lesson bears the lesson's name, and a training on what somebody brought that
    one's; "" for a name that is made of its settings."""
    if typed := st.session_state["train name"]:
        return typed
    for name, lesson in preset.trainings.items() if preset else ():
        if lesson == config:
            return name
    items = configs.options(type(config.dataset))
    return next((PurePath(getattr(config.dataset, item.name)).stem for item in items if item.place), "")
