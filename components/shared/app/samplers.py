"""What "Random" draws from: the samplers as the page has them, and the one that is chosen, as in `?sampler=mixture`.

The choice holds for all pages and models of a session, and a link carries it. Without one, each model has its usual
sampler.
"""

from typing import Any

import streamlit as st

from components.shared.app import models
from components.shared.app.addresses import visits
from components.shared.app.addresses.links import read_words
from components.shared.app.assets import sampler_url
from components.shared.app.uncut import uncut
from vae_core import samplers
from vae_core.checkpoints import Checkpoint
from vae_core.samplers import SAMPLERS

PARAMETER = "sampler"


def usual(checkpoint: Checkpoint) -> str:
    """The sampler of a model for which none is chosen."""
    return samplers.usual(models.latents(checkpoint).posterior)


def linked(checkpoint: Checkpoint) -> str | None:
    """The link's sampler; None, with a warning, if there is none of that name."""
    names = SAMPLERS.names
    needed = f"{', '.join(names[:-1])} or {names[-1]} is needed"
    found = read_words(PARAMETER, lambda words: len(words) == 1 and words[0] in names, needed, checkpoint)
    return found[0] if found else None


def wanted(checkpoint: Checkpoint) -> str | None:
    """The link's sampler where a visit begins, then the one that was chosen last; None: each model's usual one."""
    found, visit = linked(checkpoint), visits.current()
    if not visit.complete and (found or visit.led):
        choose(found)
    return st.session_state.get(PARAMETER)


def chosen(checkpoint: Checkpoint) -> str:
    """The sampler of a model: the one that is wanted, else its usual one."""
    return wanted(checkpoint) or usual(checkpoint)


def choose(name: str | None) -> None:
    """Remember what was chosen, in this session."""
    st.session_state[PARAMETER] = name


@uncut()
def heard(key: str) -> None:
    """The user has chosen a sampler in the component of that key."""
    choose(st.session_state[key][PARAMETER])


def parameters(checkpoint: Checkpoint) -> dict[str, str]:
    """What was chosen as a link parameter; nothing for the model's usual sampler."""
    name = st.session_state.get(PARAMETER)
    return {PARAMETER: name} if name and name != usual(checkpoint) else {}


def offered(checkpoint: Checkpoint, chosen: str) -> dict[str, Any]:
    """The samplers as sampler_choice.js takes them: what is small goes along, the rest has an address."""
    found = [
        each if each.get("gaussians") else each | {"url": sampler_url(checkpoint, each["name"])}
        for each in models.per_checkpoint(_described, checkpoint)
    ]
    return {"all": found, "usual": usual(checkpoint), "chosen": chosen}


def _described(checkpoint: Checkpoint) -> list[dict[str, Any]]:
    """All samplers, those first that need no codes."""
    latents, found = models.latents(checkpoint), []
    known = latents.posterior.take(latents.known(checkpoint.spec))
    for entry in sorted(SAMPLERS, key=lambda entry: samplers.of_codes(entry.config)):
        about = {"name": entry.name, "title": entry.title[0].upper() + entry.title[1:], "caption": entry.caption}
        if not samplers.of_codes(entry.config):
            about["note"] = samplers.fit(entry.config(), known).note
            given = samplers.for_page(entry.config(), known)
            about["gaussians"] = {name: values.flatten().tolist() for name, values in given.items()}
        found.append(about)
    return found
