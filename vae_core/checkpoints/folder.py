"""One checkpoint folder: its config, metrics, weights and latents, each read on demand."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load_file
from torch import Tensor

from vae_core.checkpoints.files import FILES, ORIGINALS, READS
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.files import sha256
from vae_core.kinds import kind_of
from vae_core.latent.encoded import Latents
from vae_core.model import Model, Posterior
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
        return read(self.path / "metrics.json")

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        return read(self.path / "history.jsonl", lambda text: [json.loads(line) for line in text.splitlines()])

    @property
    def digest(self) -> str:
        """Changes with the weights: the SHA-256 of model.safetensors, from the manifest."""
        return manifest(self.path)["model.safetensors"]["sha256"]

    def load_model(self) -> Model:
        """The model in evaluation mode, rebuilt from the config and loaded strictly."""
        model = Model(self.train_config.model, self.spec)
        try:
            model.load_state_dict(load_file(self.path / "model.safetensors"), strict=True)
        except (RuntimeError, OSError, safetensors.SafetensorError) as error:
            reason = " ".join(str(error).split())
            raise UserError(
                f"{self.name}/model.safetensors does not hold the weights of its config: {reason}"
            ) from None
        return model.eval().requires_grad_(False)

    def load_latents(self) -> Latents:
        """The encoded held-out examples and their projections; UserError if the file is missing or damaged."""
        try:
            tensors = load_file(self.path / "latents.safetensors")
            logvar = tensors.get("logvar")
            return Latents(
                Posterior(tensors["mu"].float(), None if logvar is None else logvar.float()),
                tensors["y"].long(),
                tensors.get("factors"),
                {name.partition(".")[2]: value for name, value in tensors.items() if name.startswith("projection.")},
                tensors.get("nll"),
            )
        except (KeyError, OSError, safetensors.SafetensorError) as error:
            raise UserError(f"{self.name}/latents.safetensors cannot be read: {error}") from None

    def load_originals(self) -> Tensor | None:
        """The first stored examples as they were, [n, *shape] at rest; None where none are kept, or where they do not
        fit the model."""
        if not os.path.isfile(self.path / ORIGINALS):
            return None
        try:
            x = load_file(self.path / ORIGINALS)["x"]
            kind_of(self.spec).check(self.spec, x)
        except (KeyError, OSError, safetensors.SafetensorError, UserError):
            return None
        return x

    def verify(self) -> None:
        """Compare every file with the manifest; UserError names the first that is missing or changed."""
        for name, expected in manifest(self.path).items():
            file = self.path / name
            if not os.path.isfile(file):
                raise UserError(f"Checkpoint {self.name} is incomplete: {name} is missing.")
            try:
                as_saved = file.stat().st_size == expected["bytes"] and sha256(file) == expected["sha256"]
            except OSError as error:
                raise UserError(f"Checkpoint {self.name}: {name} cannot be read: {error}") from None
            if not as_saved:
                raise UserError(f"Checkpoint {self.name} is damaged: {name} is not the file that was saved.")


def open_folder(folder: Path) -> Checkpoint:
    """Open the checkpoint in `folder` itself, without verification; UserError if it cannot be opened."""
    config = read(folder / "config.json")
    found = config.get("format") if isinstance(config, dict) else None
    if found not in READS:
        raise UserError(
            f"Checkpoint {name_of(folder)} has format {found!r}; this program reads {READS[0]} to {READS[-1]}."
        )
    try:
        spec = DataSpec.from_json(config["data"])
        kind_of(spec)  # fail early for a kind unknown to this version
        return Checkpoint(folder, config, TrainConfig.from_json(config["training"]), spec)
    except UserError as error:
        raise UserError(f"{name_of(folder)}/config.json: {error}") from None
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{name_of(folder)}/config.json is damaged ({type(error).__name__}: {error}).") from None


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Size (`bytes`) and `sha256` of each file of a checkpoint; UserError if manifest.json lacks them."""
    found = read(folder / "manifest.json")
    try:
        files = {name: {key: entry[key] for key in ("bytes", "sha256")} for name, entry in found["files"].items()}
    except (AttributeError, KeyError, TypeError):
        damage = "manifest.json lists no sizes and checksums"
        raise UserError(f"Checkpoint {name_of(folder)} is damaged: {damage}.") from None
    for name in FILES:
        if name not in files:
            raise UserError(f"Checkpoint {name_of(folder)} is damaged: manifest.json does not list {name}.")
    return files


def read(path: Path, parse: Callable[[str], Any] = json.loads) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # not there, not UTF-8, not JSON or nested without end
        raise UserError(f"{name_of(path.parent)}/{path.name} cannot be read: {error}") from None


def name_of(folder: Path) -> str:
    """The folder's name; for one of a run's epochs the run's, for one that is being replaced its final name."""
    if folder.parent.name == EPOCHS and os.path.isfile(folder.parents[1] / INDEX):
        return folder.parents[1].name
    hidden = folder.name.startswith(".") and folder.name.endswith(OLD)
    return folder.name[1 : -len(OLD)] if hidden else folder.name
