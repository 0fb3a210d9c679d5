"""A checkpoint as one zip file, to take to another machine; and back, from a file that nobody vouches for.

What is uploaded counts as hostile until shown otherwise: nothing is unpacked to a path that the zip names, sizes are
checked before anything is read and shapes before memory is taken, only JSON and safetensors are parsed, and what people
look at (card and preview) is made anew from the model itself.
"""

import hashlib
import io
import json
import math
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import safetensors
import torch
from safetensors.torch import load as load_safetensors

from vae_core import checkpoints
from vae_core import config as configs
from vae_core.checkpoint_files import FILES, FORMAT, finish_folder
from vae_core.checkpoints import Checkpoint, open_folder
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.files import write_bytes
from vae_core.model import Model
from vae_core.training import TrainConfig

MAX_BYTES, MAX_JSON_BYTES = 64_000_000, 8_000_000
"""Of one file in the zip, unpacked."""
MAX_PIXELS, MAX_EXAMPLES, MAX_PARAMETERS, MAX_LAYERS = 3 * 512 * 512, 200_000, 32_000_000, 32
READ = ("config.json", "model.safetensors", "history.jsonl", "metrics.json", "latents.safetensors", "manifest.json")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def pack(checkpoint: Checkpoint) -> bytes:
    """The checkpoint's files in a zip, below a folder of its name."""
    checkpoint.verify()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*FILES, "manifest.json"):
            archive.write(checkpoint.path / name, f"{checkpoint.name}/{name}")
    return file.getvalue()


