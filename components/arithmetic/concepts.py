"""Concept vectors on the Arithmetic page: chosen, kept for the session, loaded from files, described for the page."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from components.arithmetic.concept_facts import describe_effects, describe_reliability, facts, from_groups
from components.arithmetic.concept_groups import Source, first_choice, sources
from components.arithmetic.links import ArithmeticView
from components.arithmetic.start import keep
from components.shared.app import groups, words
from components.shared.app.uncut import uncut
from components.shared.bring import asking
from components.shared.bring.intake import refusal
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.latent import concept_files
from vae_core.latent.concept_files import Concept

KEY = "concepts"
MOST = 50


def load_concept(checkpoint: Checkpoint) -> None:
    """Ask for a saved concept, and keep it for the session."""
    with st.sidebar, st.popover("Load a concept", icon=":material/upload_file:", width="stretch"):
        files = asking.ask("A concept that was saved on this page", ["json"], key="concept file", mb=asking.TEXT_MB)
        if not files:
            return
        file = files[0]
        try:
            concept = concept_files.read(file.getvalue(), checkpoint.name, checkpoint.train_config.latent_dim)
            with uncut():
                if st.session_state.get("concept read") != file.file_id:
                    st.session_state["concept read"] = file.file_id
                    _keep(checkpoint, concept, concept.name)
            if (name := groups.clean(concept.name)) in _kept(checkpoint):
                st.success(f"“{name}” is in the list of concepts. Its reliability is what the file says.")
        except UserError as error:
            st.error(refusal(file.name, error))


def described(checkpoint: Checkpoint, view: ArithmeticView) -> dict[str, Any]:
    """What the component needs: the groups to choose from, the choice, and the concept with its facts."""
    found, kept = sources(checkpoint), _kept(checkpoint)
    towards, away = _ends(checkpoint, view, found)
    name = st.session_state.get(_chosen_key(checkpoint))
    concept, problem = kept.get(name), None
    if concept is None:
        name = None
        try:
            concept = from_groups(checkpoint, found[towards], found[away])
        except UserError as error:
            problem = str(error)
    pair = (found[towards], found[away])
    if name and concept:  # a kept concept names its groups, which may be gone
        named = {source.group.name: source for source in found.values()}
        pair = (named.get(concept.towards), named.get(concept.away))
    return {
        "choice": {"concept": name, "towards": towards, "away": away},
        "sources": [
            {"id": source.id, "heading": source.heading, "text": f"{source.group.name} ({len(source.group):,})"}
            for source in found.values()
        ],
        "saved": list(kept),
        "groups": [{"name": group.name, "n": len(group)} for group in groups.listed(checkpoint)],
        "concept": None if concept is None else _described(checkpoint, concept, *pair),
        "problem": problem,
        "message": st.session_state.get("concept message"),
    }


def _ends(checkpoint: Checkpoint, view: ArithmeticView, found: Mapping[str, Source]) -> tuple[str, str]:
    """The ids of the two groups. Missing ones are replaced, with a warning."""
    if any(end is not None and end not in found for end in (view.towards, view.away)):
        st.warning(f"{checkpoint.name} has no such group here, so you see others. Named groups stay in their session.")
    elif view.towards and view.away:
        return view.towards, view.away
    return first_choice(checkpoint)


def _described(checkpoint: Checkpoint, concept: Concept, towards: Source | None, away: Source | None) -> dict[str, Any]:
    found = facts(checkpoint, concept.vector, away)
    return {
        "name": concept.name,
        "vector": concept.vector.tolist(),
        "reliability": describe_reliability(concept.reliability, words.units(checkpoint.spec)),
        "effects": describe_effects(checkpoint, found, towards, away),
        "file": concept.to_json(),
        "filename": f"{checkpoint.name}-{re.sub(r'[^a-zA-Z0-9]+', '-', concept.name).strip('-') or 'concept'}.json",
    }


def answer(checkpoint: Checkpoint, view: ArithmeticView, asked: Mapping[str, Any] | None) -> None:
    """Do what the component asked for, and rerun."""
    if not asked:
        return
    what, text = asked["what"], ""
    try:
        if what == "choose":
            st.session_state[_chosen_key(checkpoint)] = asked["concept"]
            keep(checkpoint, "concept", replace(view, towards=asked["towards"], away=asked["away"]))
        elif what == "keep":
            text = f"Kept as “{_keep(checkpoint, _current(checkpoint, view), asked['name'])}”."
        elif what == "forget":
            _kept(checkpoint).pop(asked["name"], None)
            text = f"“{asked['name']}” is forgotten."
        elif what == "group":
            group = groups.add(checkpoint, asked["name"], asked["examples"])
            units = words.units(checkpoint.spec)
            text = f"“{group.name}” has {len(group)} {units}; choose it under Towards or Away from."
        elif what == "ungroup":
            groups.delete(checkpoint, asked["name"])
            text = f"The group “{asked['name']}” is deleted."
    except UserError as error:
        text, what = str(error), "error"
    if text:
        st.session_state["concept message"] = {"id": uuid.uuid4().hex, "text": text, "done": what}
    st.rerun()


def _current(checkpoint: Checkpoint, view: ArithmeticView) -> Concept:
    kept, name = _kept(checkpoint), st.session_state.get(_chosen_key(checkpoint))
    if name in kept:
        return kept[name]
    found = sources(checkpoint)
    towards, away = _ends(checkpoint, view, found)
    return from_groups(checkpoint, found[towards], found[away])


def _keep(checkpoint: Checkpoint, concept: Concept, name: str) -> str:
    name, kept = groups.clean(name), _kept(checkpoint)
    if len(kept) >= MOST and name not in kept:
        raise UserError(f"There are already {MOST} concepts: forget one first.")
    kept[name] = replace(concept, name=name)
    st.session_state[_chosen_key(checkpoint)] = name
    return name


def _kept(checkpoint: Checkpoint) -> dict[str, Concept]:
    return st.session_state.setdefault(KEY, {}).setdefault((checkpoint.name, checkpoint.digest), {})


def _chosen_key(checkpoint: Checkpoint) -> str:
    return f"concept of {checkpoint.name} {checkpoint.digest}"
