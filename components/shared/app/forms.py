"""Widgets made from config fields: a form asks for what a network, objective or dataset declares."""

import math
from typing import Any

import streamlit as st

from vae_core import config as configs
from vae_core.config import Option
from vae_core.registry import Registry

SYMBOLS = {"beta": "β", "gamma": "γ"}
NAMES = {"lr": "learning rate"}
"""What options are called on a page, where that is not their name without underscores."""


def part(kind: str, registry: Registry, skip: tuple[str, ...] = ()) -> Any:
    """A choice among the entries of a registry and the fields of the one chosen; returns its config.

    UserError for a value that is not allowed. `skip` leaves out entries that cannot be chosen here.
    """
    names = [name for name in registry.names if name not in skip]
    name = st.selectbox(kind.capitalize(), names, key=f"train {kind}", help=captions(registry, names))
    return fields(registry[name].config, f"{kind} {name}")


def captions(registry: Registry, names: list[str]) -> str:
    """A help text: each entry's name with its caption."""
    return "  \n".join(f"**{name}**: {registry[name].caption}" for name in names)


def fields(config: type, prefix: str, skip: tuple[str, ...] = ()) -> Any:
    """A widget for each option of a config class, labelled and explained by what the field declares."""
    defaults = configs.plain(config())
    values = {
        item.name: _widget(item, defaults[item.name], f"train {prefix} {item.name}")
        for item in configs.options(config)
        if item.name not in skip
    }
    return config(**configs.checked(config, values))


def _widget(item: Option, default: Any, key: str) -> Any:
    if key not in st.session_state:  # a preset may have set it; Streamlit warns of a default beside a set value
        st.session_state[key] = " ".join(map(str, default)) if item.type is tuple else default
    # Set again at each rerun: in a closed popover the browser has no widget yet that would remember it.
    st.session_state[key] = float(st.session_state[key]) if item.type is float else st.session_state[key]
    if item.choices:
        return st.selectbox(label(item.name), item.choices, key=key, help=item.help)
    if item.type is bool:
        return st.toggle(label(item.name), key=key, help=item.help)
    if item.type in (str, tuple):
        return st.text_input(label(item.name), key=key, help=f"{item.help} ({item.allowed})")
    # No limits: the browser would go on showing a refused value while the form goes on with the one before.
    if item.type is int:
        return st.number_input(label(item.name), step=1, key=key, help=item.help)
    return st.number_input(label(item.name), step=step(float(default)), format="%.6g", key=key, help=item.help)


def name_of(option: str) -> str:
    """An option's name in running text."""
    return SYMBOLS.get(option) or NAMES.get(option) or option.replace("_", " ")


def label(option: str) -> str:
    """An option's name as the label of its field."""
    return name_of(option) if option in SYMBOLS else name_of(option).capitalize()


def step(default: float) -> float:
    """Half of the default's order of magnitude: 0.0005 for a learning rate of 0.001, 0.5 for a β of 4."""
    return 0.5 * 10 ** min(0, math.floor(math.log10(default))) if default else 0.5
