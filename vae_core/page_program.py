"""A model as the page runs it: a list of operations and the weights they name, in one safetensors file.

The program is JSON in the file's metadata (key "program"); `components/shared/engine/engine.js` interprets it, and
docs/engine.md documents it. To support a layer type, add one function here and one in the engine.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save as save_safetensors
from torch import Tensor, nn

from vae_core.likelihoods import LIKELIHOODS
from vae_core.networks import ConcatCondition, OneHot, OneHotColumns, Pipeline, SequenceDecoder
from vae_core.networks._attention import AttentionReader, AttentionWriter
from vae_core.networks._recurrent import Reader, Writer
from vae_core.networks._recurrent_series import SeriesReader, SeriesWriter
from vae_core.networks.broadcast import Broadcast

if TYPE_CHECKING:
    from vae_core.model import Model

FORMAT = 2
"""The format to write; the engine also opens format 1, which names a non-linearity instead of a likelihood."""


class UnsupportedLayer(Exception):
    """The page's engine lacks this layer or likelihood; Python decodes such a model."""


_OPERATIONS: dict[type, Callable[[Any], dict[str, Any]]] = {
    nn.Linear: lambda layer: {"op": "linear"},
    nn.Conv2d: lambda layer: {"op": "conv2d", **_windows(layer)},
    nn.ConvTranspose2d: lambda layer: {
        "op": "conv_transpose2d",
        **_windows(layer),
        "output_padding": list(layer.output_padding),
    },
    nn.Conv1d: lambda layer: {"op": "conv1d", **_windows(layer)},
    nn.ConvTranspose1d: lambda layer: {
        "op": "conv_transpose1d",
        **_windows(layer),
        "output_padding": list(layer.output_padding),
    },
    nn.BatchNorm2d: lambda layer: {"op": "batch_norm", "eps": _only(layer.track_running_stats, layer, layer.eps)},
    nn.BatchNorm1d: lambda layer: {"op": "batch_norm", "eps": _only(layer.track_running_stats, layer, layer.eps)},
    nn.LayerNorm: lambda layer: {"op": "layer_norm", "eps": layer.eps, "size": list(layer.normalized_shape)},
    nn.GroupNorm: lambda layer: {"op": "group_norm", "eps": layer.eps, "groups": layer.num_groups},
    nn.Upsample: lambda layer: {"op": "upsample", "scale": _scale(layer)},
    nn.Flatten: lambda layer: {"op": _only((layer.start_dim, layer.end_dim) == (1, -1), layer, "flatten")},
    nn.Unflatten: lambda layer: {"op": "reshape", "shape": _only(layer.dim == 1, layer, list(layer.unflattened_size))},
    ConcatCondition: lambda layer: {"op": "concat_condition"},
    Broadcast: lambda layer: {"op": "broadcast", "size": [layer.height, layer.width]},
    Reader: lambda layer: {"op": "read", "padding": layer.padding, **_cell(layer.cell)},
    AttentionReader: lambda layer: {"op": "read", "padding": layer.padding, **_attention(layer)},
    SeriesReader: lambda layer: {"op": "read_series", **_cell(layer.cell)},
    SeriesWriter: lambda layer: {"op": "write_series", "length": layer.length, **_cell(layer.cell)},
    OneHotColumns: lambda layer: {"op": "one_hot_columns", "columns": list(layer.columns)},
    OneHot: lambda layer: {"op": "one_hot", "symbols": layer.symbols},
    nn.ReLU: lambda layer: {"op": "relu"},
    nn.SiLU: lambda layer: {"op": "silu"},
    nn.GELU: lambda layer: {"op": "gelu", "approximate": layer.approximate},
    nn.ELU: lambda layer: {"op": "elu", "alpha": layer.alpha},
    nn.Tanh: lambda layer: {"op": "tanh"},
    nn.Sigmoid: lambda layer: {"op": "sigmoid"},
    nn.LeakyReLU: lambda layer: {"op": "leaky_relu", "slope": layer.negative_slope},
}


