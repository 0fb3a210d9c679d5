"""Which maps the page shows: asks for method, dimensions and settings, and offers the fits that are missing."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.projection import maps as projection_maps
from components.projection.links import ProjectionView
from components.shared.app import forms
from components.shared.app.buttons import button
from components.shared.app.uncut import uncut
from components.shared.people import visitors
from vae_core import config as configs
from vae_core import fits
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.keeping import room
from vae_core.projections import PROJECTIONS, Fitted

ORDER = ("umap", "tsne", "pca")
NOTHING = "nothing"
WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class Shown:
    """A map on the page: its `slot`, a or b, and the projection."""

    slot: str
    fitted: Fitted

    @property
    def config(self) -> Any:
        return self.fitted.config

    @property
    def title(self) -> str:
        return self.fitted.projection.title


def ask(checkpoint: Checkpoint, linked: ProjectionView) -> list[tuple[str, Any, int]]:
    """Ask which maps to show: (slot, config, dimensions) each."""
    usual = linked.config or projection_maps.default_config(checkpoint)
    method = st.segmented_control(
        "Projection",
        _names(),
        default=PROJECTIONS.of(usual).name,
        format_func=_title,
        required=True,
        key=f"projection of {checkpoint.name}",
        help="  \n".join(f"**{_title(name)}**: {PROJECTIONS[name].caption}" for name in _names()),
        label_visibility="collapsed",
    )
    dimensions = st.segmented_control(
        "Dimensions",
        [2, 3],
        default=linked.dimensions or 2,
        format_func="{}-D".format,
        required=True,
        key=_dimensions_key(checkpoint),
        label_visibility="collapsed",
    )
    wanted = [("a", _settings(checkpoint, "a", method, linked.config), dimensions)]
    if dimensions == 2:
        beside = st.selectbox(
            "Beside it",
            [NOTHING, *_names()],
            index=0 if linked.beside is None else 1 + _names().index(PROJECTIONS.of(linked.beside).name),
            format_func=lambda name: "Beside it: nothing" if name == NOTHING else f"Beside it: {_title(name)}",
            key=f"beside of {checkpoint.name}",
            label_visibility="collapsed",
            width=190,
        )
        if beside != NOTHING:
            wanted.append(("b", _settings(checkpoint, "b", beside, linked.beside), dimensions))
    return wanted


def _dimensions_key(checkpoint: Checkpoint) -> str:
    return f"dimensions of {checkpoint.name}"


def is_solid(checkpoint: Checkpoint, linked: ProjectionView) -> bool:
    """Whether the map that `ask` will ask for has three dimensions, for what stands above the controls."""
    return st.session_state.get(_dimensions_key(checkpoint), linked.dimensions) == 3


def _names() -> list[str]:
    """The registered projections, the best known first."""
    return sorted(PROJECTIONS.names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def _title(name: str) -> str:
    return PROJECTIONS[name].build.title


def _settings(checkpoint: Checkpoint, slot: str, method: str, linked: Any) -> Any:
    """The form of a projection, made from its config's fields and filled in from the link."""
    entry = PROJECTIONS[method]
    if not configs.options(entry.config):
        return entry.config()
    prefix = f"map {slot} {method} {checkpoint.name}"
    if linked is not None and PROJECTIONS.of(linked) is entry:
        for name, value in configs.plain(linked).items():
            st.session_state.setdefault(f"train {prefix} {name}", value)
    label = "Settings" if slot == "a" else f"Settings of {entry.build.title}"
    with st.popover(label, icon=":material/tune:"):
        st.caption(entry.caption)
        try:
            config = forms.fields(entry.config, prefix)
        except UserError as error:
            st.error(forms.describe(error))
            return st.session_state.get(f"last {prefix}", entry.config())
    st.session_state[f"last {prefix}"] = config
    return config


def shown(checkpoint: Checkpoint, slot: str, config: Any, dimensions: int) -> Shown:
    """The map asked for, if it is ready. Otherwise offers to fit it, and returns the map shown before."""
    key = f"map shown {slot} {checkpoint.name} {checkpoint.digest} {dimensions}"
    found = projection_maps.ready(checkpoint, config, dimensions)
    if found is not None:
        st.session_state[key] = config
        return Shown(slot, found)
    pca = PROJECTIONS["pca"].config()
    before = projection_maps.ready(checkpoint, st.session_state.get(key, pca), dimensions)
    meanwhile = Shown(slot, before or projection_maps.ready(checkpoint, pca, dimensions))
    _offer_fit(checkpoint, slot, config, dimensions, meanwhile)
    return meanwhile


def _offer_fit(checkpoint: Checkpoint, slot: str, config: Any, dimensions: int, meanwhile: Shown) -> None:
    """Offer to fit a map: a button, then progress and Cancel, or the reason why the last fit failed."""
    title = PROJECTIONS.of(config).build.title
    same_method = type(meanwhile.config) is type(config)
    try:
        fit = fits.look(checkpoint, config, dimensions)
    except UserError as error:
        st.error(str(error))
        return
    if fit is not None and fit.active:
        _watch(checkpoint, slot, config, dimensions)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"fit-{slot}"):
        start = button(f"Fit {title}", type="primary", icon=":material/play_arrow:", key=f"fit {slot}")
        if fit is not None and fit.status == "failed":
            st.error(f"The last fit failed. {fit.reason}", width="stretch")
        else:
            st.caption(
                f"This {dimensions}-D {title} map is not fitted yet: that takes seconds to a few minutes. "
                f"Until then you see {meanwhile.title}{' with other settings' if same_method else ''}."
            )
    if start:
        try:
            with uncut():
                owner = visitors.current().starts_for
                room.make_room(owner)
                fits.start(checkpoint, config, dimensions, owner=owner)
        except UserError as error:
            st.error(str(error))
            return
        st.rerun()


def _ahead(position: int) -> str:
    ahead = position - 1
    return f"{ahead} {'is' if ahead == 1 else 'are'} ahead of this one" if ahead else "this one is next"


@st.fragment(run_every=WATCH_SECONDS)
def _watch(checkpoint: Checkpoint, slot: str, config: Any, dimensions: int) -> None:
    fit = fits.look(checkpoint, config, dimensions)
    if fit is None or not fit.active:
        st.rerun()
    title = PROJECTIONS.of(config).build.title
    words = f"{title}: {fit.doing}"
    if fit.status == "queued":
        words = f"{title} waits: one map is fitted at a time, and {_ahead(fit.position or 1)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, fit.part), f"{words} …", width="stretch")
        if not visitors.current().may(fit.owner):
            st.caption(visitors.starter(fit.owner))
        elif button("Cancel", icon=":material/close:", key=f"cancel {slot}"):
            fits.cancel(checkpoint, config, dimensions)
            st.rerun()