def unpack(source: BinaryIO | Path, root: Path, name: str) -> Checkpoint:
    """Check a zip that `pack` may have made, and make it the checkpoint `root/name` (`name-2` if that is taken).

    Raises UserError, with nothing left behind, for whatever is not a whole and consistent checkpoint.
    """
    if not NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be a model's name: letters, digits, dots, dashes and underscores, at most 64."
        )
    contents = _contents(source)
    _check_manifest(contents)
    config, spec = _check_config(contents["config.json"])
    tensors = _check_weights(contents["model.safetensors"], config, spec)
    _check_latents(contents["latents.safetensors"], config, spec)
    _check_lines(contents)

    root.mkdir(parents=True, exist_ok=True)
    target = _free(root, name)
    with _new_folder(target) as staging:
        for each in READ[:-1]:
            write_bytes(staging / each, contents[each])
        model = Model(config.model, spec)
        model.load_state_dict(tensors, strict=True)
        finish_folder(staging, target.name, model.eval(), config)
    return open_folder(target)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder to fill, which becomes `target` in one step, or vanishes if that fails. Raises UserError."""
    try:
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.new."))
        try:
            staging.chmod(0o755)
            yield staging
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error}") from None


def copy(checkpoint: Checkpoint, root: Path, name: str) -> Checkpoint:
    """A copy of the checkpoint as `root/name`, as when a training's model is published.

    UserError for a name that is no name or is taken, and if it cannot be written.
    """
    _check_name(name)
    target = root / name
    if _free(root, name) != target:
        raise UserError(f"There is already a model {name!r}: choose another name.")
    checkpoint.verify()
    with _new_folder(target) as staging:
        for each in FILES:
            shutil.copyfile(checkpoint.path / each, staging / each)
        finish_folder(staging, name, checkpoint.load_model(), checkpoint.train_config)
    return open_folder(target)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be a model's name: letters, digits, dots, dashes and underscores, at most 64."
        )


def _free(root: Path, name: str) -> Path:
    taken = {path.name for folder in (root, checkpoints.SHIPPED, checkpoints.RUNS) for path in folder.glob("*")}
    n = 1
    while (free := name if n == 1 else f"{name}-{n}") in taken:
        n += 1
    return root / free


def _contents(source: BinaryIO | Path) -> dict[str, bytes]:
    """The files of a checkpoint by name. Nothing is read whose size or place is not as it should be."""
    try:
        with zipfile.ZipFile(source) as archive:
            members: dict[str, zipfile.ZipInfo] = {}
            for info in archive.infolist():
                parts = info.filename.split("/")
                if info.is_dir() or parts[-1] not in READ or len(parts) > 2:
                    continue  # README.md and preview.png are made anew; whatever else is in there is not ours
                if parts[-1] in members:
                    raise UserError(f"The zip holds {parts[-1]} twice.")
                limit = MAX_BYTES if parts[-1].endswith(".safetensors") else MAX_JSON_BYTES
                if info.file_size > limit:
                    raise UserError(
                        f"{parts[-1]} is {info.file_size / 1e6:.0f} MB; at most {limit / 1e6:.0f} are read."
                    )
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise UserError(f"{parts[-1]} is compressed in a way that is not read here.")
                members[parts[-1]] = info
            missing = [each for each in READ if each not in members]
            if missing:
                raise UserError(f"That zip is no model of ours: {', '.join(missing)} is missing.")
            contents = {}
            for each, info in members.items():
                with archive.open(info) as file:
                    contents[each] = file.read(info.file_size + 1)  # the header may lie; more is never taken
                if len(contents[each]) != info.file_size:
                    raise UserError(f"{each} is not as large as the zip says.")
            return contents
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise UserError(f"That file is not a zip that can be read ({error}).") from None
    except zlib.error as error:
        raise UserError(f"The zip is damaged ({error}).") from None


def _check_manifest(contents: dict[str, bytes]) -> None:
    manifest = _json(contents["manifest.json"], "manifest.json")
    for name in READ[:-1]:
        try:
            expected = manifest["files"][name]
            whole = expected["bytes"] == len(contents[name])
            whole = whole and expected["sha256"] == hashlib.sha256(contents[name]).hexdigest()
        except (KeyError, TypeError):
            whole = False
        if not whole:
            raise UserError(f"{name} is not the file that the model's manifest describes.")


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not JSON: {error}") from None


def _check_config(content: bytes) -> tuple[TrainConfig, DataSpec]:
    values = _json(content, "config.json")
    try:
        if values["format"] != FORMAT:
            raise UserError(f"The model has format {values['format']!r}; this program reads format {FORMAT}.")
        config, spec = TrainConfig.from_json(values["training"]), DataSpec.from_json(values["data"])
        sizes = all(isinstance(size, int) and size > 0 for size in spec.shape)
        names = all(isinstance(name, str) and len(name) <= 80 for name in (*spec.classes, *spec.factors))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise error if isinstance(error, UserError) else UserError(f"config.json is no model's: {error}") from None
    parts = (configs.plain(part) for part in (config.network, config.objective, config.likelihood, config.dataset))
    if any(isinstance(value, list) and len(value) > MAX_LAYERS for part in parts for value in part.values()):
        raise UserError(f"The model has more than {MAX_LAYERS} layers; such are not read here.")
    if spec.kind != "image" or len(spec.shape) != 3 or not sizes or math.prod(spec.shape) > MAX_PIXELS:
        raise UserError(f"Models of data with shape {spec.shape} are not read here.")
    if not names or len(spec.classes) > 1000 or len(spec.factors) > 100:
        raise UserError("The model's class names are not as they should be.")
    return config, spec


def _header(content: bytes, name: str) -> dict[str, tuple[str, list[int]]]:
    """Type and shape of each tensor in a safetensors file, from its header alone."""
    try:
        (length,) = struct.unpack_from("<Q", content)
        if length > 1_000_000:
            raise ValueError("the header is too long")
        header = json.loads(content[8 : 8 + length])
        return {key: (entry["dtype"], entry["shape"]) for key, entry in header.items() if key != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise UserError(f"{name} is no safetensors file: {error}") from None


def _check_weights(content: bytes, config: TrainConfig, spec: DataSpec) -> dict[str, torch.Tensor]:
    """The weights, after their names and shapes were compared with a model that takes no memory."""
    with torch.device("meta"):
        model = Model(config.model, spec)
    expected = {key: list(value.shape) for key, value in model.state_dict().items()}
    if sum(math.prod(shape) for shape in expected.values()) > MAX_PARAMETERS:
        raise UserError(f"The model has more than {MAX_PARAMETERS:,} parameters; such are not read here.")
    found = _header(content, "model.safetensors")
    if {key: shape for key, (_, shape) in found.items()} != expected:
        raise UserError("The weights in model.safetensors are not those of the model that config.json describes.")
    tensors = _tensors(content, "model.safetensors")
    if not all(value.isfinite().all() for value in tensors.values()):
        raise UserError("The model's weights are not all numbers.")
    return tensors


def _check_latents(content: bytes, config: TrainConfig, spec: DataSpec) -> None:
    found = _header(content, "latents.safetensors")
    shapes = {key: shape for key, (_, shape) in found.items()}
    n = shapes.get("mu", [0])[0]
    allowed = {"mu": [n, config.latent_dim], "y": [n], "nll": [n], "factors": [n, len(spec.factors)]}
    if config.model.variational:
        allowed["logvar"] = [n, config.latent_dim]
    required = {"mu", "y"} | ({"logvar"} if config.model.variational else set())
    fits = all(shape == allowed.get(key, [n, 3 if key.endswith("-3d") else 2]) for key, shape in shapes.items())
    known = all(key in allowed or key.startswith("projection.") for key in shapes)
    if not (required <= set(shapes) and fits and known and 2 <= n <= MAX_EXAMPLES):
        raise UserError("The encoded examples in latents.safetensors are not those of the model.")
    tensors = _tensors(content, "latents.safetensors")
    labels = tensors["y"]
    if not all(value.isfinite().all() for value in tensors.values()) or labels.min() < 0:
        raise UserError("The encoded examples in latents.safetensors are not all numbers.")
    if labels.max() >= max(1, len(spec.classes)):
        raise UserError("latents.safetensors has labels of classes that the model does not have.")


def _tensors(content: bytes, name: str) -> dict[str, torch.Tensor]:
    try:
        return load_safetensors(content)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"{name} cannot be read: {error}") from None


def _check_lines(contents: dict[str, bytes]) -> None:
    """Metrics and history hold numbers only, those at least that pages and card show."""
    metrics = _json(contents["metrics.json"], "metrics.json")
    if not _numbers(metrics, ("elbo", "nll", "kl", "kl_per_dim", "active_units", "parameters")):
        raise UserError("metrics.json does not hold the model's measurements.")
    for line in contents["history.jsonl"].splitlines():
        record = _json(line, "history.jsonl")
        fits = isinstance(record, dict) and all(_numbers(record.get(part), ("loss", "nll", "kl")) for part in PARTS)
        rest = {key: value for key, value in record.items() if key not in (*PARTS, "changes")} if fits else None
        if not _numbers(rest, ("epoch", "seconds", "lr", "gradient_norm")):
            raise UserError("history.jsonl is no training's history.")


PARTS = ("train", "test")


def _numbers(values: Any, required: tuple[str, ...]) -> bool:
    """Whether `values` is a dict of finite numbers and lists of such, with all the `required` names."""
    if not isinstance(values, dict) or not set(required) <= set(values):
        return False
    flat = [each for value in values.values() for each in (value if isinstance(value, list) else [value])]
    return all(isinstance(each, int | float) and math.isfinite(each) for each in flat)
