"""The settings of trainings as a person reads them, and those in which several differ."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from components.shared.app import forms
from vae_core.config import options
from vae_core.training import PARTS, TrainConfig


def settings(config: TrainConfig) -> dict[str, str]:
    """A training's settings in words, by id ("latent_dim", "objective.beta"). Of a path its last part is told alone,
    without its ending: what the user called the files."""
    found = {name: registry.of(getattr(config, name)).title for name, registry in PARTS.items()}
    for name, part in {"": config, **{name: getattr(config, name) for name in PARTS}}.items():
        for item in options(type(part)):
            value = getattr(part, item.name)
            found[_id(name, item.name)] = PurePath(value).stem if item.place else forms.shown(value)
    return found


def labels(ids: Iterable[str]) -> dict[str, str]:
    """What settings are called, by id: "Latent size", "β"; with what tells them apart where two are called the same."""
    options = {id: id.rpartition(".")[2] for id in ids}
    found = {id: forms.label(option) for id, option in options.items()}
    names = list(found.values())
    return {
        id: f"{name} ({options[id].replace('_', ' ')})" if names.count(name) > 1 else name for id, name in found.items()
    }


def different(configs: Mapping[str, TrainConfig]) -> dict[str, dict[str, str]]:
    """Each setting in which the trainings differ, by id, with its value in each of them. An option that is off where it
    exists and missing elsewhere, such as free bits beside an autoencoder, is no difference."""
    each = {run: settings(config) for run, config in configs.items()}
    idle = {run: _idle(config) for run, config in configs.items()}
    on = dict.fromkeys(name for run, found in each.items() for name in found if name not in idle[run])
    values = {name: {run: found.get(name, "–") for run, found in each.items()} for name in on}
    return {name: row for name, row in values.items() if len(set(row.values())) > 1}


def _idle(config: TrainConfig) -> set[str]:
    """The ids of options that are off by default and have stayed so: no warm-up, no capacity."""
    found = set()
    for name in PARTS:
        part = getattr(config, name)
        items = options(type(part))
        off = {item.name for item in items if not item.default and getattr(part, item.name) == item.default}
        off |= {item.name for item in items if item.name.removesuffix("_epochs") in off}  # how long what is off takes
        found |= {_id(name, option) for option in off}
    return found


def _id(part: str, option: str) -> str:
    return f"{part}.{option}" if part else option
