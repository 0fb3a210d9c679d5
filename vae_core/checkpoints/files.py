"""Write the files of one checkpoint folder."""

import hashlib
import itertools
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import Tensor

from vae_core.anomalies.scores import learned
from vae_core.checkpoints.card import model_card
from vae_core.data import Data, DataSpec, Split
from vae_core.files import sync, write_bytes, write_json
from vae_core.kinds import kind_of
from vae_core.kinds.series.windows import joined
from vae_core.metrics import Measure, batches, encode_split, measure
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.projections import PROJECTIONS, fit, stored_name
from vae_core.projections.pca import pca
from vae_core.training import TrainConfig

FORMAT, READS = 2, (1, 2)
"""The format to write, and those to read: 2 adds data of symbols."""
FILES = (
    "config.json",
    "model.safetensors",
    "history.jsonl",
    "metrics.json",
    "latents.safetensors",
    "preview.png",
    "README.md",
)
ORIGINALS = "originals.safetensors"
"""In shipped checkpoints of data that has to be downloaded: the first stored examples as they were, or the series that
they were cut from."""
N_ORIGINALS = 100
SIZE = Measure("parameters", "Parameters", "Numbers that were learned, in encoder and decoder.", "size")
"""What a checkpoint's metrics say beside those that were measured."""
MAPS = (("umap", 2), ("umap", 3), ("tsne", 2))
"""Projections in shipped checkpoints, beside PCA."""


def write_folder(
    folder: Path,
    name: str,
    model: Model,
    config: TrainConfig,
    data: Data,
    history: list[dict[str, Any]],
    *,
    half: bool = False,
    with_maps: bool = False,
) -> None:
    """Measure the model on the held-out examples and fill the empty `folder`, manifest last. Raises OSError."""
    training = model.training
    model.eval()
    try:
        _write(folder, name, model, config, data, history, half, with_maps)
    finally:
        model.train(training)


def _write(folder, name, model, config, data, history, half, with_maps) -> None:
    storage = torch.float16 if half else torch.float32
    state = {key: value.cpu().contiguous() for key, value in model.state_dict().items()}
    state = {key: value.to(storage) if value.is_floating_point() else value for key, value in state.items()}
    write_bytes(folder / "model.safetensors", to_safetensors(state), durable=False)

    metrics = measure(model, data.test.take(data.judged)) | {
        "parameters": sum(parameter.numel() for parameter in model.parameters())
    }
    write_json(folder / "metrics.json", metrics, durable=False)
    posterior = encode_split(model, data.test)
    latents = latent_tensors(model, posterior, data, storage, with_maps)
    write_bytes(folder / "latents.safetensors", to_safetensors(latents), durable=False)

    write_json(folder / "config.json", config_file(config, data.spec), durable=False)
    lines = [json.dumps(line) + "\n" for line in history]
    write_bytes(folder / "history.jsonl", "".join(lines).encode(), durable=False)
    finish_folder(folder, name, model, config, len(data.train))


