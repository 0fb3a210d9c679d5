"""Checks on an untrusted checkpoint before a model is built from it: see `archive.py`."""

import struct
from dataclasses import replace

import safetensors
import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from vae_core import config as configs
from vae_core.checkpoints import records
from vae_core.checkpoints.folder import described
from vae_core.data import MAX_AXES, DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.model import Model
from vae_core.reading import Values, is_text, parsed, shown
from vae_core.training import TrainConfig

MAX_EXAMPLES, MAX_PARAMETERS, MAX_STEPS = 30_000, 32_000_000, 2_000_000
PIECE = 1_000_000
MAX_ACTIVATIONS = 4_000_000
"""Largest output of one layer for one example, in values."""
FLOATS, INTEGERS = {"F16", "BF16", "F32", "F64"}, {"U8", "I8", "I16", "I32", "I64"}


def config_and_spec(content: bytes) -> tuple[TrainConfig, DataSpec]:
    """What config.json describes; UserError if it describes no model that this program serves.

    Free-text options of the dataset are reset: a page that looks for a model's held-out examples would read the folder
    of this computer that one names, and serve its contents.
    """
    values = parsed(content, "config.json")
    config, spec = described(values, "config.json")
    kind_of(spec).check_spec(spec)
    return without_places(config), spec


def versions(content: bytes) -> dict[str, str]:
    """The versions of Python and torch that a config.json says it was trained with."""
    found = parsed(content, "config.json").get("versions")
    given = found if isinstance(found, dict) else {}
    return {name: given[name] for name in ("python", "torch") if is_text(given.get(name))}


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
        header = Values(parsed(content[8 : 8 + length], "the header"), "the header")
        found = {}
        for key in header.values:
            if key != "__metadata__":
                entry = header.inside(key)
                shape, dtype = entry.wholes("shape", MAX_AXES), entry.text("dtype")
                if dtype not in FLOATS | INTEGERS:
                    raise ValueError(f"it has a tensor of type {shown(dtype)}")
                found[key] = dtype, list(shape)
        return found
    except (ValueError, struct.error) as error:  # a UserError is one
        raise UserError(f"{name} is no safetensors file: {str(error).rstrip('.')}.") from None


def weights(content: bytes, config: TrainConfig, spec: DataSpec) -> dict[str, Tensor]:
    """Load the weights, after comparing their names and shapes with a model that takes no memory."""
    state = size(config, spec).state_dict()
    expected = {key: list(value.shape) for key, value in state.items()}
    found = _header(content, "model.safetensors")
    if {key: shape for key, (_, shape) in found.items()} != expected:
        raise UserError("The weights in model.safetensors are not those of the model that config.json describes.")
    if any(dtype not in (FLOATS if state[key].is_floating_point() else INTEGERS) for key, (dtype, _) in found.items()):
        raise UserError("The weights in model.safetensors are of another type than those of the model.")
    tensors = _tensors(content, "model.safetensors")
    if not _finite(tensors):
        raise UserError("The model's weights are not all numbers.")
    return tensors


def latents(content: bytes, config: TrainConfig, spec: DataSpec) -> None:
    found = _header(content, "latents.safetensors")
    shapes = {key: shape for key, (_, shape) in found.items()}
    n = (shapes.get("mu") or [0])[0]
    allowed = {"mu": [n, config.latent_dim], "y": [n], "nll": [n], "factors": [n, len(spec.factors)], "first": [n]}
    if config.model.variational:
        allowed["logvar"] = [n, config.latent_dim]
    required = {"mu", "y"} | ({"logvar"} if config.model.variational else set())
    kept = (shapes.get("learned_mu") or [0])[0]
    if kept:
        names = ("learned_mu", "learned_logvar") if config.model.variational else ("learned_mu",)
        allowed |= {name: [kept, config.latent_dim] for name in names}
        required |= set(names)
    fits = all(shape == allowed.get(key, [n, 3 if key.endswith("-3d") else 2]) for key, shape in shapes.items())
    known = all(key in allowed or key.startswith("projection.") for key in shapes)
    types = all(dtype in (INTEGERS if key in ("y", "first") else FLOATS) for key, (dtype, _) in found.items())
    if not (required <= set(shapes) and fits and known and types and 2 <= n <= MAX_EXAMPLES >= kept):
        raise UserError("The encoded examples in latents.safetensors are not those of the model.")
    tensors = _tensors(content, "latents.safetensors")
    labels = tensors["y"]
    if not _finite(tensors) or labels.min() < 0:
        raise UserError("The encoded examples in latents.safetensors are not all numbers.")
    if labels.max() >= max(1, len(spec.classes)):
        raise UserError("latents.safetensors has labels of classes that the model does not have.")
    first = tensors.get("first")
    if first is not None and (spec.kind != "series" or first.min() < 0 or first.max() > MAX_STEPS):
        raise UserError("latents.safetensors has windows of no series that this program could hold.")


def _finite(tensors: dict[str, Tensor]) -> bool:
    """Whether all values are, looked at in pieces: what is computed of a large tensor takes as much memory again."""
    return all(bool(part.isfinite().all()) for value in tensors.values() for part in value.flatten().split(PIECE))


def _tensors(content: bytes, name: str) -> dict[str, Tensor]:
    try:
        return load_safetensors(content)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"{name} cannot be read: {shown(str(error)).rstrip('.')}.") from None


def metrics_and_history(metrics: bytes, history: bytes, config: TrainConfig) -> None:
    """Check that both hold numbers only, and all those that pages and the card show."""
    records.metrics(parsed(metrics, "metrics.json"), "metrics.json", config.latent_dim)
    records.history(history, "history.jsonl", config.latent_dim)
