"""Typed readers of a model's measurements and of a training's history: what pages and the card take from them."""

import re
from collections.abc import Mapping
from typing import Any

from vae_core.errors import UserError
from vae_core.reading import Values, is_number, is_whole, parsed

METRICS, METRICS_IF_KNOWN = ("elbo", "nll", "kl", "active_units", "parameters"), ("knn_accuracy", "mig")
NAMES = ("outside_against",)
"""Measurements that are a name: what others were measured against."""
TERMS = ("loss", "nll", "kl")
PARTS = ("train", "test")
RECORD = ("seconds", "lr", "gradient_norm")
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MAX_FIELDS, MAX_VALUES, MAX_EPOCH = 100, 4096, 10_000_000


def metrics(values: Any, name: str, latent_dim: int) -> dict[str, Any]:
    """The measurements of a model: numbers by name, and the KL of each dimension; `NAMES` are names themselves.
    UserError for anything else."""
    found = Values(values, name)
    numbers = {key: value for key, value in found.values.items() if key not in NAMES}
    _numbers(numbers, name, METRICS, [key for key in METRICS_IF_KNOWN if key in numbers])
    for key in NAMES:
        if key in values and not (isinstance(values[key], str) and KEY.fullmatch(values[key])):
            raise UserError(f"{name} does not fit: {key} must be the name of a dataset.")
    found.whole("parameters")
    found.whole("active_units", 0, latent_dim)
    found.numbers("kl_per_dim", latent_dim)
    return values


def record(values: Any, name: str, latent_dim: int | None = None) -> dict[str, Any]:
    """The record of an epoch, as `EpochRecord.to_json` makes it. UserError for anything else."""
    found = Values(values, name)
    found.whole("epoch", 1, MAX_EPOCH)
    _numbers({key: value for key, value in values.items() if key not in (*PARTS, "changes")}, name, RECORD)
    for part in PARTS:
        _numbers(found.inside(part).values, f"{name}: {part}", TERMS)
    if latent_dim is not None:
        found.inside("test").numbers("kl_per_dim", latent_dim)
    for change in found.items("changes", MAX_VALUES, default=[]):
        _numbers(change, f"{name}: changes", ("batch",))
        if not all(is_number(value) for value in change.values()) or not is_whole(change["batch"]):
            raise UserError(f"{name} does not fit: what was changed while it ran must be numbers.")
    return values


def history(content: bytes, name: str, latent_dim: int | None = None) -> list[dict[str, Any]]:
    """The records in JSON lines, one an epoch. UserError for anything else."""
    return [record(parsed(line, name), name, latent_dim) for line in content.splitlines()]


def _numbers(values: Any, name: str, needed: tuple[str, ...], single: list[str] | tuple[str, ...] = ()) -> None:
    """UserError unless `values` are named numbers or lists of them, among them the `needed` ones, single numbers like
    `single`."""
    if not isinstance(values, Mapping) or len(values) > MAX_FIELDS:
        raise UserError(f"{name} does not fit: numbers with names are needed.")
    for key, value in values.items():
        several = isinstance(value, list) and key not in (*needed, *single) and len(value) <= MAX_VALUES
        if not KEY.fullmatch(key) or not all(is_number(each) for each in (value if several else [value])):
            raise UserError(f"{name} does not fit: {key[:40]!r} must be a finite number.")
    for key in needed:
        if key not in values:
            raise UserError(f"{name} does not fit: {key} is missing.")