def _cell(cell: nn.RNNBase) -> dict[str, Any]:
    plain = cell.bias and cell.batch_first and not cell.proj_size and getattr(cell, "nonlinearity", "tanh") == "tanh"
    found = {"cell": cell.mode.removesuffix("_TANH").lower(), "layers": cell.num_layers}
    return _only(plain, cell, found | {"bidirectional": cell.bidirectional})


def _attention(layer: AttentionReader | AttentionWriter) -> dict[str, Any]:
    return {"cell": "transformer", "layers": len(layer.blocks), "heads": layer.blocks[0].heads}


def _only(holds: bool, layer: nn.Module, value: Any) -> Any:
    if not holds:
        raise UnsupportedLayer(f"{layer} cannot run in the page.")
    return value


def _windows(layer: nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d | nn.ConvTranspose2d) -> dict[str, Any]:
    plain = (
        layer.groups == 1
        and set(layer.dilation) == {1}
        and layer.padding_mode == "zeros"
        and isinstance(layer.padding, tuple)
    )
    return _only(plain, layer, {"stride": list(layer.stride), "padding": list(layer.padding)})


def _scale(layer: nn.Upsample) -> int:
    factor = layer.scale_factor  # a float, one a dimension, or None where the layer names a size
    plain = layer.mode == "nearest" and isinstance(factor, float) and factor.is_integer()
    return int(_only(plain, layer, factor))


def operations(pipeline: Pipeline, prefix: str) -> list[dict[str, Any]]:
    """The operations of an encoder or decoder in order; `weights` names tensors of the model's state dict.

    Raises UnsupportedLayer for a layer that the page's engine does not know.
    """
    program = []
    for position, layer in pipeline.named_children():
        if type(layer) not in _OPERATIONS:
            raise UnsupportedLayer(f"The page has no operation for {type(layer).__name__}.")
        operation = _OPERATIONS[type(layer)](layer)
        tensors = [name for name, value in layer.state_dict().items() if value.is_floating_point()]
        if tensors:
            operation["weights"] = {name: f"{prefix}.{position}.{name}" for name in tensors}
        program.append(operation)
    return program


def _decoder(decoder: Pipeline | SequenceDecoder) -> list[dict[str, Any]] | dict[str, Any]:
    """The operations of a decoder, or how one that writes step by step generates."""
    if isinstance(decoder, Pipeline):
        return operations(decoder, "decoder")
    if isinstance(decoder, Writer):
        cell = _cell(decoder.cell)
    elif isinstance(decoder, AttentionWriter):
        cell = _attention(decoder)
    else:
        raise UnsupportedLayer(f"The page has no operation for {type(decoder).__name__}.")
    weights = {name: f"decoder.{name}" for name in decoder.state_dict()}
    return {"generate": {**cell, "length": decoder.length, "weights": weights}}


def export(model: "Model", parts: Sequence[str] = ("encoder", "decoder")) -> bytes:
    """The model as one safetensors file for the page, or only the weights of a part: the program is the same. Raises
    UnsupportedLayer if the page cannot run it."""
    network = model.network
    program: dict[str, Any] = {
        "format": FORMAT,
        "kind": model.spec.kind,
        "likelihood": {"name": LIKELIHOODS.of(model.config.likelihood).name, **model.likelihood.for_page()},
        "choice": dict(model.kind.choice(model.spec)),
        "encoder": operations(network.encoder, "encoder"),
        "decoder": _decoder(network.decoder),
        "input_shape": list(model.spec.shape),
        "output_shape": list(model.spec.shape),
        "latent_dim": model.config.latent_dim,
        "classes": model.n_conditions,
        "variational": model.config.variational,
    }
    decoder = program["decoder"]
    wanted = {
        "encoder": program["encoder"],
        "decoder": [decoder["generate"]] if isinstance(decoder, dict) else decoder,
    }
    used = {name for part in parts for op in wanted[part] for name in op.get("weights", {}).values()}
    weights: dict[str, Tensor] = {
        name: value.contiguous() for name, value in network.state_dict().items() if name in used
    }
    # Weights that half precision holds exactly (as shipped checkpoints are stored) travel in half the bytes.
    if all(torch.equal(value.half().float(), value) for value in weights.values()):
        weights = {name: value.half() for name, value in weights.items()}
    return save_safetensors(weights, metadata={"program": json.dumps(program)})