def config_file(config: TrainConfig, spec: DataSpec) -> dict[str, Any]:
    """The content of config.json."""
    return {
        "format": FORMAT,
        "training": config.to_json(),
        "data": spec.to_json(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def finish_folder(folder: Path, name: str, model: Model, config: TrainConfig, n_train: int | None = None) -> None:
    """Write the files derived from the others: preview, model card (`n_train`: number of training examples, if known)
    and, last, the manifest. Raises OSError."""
    latents = load_file(folder / "latents.safetensors")
    logvar = latents.get("logvar")
    posterior = Posterior(latents["mu"].float(), None if logvar is None else logvar.float())
    y = latents["y"].long()
    _preview(model, posterior, y).save(folder / "preview.png")
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    history = [json.loads(line) for line in (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    card = model_card(name, config, model.spec, metrics, history, n_test=len(y), n_train=n_train)
    write_bytes(folder / "README.md", card.encode(), durable=False)
    write_manifest(folder)


def write_originals(folder: Path, split: Split) -> None:
    """Keep the first held-out examples, or the series that all were cut from, in a checkpoint that is there. Raises
    OSError."""
    kept = {"x": split.x[:N_ORIGINALS].contiguous()}
    if split.first is not None:
        kept = {"series": joined(split.x, split.first)}
    (folder / "manifest.json").unlink()
    write_bytes(folder / ORIGINALS, to_safetensors(kept), durable=False)
    write_manifest(folder)


def write_manifest(folder: Path) -> None:
    """Write manifest.json, which makes a checkpoint of a folder's files. Raises OSError."""
    for path in folder.iterdir():  # all at the end: the file system then writes its journal once, not eight times
        sync(path)
    files = {path.name: described(path.read_bytes()) for path in sorted(folder.iterdir())}
    write_json(folder / "manifest.json", {"files": files})


def described(content: bytes) -> dict[str, Any]:
    """What the manifest says of a file."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def latent_tensors(
    model: Model, posterior: Posterior, data: Data, storage: torch.dtype, with_maps: bool
) -> dict[str, Tensor]:
    """The tensors of latents.safetensors, from the held-out examples."""
    tensors = {
        "mu": posterior.mu.to(storage),
        "y": data.test.y.to(torch.int16),
        "nll": _nll(model, posterior, data.test),
    }
    if posterior.logvar is not None:
        tensors["logvar"] = posterior.logvar.to(storage)
    if data.spec.normal is not None:
        known = learned(model, data)
        tensors["learned_mu"] = known.mu.to(storage)
        if known.logvar is not None:
            tensors["learned_logvar"] = known.logvar.to(storage)
    if data.test.first is not None:
        tensors["first"] = data.test.first
    if data.test.factors is not None:
        tensors["factors"] = data.test.factors
    if posterior.mu.shape[1] > 2:  # a 2-D latent space is its own map
        tensors["projection.pca"] = pca(posterior.mu)
        for name, dimensions in MAPS if with_maps else ():
            config = PROJECTIONS[name].config()
            # Fit the stored values, so that the map matches its points exactly.
            found = fit(config, tensors["mu"].float(), dimensions)
            tensors[f"projection.{stored_name(config, dimensions)}"] = found.flat
    return {name: value.contiguous() for name, value in tensors.items()}


@torch.inference_mode()
def _nll(model: Model, posterior: Posterior, split: Split) -> Tensor:
    """The NLL of each example decoded from its posterior mean, in nats: [N]."""
    found, start = [], 0
    for part in batches(model, split):
        mu = posterior.mu[start : start + len(part)].to(model.device)
        found.append(model.nll(part.x, mu, part.y).float().cpu())
        start += len(part)
    return torch.cat(found)


@torch.inference_mode()
def _preview(model: Model, posterior: Posterior, y: Tensor, side: int = 4) -> Image.Image:
    """A picture of side × side reconstructions of held-out examples, going through the classes in turn."""
    picked = through_classes(y, side * side)
    z, condition = posterior.mu[picked].to(model.device), y[picked].to(model.device)
    pieces = model.pieces(len(picked), len(picked))
    shown = torch.cat([model.decode(z[piece], condition[piece]).cpu() for piece in pieces])
    kind = kind_of(model.spec)
    pictures = kind.pictures(shown, model.spec)
    return text_sheet(kind.lines(shown, model.spec)) if pictures is None else contact_sheet(pictures, side)


def through_classes(y: Tensor, n: int) -> Tensor:
    """The indices of up to `n` examples whose labels y [N] go through the classes in turn.

    Those of a class are spread over the split, whose neighbours may be nearly equal, like sliding windows of a level.
    """
    by_class = [_spread(torch.nonzero(y == label).flatten(), n).tolist() for label in y.unique()]
    in_turn = [i for round_ in itertools.zip_longest(*by_class) for i in round_ if i is not None]
    return torch.tensor(in_turn[:n])


def _spread(values: Tensor, n: int) -> Tensor:
    """Up to `n` of `values` [N], evenly spaced, the first among them."""
    return values[torch.arange(min(n, len(values))) * len(values) // n] if n < len(values) else values


GAPS, LINES = 32, 128
"""The lines between the pictures of a sheet: this many of them are as wide as a picture; their grey."""


def contact_sheet(pictures: Tensor, columns: int) -> Image.Image:
    """Tile pictures uint8 [N, H, W, 3] into one, row by row, with grey lines between them; grey if all of them are."""
    n, height, width, _ = pictures.shape
    rows, gap = -(-n // columns), -(-width // GAPS)
    sheet = torch.zeros(rows * columns, height, width, 3, dtype=torch.uint8)
    sheet[:n] = pictures
    lined = F.pad(sheet, (0, 0, 0, gap, 0, gap), value=LINES)  # to the right of each and below
    lined = lined.view(rows, columns, height + gap, width + gap, 3).transpose(1, 2)  # [rows, H, columns, W, 3]
    pixels = lined.reshape(rows * (height + gap), columns * (width + gap), 3)[:-gap, :-gap].numpy()
    grey = bool((pictures == pictures[..., :1]).all())
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if grey else pixels))


def text_sheet(lines: Sequence[str], width: int = 320) -> Image.Image:
    """A picture of lines of text, for data without pictures."""
    height = 18
    sheet = Image.new("L", (width, height * max(1, len(lines))), 255)
    pen = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        pen.text((4, height * row + 3), line[: width // 6].encode("ascii", "replace").decode(), fill=20)
    return sheet
