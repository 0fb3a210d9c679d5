"""The user's own pictures on a map: asks for them, encodes them, and places them as the projection would."""

import hashlib
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from components.projection.controls import Shown
from components.shared.app import models, pixels, words
from components.shared.bring import asking, intake, kept
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.latent.reconstruction import score

MAX_SHOWN = 200


@dataclass(frozen=True)
class Own:
    """A picture of the user's own: the model's input `x` [1, *shape], its posterior mean `z` [D], and for a
    conditional model the class that suits it best."""

    id: str
    name: str
    x: Tensor
    z: Tensor
    label: int | None

    def to_json(self, spec: DataSpec) -> dict[str, Any]:
        """The picture as the page needs it, its places still to be filled in."""
        return {
            "id": self.id,
            "name": self.name,
            "z": self.z.tolist(),
            "label": self.label,
            "input": pixels.at_rest(self.x, spec),
            "places": {},
        }


def ask_for_pictures(checkpoint: Checkpoint) -> list[Own]:
    """Ask for pictures and encode them. A file that is refused gets an error message."""
    bringing, unit = intake.bringing_of(checkpoint.spec), words.unit(checkpoint.spec)
    with st.popover(bringing.several(checkpoint.spec), icon=":material/image_search:"):
        files = kept.ask(
            f"Search by {unit}: each lands on the map beside the {words.units(checkpoint.spec)} it resembles. "
            f"{bringing.question(checkpoint.spec)}",
            key=f"projection {checkpoint.spec.kind}",
            help=bringing.help(checkpoint.spec),
            mb=asking.PICTURE_MB,
            several=True,
        )
        found = intake.open_files(files)
        if len(found) > MAX_SHOWN:
            st.warning(f"The map shows only the first {MAX_SHOWN} of them.")
        usable = intake.prepare_all(checkpoint, found[:MAX_SHOWN])
        prepared = [(picture, result.x) for picture, result in usable.values()]
        _offer_part(checkpoint, list(usable.values()))
    if not prepared:
        return []
    key = f"own pictures of {checkpoint.name}"
    ids = [_id(i, picture, bringing.chosen(picture.content)) for i, (picture, _) in enumerate(prepared)]
    encoded = st.session_state.get(key)
    if encoded is None or encoded[0] != (checkpoint.digest, ids):  # not at every rerun
        encoded = (checkpoint.digest, ids), _encoded(checkpoint, ids, prepared)
        st.session_state[key] = encoded
    return encoded[1]


def _offer_part(checkpoint: Checkpoint, prepared: list[tuple[intake.Picture, Any]]) -> None:
    """Let the user choose the part that is used, of one picture at a time."""
    if not prepared:
        return
    at = 0
    if len(prepared) > 1:
        names = [f"{i + 1}: {picture.name}" for i, (picture, _) in enumerate(prepared)]
        at = st.selectbox("Look at", range(len(names)), format_func=names.__getitem__, key="projection look at")
    picture, found = prepared[at]
    intake.bringing_of(checkpoint.spec).offer_part(picture.content, found, "projection")


def _encoded(checkpoint: Checkpoint, ids: list[str], prepared: list[tuple[intake.Picture, Tensor]]) -> list[Own]:
    scores = score(models.loaded(checkpoint), torch.cat([x for _, x in prepared]))
    # Rounded as links are, so that what the page shows and what it sends agree.
    z = (scores.posterior.mu * 1000).round() / 1000
    return [
        Own(ids[i], picture.name, x, z[i], None if scores.y is None else int(scores.y[i]))
        for i, (picture, x) in enumerate(prepared)
    ]


def placed(checkpoint: Checkpoint, shown: list[Shown], own: list[Own]) -> list[dict[str, Any]]:
    """The pictures as the page needs them: pixels, latent vectors, and their places on each map."""
    found = [each.to_json(checkpoint.spec) for each in own]
    for each in shown:
        # Cached, as UMAP takes a moment for it.
        keys = [(checkpoint.digest, each.config, each.fitted.dimensions, tuple(picture["z"])) for picture in found]
        known = {key: _places[key] for key in keys if key in _places}
        new = [key for key in keys if key not in known]
        if new:
            flat = each.fitted.transform(torch.tensor([z for *_, z in new])).tolist()
            known |= dict(zip(new, flat, strict=True))
            _places.update(known)
        for picture, key in zip(found, keys, strict=True):
            picture["places"][each.slot] = known[key]
    while len(_places) > MAX_PLACES:
        _places.pop(next(iter(_places)), None)
    return found


MAX_PLACES = 2000
_places: dict[tuple, list[float]] = {}


def _id(i: int, picture: intake.Picture, options: Any) -> str:
    return f"{i} {hashlib.sha256(picture.content + repr(options).encode()).hexdigest()[:16]}"
