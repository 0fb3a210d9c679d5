"""Checks on an untrusted checkpoint before a model is built from it: see `archive.py`."""

import json
import math
import struct
from dataclasses import replace
from typing import Any

import safetensors
import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from vae_core import config as configs
from vae_core.checkpoints.files import READS
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.model import Model
from vae_core.training import TrainConfig

MAX_EXAMPLES, MAX_PARAMETERS, MAX_LAYERS = 20_000, 32_000_000, 32
MAX_ACTIVATIONS = 4_000_000
"""Largest output of one layer for one example, in values."""
FLOATS, INTEGERS = {"F16", "BF16", "F32", "F64"}, {"U8", "I8", "I16", "I32", "I64"}


def parsed(content: bytes, name: str) -> Any:
    """Parse JSON in UTF-8 only: `json` would guess other encodings, later readers of the file do not."""
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not JSON: {error}") from None


def config_and_spec(content: bytes) -> tuple[TrainConfig, DataSpec]:
    """What config.json describes; UserError if it describes no model that this program serves.

    Free-text options of the dataset are reset: a page that looks for a model's held-out examples would read the folder
    of this computer that one names, and serve its contents.
    """
    values = parsed(content, "config.json")
    try:
        if values["format"] not in READS:
            raise UserError(f"The model has format {values['format']!r}; this program reads {READS[0]} to {READS[-1]}.")
        config, spec = TrainConfig.from_json(values["training"]), DataSpec.from_json(values["data"])
        lists = (spec.shape, spec.classes, spec.factors, spec.symbols, spec.symbol_names, spec.symbol_roles)
        words = (spec.name, spec.kind, *(word for each in lists[1:] for word in each))
        names = all(isinstance(each, tuple) for each in lists)
        names = names and all(isinstance(word, str) and len(word) <= 80 for word in words)
        names = names and (spec.padding is None or type(spec.padding) is int)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise error if isinstance(error, UserError) else UserError(f"config.json is no model's: {error}") from None
    layers(config)
    if not names or len(spec.classes) > 1000 or len(spec.factors) > 100:
        raise UserError("The names of the model's classes, factors or symbols are not valid.")
    kind_of(spec).check_spec(spec)
    return without_places(config), spec


def layers(config: TrainConfig) -> None:
    """UserError for more layers than a model may have, which is known before anything is built."""
    parts = (configs.plain(part) for part in (config.network, config.objective, config.likelihood, config.dataset))
    if any(isinstance(value, list) and len(value) > MAX_LAYERS for part in parts for value in part.values()):
        raise UserError(f"The model has more than {MAX_LAYERS} layers; that is too many.")


def size(config: TrainConfig, spec: DataSpec) -> Model:
    """The model that a config describes, without its weights: it takes no memory. UserError if it is too large."""
    with torch.device("meta"):
        model = Model(config.model, spec)
    if sum(value.numel() for value in model.state_dict().values()) > MAX_PARAMETERS:
        raise UserError(f"The model has more than {MAX_PARAMETERS:,} parameters; that is too many.")
    if model.largest_activation > MAX_ACTIVATIONS:
        raise UserError(f"A layer of the model has more than {MAX_ACTIVATIONS:,} outputs; that is too many.")
    return model


def without_places(config: TrainConfig) -> TrainConfig:
    """The config with the dataset's free-text options at their defaults: such a one may name a folder."""
    options = configs.options(type(config.dataset))
    defaults = {option.name: option.default for option in options if option.type is str and not option.choices}
    return replace(config, dataset=replace(config.dataset, **defaults))


def _header(content: bytes, name: str) -> dict[str, tuple[str, list[int]]]:
    """Type and shape of each tensor in a safetensors file, read from its header alone."""
    try:
        (length,) = struct.unpack_from("<Q", content)
        if length > 1_000_000:
            raise ValueError("the header is too long")
        header = json.loads(content[8 : 8 + length])
        found = {key: (entry["dtype"], entry["shape"]) for key, entry in header.items() if key != "__metadata__"}
        for dtype, shape in found.values():
            if dtype not in FLOATS | INTEGERS or not all(type(size) is int and size >= 0 for size in shape):
                raise ValueError(f"it has a tensor of type {dtype} and shape {shape}")
        return found
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise UserError(f"{name} is no safetensors file: {error}") from None


