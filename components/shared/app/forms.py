"""Widgets made from config fields: a form asks for what a network, objective or dataset declares."""

import math
from typing import Any

import streamlit as st

from vae_core import config as configs
from vae_core.config import NotAllowed, Option
from vae_core.errors import UserError
from vae_core.numerals import numeral
from vae_core.registry import Registry

SYMBOLS = {"beta": "β", "gamma": "γ"}
NAMES = {
    "lr": "learning rate",
    "latent_dim": "latent size",
    "conditional": "given the class",
    "schedule": "learning-rate schedule",
    "precision": "arithmetic",
    "device": "processor",
    "hidden": "hidden layers",
    "encoder_hidden": "hidden layers of the encoder",
    "place_channels": "layers at every place",
    "dense": "dense layer",
    "conv_activation": "activation",
    "batch_norm": "batch normalisation",
    "warmup_epochs": "warm-up epochs",
    "cycle_rise": "rise of a cycle",
    "free_bits_total": "free bits in total",
    "encoder_epochs": "epochs of encoder steps",
    "mask": "hidden words",
    "drop": "missing words",
    "swap": "swapped words",
    "vary": "varying strength",
    "tc_weight": "weight of the total correlation",
    "mi_weight": "weight of I(x; z)",
    "dimension_weight": "weight of the dimensions’ KL",
    "contraction": "weight of the contraction (λ)",
    "adversarial": "weight of the deception",
    "steadiness": "steadiness of the discriminator",
    "mmd_weight": "weight of the MMD (λ)",
    "information": "information (α)",
    "draws": "draws of z",
    "pixels": "weight of the pixels",
    "sigma": "σ",
    "learn_sigma": "σ is learned",
    "test_fraction": "held-out share",
    "split_seed": "seed of the split",
    "shapes_seed": "seed of the shapes",
    "level_seed": "seed of the split",
    "one_class": "one class (−1: all)",
    "path": "own files",
    "fonts": "font files",
    "level_path": "levels",
    "image_size": "size in pixels",
    "name_encoding": "encoding of names",
    "image_channels": "colour channels",
    "flags": "flags of countries",
    "mirrored": "half are mirrored",
    "columns": "window width",
    "level_columns": "window width",
    "splice": "splicing",
    "level_splice": "splicing",
    "solid": "solid tiles",
    "n_train": "training examples",
    "n_test": "held-out examples",
}
"""What options are called on every page, where that is not their name without underscores."""
VALUES = {
    "one_cycle": "one cycle",
    "straight_through": "straight-through",
    "gumbel": "Gumbel-softmax",
    "reinforce": "REINFORCE",
    "salt_and_pepper": "salt and pepper",
    "": "–",
    "shift_jis": "Shift-JIS",
    "euc_kr": "EUC-KR",
    "leaky_relu": "leaky ReLU",
    "relu": "ReLU",
    "silu": "SiLU",
    "gelu": "GELU",
    "elu": "ELU",
    "cpu": "CPU",
    "cuda": "GPU",
}
"""What values of options are called, where that is not the value itself."""


def part(kind: str, registry: Registry, skip: tuple[str, ...] = ()) -> Any:
    """A choice among the entries of a registry and the fields of the one chosen; returns its config.

    UserError for a value that is not allowed. `skip` leaves out entries that cannot be chosen here.
    """
    names = [name for name in registry.names if name not in skip]
    name = st.selectbox(
        kind.capitalize(),
        names,
        format_func=lambda name: registry[name].title,
        key=f"train {kind}",
        help=captions(registry, names),
    )
    return fields(registry[name].config, f"{kind} {name}")


def captions(registry: Registry, names: list[str]) -> str:
    """A help text: each entry's title with its caption."""
    return "  \n".join(f"**{registry[name].title}**: {registry[name].caption}" for name in names)


def fields(config: type, prefix: str, skip: tuple[str, ...] = ()) -> Any:
    """A widget for each option of a config class, labelled and explained by what the field declares. A page never asks
    for a place on this computer: those keep their defaults."""
    defaults = configs.plain(config())
    values = {
        item.name: _widget(item, defaults[item.name], f"train {prefix} {item.name}")
        for item in configs.options(config)
        if item.name not in skip and not item.place
    }
    return config(**configs.checked(config, values))


def _widget(item: Option, default: Any, key: str) -> Any:
    if key not in st.session_state:  # a preset may have set it; Streamlit warns of a default beside a set value
        st.session_state[key] = (
            (", " if item.items is str else " ").join(map(str, default)) if item.type is tuple else default
        )
    # Set again at each rerun: in a closed popover the browser has no widget yet that would remember it.
    st.session_state[key] = float(st.session_state[key]) if item.type is float else st.session_state[key]
    if item.choices:
        return st.selectbox(label(item.name), item.choices, format_func=shown, key=key, help=item.help)
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
    name = name_of(option)
    return name[0].upper() + name[1:] if name[0].isascii() else name


def describe(error: UserError) -> str:
    """An error's sentence, with an option under its label where one is at fault."""
    return error.told(label(error.option)) if isinstance(error, NotAllowed) else str(error)


def shown(value: Any) -> str:
    """A value of an option in words: "yes", "256, 256", "one cycle", "0.25"; "–" for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value))
    return numeral(value, "g") if isinstance(value, float) else VALUES.get(value, str(value))


def step(default: float) -> float:
    """Half of the default's order of magnitude: 0.0005 for a learning rate of 0.001, 0.5 for a β of 4."""
    return 0.5 * 10 ** min(0, math.floor(math.log10(default))) if default else 0.5
