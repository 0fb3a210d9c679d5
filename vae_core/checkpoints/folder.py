"""One checkpoint folder: its config, metrics, weights and latents, each read on demand."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load_file
from torch import Tensor

from vae_core.checkpoints import records
from vae_core.checkpoints.files import FILES, ORIGINALS, READS
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.files import sha256
from vae_core.kinds import kind_of
from vae_core.kinds.series.windows import cut
from vae_core.latent.encoded import Latents
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.reading import Values, is_text, read_json, shown
from vae_core.training import TrainConfig

EPOCHS, INDEX = "epochs", "epochs.json"
OLD = ".old"


@dataclass(frozen=True)
class Checkpoint:
    """An open checkpoint folder: the config is in memory, everything else is read on demand."""

    path: Path
    config: Mapping[str, Any]
    train_config: TrainConfig
    spec: DataSpec

    @property
    def name(self) -> str:
        """The folder's name; for one of a run's epochs, the run's."""
        return name_of(self.path)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        name = f"{self.name}/metrics.json"
        return records.metrics(read(self.path / "metrics.json"), name, self.train_config.latent_dim)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        name = f"{self.name}/history.jsonl"
        try:
            return records.history((self.path / "history.jsonl").read_bytes(), name, self.train_config.latent_dim)
        except OSError as error:
            raise unreadable(self.path / "history.jsonl", error) from None

    @cached_property
    def digest(self) -> str:
        """Changes with the weights: the SHA-256 of model.safetensors, from the manifest."""
        return manifest(self.path)["model.safetensors"]["sha256"]

    def load_model(self) -> Model:
        """The model in evaluation mode, rebuilt from the config and loaded strictly."""
        model, weights = Model(self.train_config.model, self.spec), self.path / "model.safetensors"
        try:
            model.load_state_dict(load_file(weights), strict=True)
        except OSError as error:
            raise unreadable(weights, error) from None
        except (RuntimeError, safetensors.SafetensorError) as error:
            reason = " ".join(str(error).split())
            raise UserError(
                f"{self.name}/model.safetensors does not hold the weights of its config: {reason}"
            ) from None
        return model.eval().requires_grad_(False)

    def load_latents(self) -> Latents:
        """The encoded held-out examples and their projections; UserError if the file is missing or damaged."""
        try:
            tensors = load_file(self.path / "latents.safetensors")
            return Latents(
                _posterior(tensors),
                tensors["y"].long(),
                tensors.get("factors"),
                {name.partition(".")[2]: value for name, value in tensors.items() if name.startswith("projection.")},
                tensors.get("nll"),
                tensors.get("first"),
                _posterior(tensors, "learned_") if "learned_mu" in tensors else None,
            )
        except (KeyError, OSError, safetensors.SafetensorError) as error:
            raise unreadable(self.path / "latents.safetensors", error) from None

    def load_originals(self) -> Tensor | None:
        """The first stored examples as they were, [n, *shape] at rest, or all windows of a series; None where none are
        kept, or where they do not fit the model."""
        if not os.path.isfile(self.path / ORIGINALS):
            return None
        try:
            kept = load_file(self.path / ORIGINALS)
            first = self.load_latents().first if "series" in kept else None
            x = kept["x"] if first is None else cut(kept["series"], (first - first.min()).numpy(), self.spec.shape[1])
            kind_of(self.spec).check(self.spec, x)
        except (KeyError, IndexError, OSError, safetensors.SafetensorError, UserError):
            return None
        return x

    def verify(self) -> None:
        """Compare every file with the manifest; UserError names the first that is missing or changed."""
        for name, expected in manifest(self.path).items():
            file = self.path / name
            if not os.path.isfile(file):
                raise replaced(self.path) or UserError(f"Checkpoint {self.name} is incomplete: {name} is missing.")
            try:
                as_saved = file.stat().st_size == expected["bytes"] and sha256(file) == expected["sha256"]
            except OSError as error:
                raise unreadable(file, error) from None
            if not as_saved:
                raise UserError(f"Checkpoint {self.name} is damaged: {name} is not the file that was saved.")


def _posterior(tensors: Mapping[str, Tensor], prefix: str = "") -> Posterior:
    logvar = tensors.get(f"{prefix}logvar")
    return Posterior(tensors[f"{prefix}mu"].float(), None if logvar is None else logvar.float())


def open_folder(folder: Path) -> Checkpoint:
    """Open the checkpoint in `folder` itself, without verification; UserError if it cannot be opened."""
    config = read(folder / "config.json")
    return Checkpoint(folder, config, *described(config, f"{name_of(folder)}/config.json"))


def described(values: Any, name: str) -> tuple[TrainConfig, DataSpec]:
    """What a config.json that was parsed says of the training and its data; UserError if it is none."""
    found = Values(values, name)
    number = values.get("format")
    if type(number) is not int or number not in READS:  # true is 1, and no number of a format
        raise UserError(f"{name} has format {shown(number)}; this program reads {READS[0]} to {READS[-1]}.")
    data, training = found.inside("data").values, found.inside("training").values
    try:
        spec = DataSpec.from_json(data)
        kind_of(spec)  # fail early for a kind unknown to this version
        return TrainConfig.from_json(training), spec
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Size (`bytes`) and `sha256` of each file of a checkpoint; UserError if manifest.json lacks them."""
    files = listed(read(folder / "manifest.json"), f"{name_of(folder)}/manifest.json")
    for name in FILES:
        if name not in files:
            raise UserError(f"Checkpoint {name_of(folder)} is damaged: manifest.json does not list {name}.")
    return files


def listed(values: Any, name: str) -> dict[str, dict[str, Any]]:
    """What a manifest that was parsed says of its files; UserError if it is none."""
    files = Values(values, name).inside("files")
    found = {}
    for file in files.values:
        if not is_text(file) or "/" in file or "\\" in file or file in (".", ".."):
            raise UserError(f"{name} does not fit: {shown(file)!r} is no file of a checkpoint.")
        entry = files.inside(file)
        digest = entry.text("sha256")
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise UserError(f"{name} does not fit: it holds no checksum of {file}.")
        found[file] = {"bytes": entry.whole("bytes"), "sha256": digest}
    return found


def read(path: Path) -> Any:
    """The value of a checkpoint's JSON file. UserError if it cannot be read or is no JSON."""
    try:
        return read_json(path, f"{name_of(path.parent)}/{path.name}")
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(file: Path, error: Exception) -> UserError:
    """What to tell about a file of a checkpoint that cannot be read."""
    reason = getattr(error, "strerror", None) or error
    return replaced(file.parent) or UserError(f"{name_of(file.parent)}/{file.name} cannot be read: {reason}")


def replaced(folder: Path) -> UserError | None:
    """What to tell about an epoch that its training has deleted since, for later ones; None about any other folder."""
    if folder.parent.name == EPOCHS and folder.name.isdecimal() and not os.path.isdir(folder):
        return UserError(f"{name_of(folder)} no longer keeps its epoch {int(folder.name)}: open the model again.")
    return None


def name_of(folder: Path) -> str:
    """The folder's name; for one of a run's epochs the run's, for one that is being replaced its final name."""
    if folder.parent.name == EPOCHS and os.path.isfile(folder.parents[1] / INDEX):
        return folder.parents[1].name
    hidden = folder.name.startswith(".") and folder.name.endswith(OLD)
    return folder.name[1 : -len(OLD)] if hidden else folder.name