def weights(content: bytes, config: TrainConfig, spec: DataSpec) -> dict[str, Tensor]:
    """Load the weights, after comparing their names and shapes with a model that takes no memory."""
    model = size(config, spec)
    expected = {key: list(value.shape) for key, value in model.state_dict().items()}
    found = _header(content, "model.safetensors")
    if {key: shape for key, (_, shape) in found.items()} != expected:
        raise UserError("The weights in model.safetensors are not those of the model that config.json describes.")
    tensors = _tensors(content, "model.safetensors")
    if not all(value.isfinite().all() for value in tensors.values()):
        raise UserError("The model's weights are not all numbers.")
    return tensors


def latents(content: bytes, config: TrainConfig, spec: DataSpec) -> None:
    found = _header(content, "latents.safetensors")
    shapes = {key: shape for key, (_, shape) in found.items()}
    n = (shapes.get("mu") or [0])[0]
    allowed = {"mu": [n, config.latent_dim], "y": [n], "nll": [n], "factors": [n, len(spec.factors)]}
    if config.model.variational:
        allowed["logvar"] = [n, config.latent_dim]
    required = {"mu", "y"} | ({"logvar"} if config.model.variational else set())
    fits = all(shape == allowed.get(key, [n, 3 if key.endswith("-3d") else 2]) for key, shape in shapes.items())
    known = all(key in allowed or key.startswith("projection.") for key in shapes)
    types = all(dtype in (INTEGERS if key == "y" else FLOATS) for key, (dtype, _) in found.items())
    if not (required <= set(shapes) and fits and known and types and 2 <= n <= MAX_EXAMPLES):
        raise UserError("The encoded examples in latents.safetensors are not those of the model.")
    tensors = _tensors(content, "latents.safetensors")
    labels = tensors["y"]
    if not all(value.isfinite().all() for value in tensors.values()) or labels.min() < 0:
        raise UserError("The encoded examples in latents.safetensors are not all numbers.")
    if labels.max() >= max(1, len(spec.classes)):
        raise UserError("latents.safetensors has labels of classes that the model does not have.")


def _tensors(content: bytes, name: str) -> dict[str, Tensor]:
    try:
        return load_safetensors(content)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"{name} cannot be read: {error}") from None


def metrics_and_history(metrics: bytes, history: bytes, config: TrainConfig) -> None:
    """Check that both hold numbers only, and all those that pages and the card show."""
    measured = parsed(metrics, "metrics.json")
    if not _numbers(measured, ("elbo", "nll", "kl", "active_units", "parameters"), ("kl_per_dim",)):
        raise UserError("metrics.json does not hold the model's measurements.")
    if len(measured["kl_per_dim"]) != config.latent_dim:
        raise UserError("metrics.json does not hold the KL of each of the model's dimensions.")
    try:
        lines = history.decode().splitlines()  # as they will be read
    except UnicodeDecodeError as error:
        raise UserError(f"history.jsonl is not text: {error}") from None
    for line in lines:
        record = parsed(line.encode(), "history.jsonl")
        fits = isinstance(record, dict) and all(_numbers(record.get(part), ("loss", "nll", "kl")) for part in PARTS)
        rest = {key: value for key, value in record.items() if key not in (*PARTS, "changes")} if fits else None
        changes = record.get("changes", []) if fits else None
        fits = isinstance(changes, list) and all(_numbers(change, ("batch",)) for change in changes)
        if not fits or not _numbers(rest, ("epoch", "seconds", "lr", "gradient_norm")):
            raise UserError("history.jsonl is no training's history.")


PARTS = ("train", "test")


def _numbers(values: Any, numbers: tuple[str, ...], lists: tuple[str, ...] = ()) -> bool:
    """Whether `values` is a dict of finite numbers and lists of them, with the given `numbers` and `lists`."""
    if not isinstance(values, dict) or not {*numbers, *lists} <= set(values):
        return False
    if any(isinstance(values[name], list) for name in numbers) or not all(isinstance(values[n], list) for n in lists):
        return False
    flat = [each for value in values.values() for each in (value if isinstance(value, list) else [value])]
    try:
        return all(type(each) in (int, float) and math.isfinite(each) for each in flat)
    except OverflowError:  # an integer beyond the range of floats
        return False
