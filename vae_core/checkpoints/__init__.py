"""Find, open and write checkpoint folders. Only this package knows their format: `folder.py` reads one folder,
`files.py` writes its files, `runs.py` keeps those of a training job, and `archive.py` packs and unpacks them.

A folder holds `config.json`, `model.safetensors`, `history.jsonl`, `metrics.json`, `latents.safetensors`,
`preview.png`, a model card `README.md`, and `manifest.json` (sizes and SHA-256 of the others, written last). Only JSON
and safetensors are ever read: a checkpoint is data, never code.

The run folder of a training job holds such a folder for each of a few epochs, `epochs/000012`, which never changes, and
`epochs.json` names the latest and the best of them. That file is replaced in one step, so at every instant the run is
a checkpoint: its latest.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vae_core.checkpoints import records
from vae_core.checkpoints.files import FILES, FORMAT, contact_sheet, write_folder, write_manifest
from vae_core.checkpoints.folder import EPOCHS, INDEX, OLD, Checkpoint, Latents, manifest, open_folder, read
from vae_core.data import Data
from vae_core.errors import UserError
from vae_core.files import new_folder, write_json
from vae_core.model import Model
from vae_core.places import INSTALLED, ROOT, RUNS, RUNS_VARIABLE, SERIES, SHIPPED
from vae_core.training import TrainConfig

__all__ = [
    "FILES",
    "FORMAT",
    "INSTALLED",
    "ROOT",
    "RUNS",
    "RUNS_VARIABLE",
    "SERIES",
    "SHIPPED",
    "Checkpoint",
    "Latents",
    "check_target",
    "contact_sheet",
    "find",
    "keep_metrics",
    "load",
    "obstacle",
    "open_folder",
    "refusal",
    "save",
]

MAX_KNOWN = 10_000
"""Folders that `find` remembers."""

log = logging.getLogger(__name__)


def find(roots: Iterable[Path] = (SHIPPED, RUNS)) -> list[Checkpoint]:
    """Every checkpoint below `roots`, by root and name; a folder without a manifest holds none (yet).

    One that cannot be opened is logged and skipped: a broken checkpoint must not hide the others.
    """
    found = []
    for root in roots:
        for name in _names(root):
            try:
                checkpoint = _opened_before(f"{root}/{name}")
            except UserError as error:
                log.warning("Skipped: %s", error)
                continue
            if checkpoint is not None:
                found.append(checkpoint)
    return found


_opened: dict[str, tuple[tuple, Checkpoint]] = {}
"""By folder, what `find` opened there and the version that was: a list of a thousand models is made at every rerun."""


def _opened_before(folder: str) -> Checkpoint | None:
    """What `folder` holds, opened again only after a change; None if there is no checkpoint in it. Raises UserError.

    A text, not a path: making and comparing paths took more time than looking at the files.
    """
    version = _version(folder)
    known = _opened.get(folder)
    if known is not None and known[0] == version and version != (None, None):
        return known[1]
    if not _holds(folder, "manifest.json", INDEX):
        return None
    checkpoint = _open_current(Path(folder))
    if len(_opened) >= MAX_KNOWN:
        _opened.clear()
    _opened[folder] = version, checkpoint
    return checkpoint


def obstacle(roots: Iterable[Path] = (SHIPPED, RUNS)) -> str | None:
    """Why a folder of checkpoints cannot be listed, in a sentence; None if all can, or are not there."""
    for root in roots:
        try:
            os.listdir(root)
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"The models in {root.name}/ cannot be read: {error.strerror}. Whoever runs the app can change that."
    return None


def _names(root: Path) -> list[str]:
    """The names of the folders below `root`, and of those that are being replaced."""
    try:
        names = os.listdir(root)
    except OSError:  # there is none, or it was deleted a moment ago
        return []
    visible = {name for name in names if not name.startswith(".")}
    replaced = {name[1 : -len(OLD)] for name in names if name.startswith(".") and name.endswith(OLD)}
    return sorted(visible | replaced)


def load(
    name_or_path: str | Path, roots: Iterable[Path] = (SHIPPED, SERIES, RUNS), *, digest: str | None = None
) -> Checkpoint:
    """The checkpoint of that name in `roots`, or the folder at that path, verified against its manifest.

    Of a training job it is the latest epoch, or the one whose weights' SHA-256 begins with `digest` if it still exists.

    Raises UserError for a name that does not exist (listing those that do) and for a broken folder.
    """
    roots = tuple(roots)
    candidates = [root / name_or_path for root in roots if Path(name_or_path).name == str(name_or_path)]
    for folder in [*candidates, Path(name_or_path)]:
        if _holds(folder, "manifest.json", "config.json", INDEX):
            return _open_current(folder.resolve(), digest, verify=True)
    names = ", ".join(checkpoint.name for checkpoint in find(roots)) or "none yet"
    raise UserError(f"There is no checkpoint {str(name_or_path)!r}; there are: {names}.")


def refusal(name: str, roots: Iterable[Path] = (SHIPPED, RUNS)) -> str | None:
    """Why `find` passes over the checkpoint of that name; None if there is no such folder, or it can be opened."""
    for folder in (root / name for root in roots if Path(name).name == name):
        if _holds(folder, "manifest.json", INDEX):
            try:
                _open_current(folder)
            except UserError as error:
                return str(error)
    return None


def _open_current(folder: Path, digest: str | None = None, verify: bool = False) -> Checkpoint:
    """Open what `folder` holds now. A writer may replace it meanwhile: an error counts only if nothing was replaced."""
    while True:
        before = _version(folder)
        try:
            checkpoint = open_folder(_current(folder, digest))
            if verify:
                checkpoint.verify()
            _ = checkpoint.digest  # kept from now on: a training may replace the folder at any moment
            return checkpoint
        except UserError:
            if _version(folder) == before:
                raise


def _version(folder: Path | str) -> tuple:
    """A value that changes whenever a checkpoint is written to `folder`."""
    found: list[tuple[int, int] | None] = []
    for path in (f"{folder}/{INDEX}", f"{folder}/manifest.json"):
        try:
            stat = os.stat(path)
            found.append((stat.st_ino, stat.st_mtime_ns))
        except (OSError, ValueError):
            found.append(None)
    return tuple(found)


def _current(folder: Path, digest: str | None) -> Path:
    """The folder that holds the files: `folder` itself, or that of a run's epoch."""
    index = epochs_index(folder)
    if index is None:
        return _old(folder) if _is_being_replaced(folder) else folder
    latest = folder / EPOCHS / index["latest"]
    for epoch in [latest, *(folder / EPOCHS / name for name in _names(folder / EPOCHS))] if digest else []:
        try:
            if manifest(epoch)["model.safetensors"]["sha256"].startswith(digest):
                return epoch
        except UserError:
            continue  # deleted a moment ago
    return latest


def epochs_index(run: Path) -> dict[str, str] | None:
    """The folder names of the `latest` and the `best` epoch; None if `run` is not a run or has no epoch yet."""
    if not os.path.isfile(run / INDEX):
        return None
    index = read(run / INDEX)
    try:
        names = {name: index[name] for name in ("latest", "best")}
        whole = all(re.fullmatch(r"\d{6,}", name) for name in names.values())
    except (KeyError, TypeError):
        whole = False
    if not whole:
        raise UserError(f"{run.name}/{INDEX} is damaged: it does not name the latest and the best epoch.")
    return names


def _old(folder: Path) -> Path:
    return folder.parent / f".{folder.name}{OLD}"


def _is_being_replaced(folder: Path | str) -> bool:
    """`save` moves the old folder aside before it moves the new one in; it may have been killed in between."""
    parent, name = os.path.split(folder)
    return os.path.isfile(f"{parent or '.'}/.{name}{OLD}/manifest.json") and not os.path.lexists(folder)


def _holds(folder: Path | str, *names: str) -> bool:
    """Whether one of these files is in the folder, or in the one that is being replaced."""
    # os.path, because pathlib raises for a name that is too long, and names come from links.
    found = any(os.path.isfile(f"{folder}/{name}") for name in names)
    # Check again: the new folder may have appeared between the two checks.
    return found or _is_being_replaced(folder) or any(os.path.isfile(f"{folder}/{name}") for name in names)


def check_target(folder: Path) -> None:
    """UserError if `folder` cannot be written or already holds something other than a checkpoint.

    Call this before a training, whose result would otherwise be lost.
    """
    if folder.name in ("", ".."):
        raise UserError(f"{str(folder)!r} has no name of its own: name a folder to write to.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new_folder(folder).rmdir()
        ours = all((folder / name).is_file() for name in ("manifest.json", "config.json"))
        if os.path.lexists(folder) and not ours and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} is there already and is no checkpoint: name another folder.")
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error}") from None


def save(
    folder: Path,
    model: Model,
    config: TrainConfig,
    data: Data,
    history: list[dict[str, Any]],
    *,
    half: bool = False,
    with_maps: bool = False,
) -> Checkpoint:
    """Measure the model on the held-out examples and write its folder, replacing an existing checkpoint.

    `half` first rounds the weights of `model` itself to float16, so that the measurements apply to what is stored, in
    half the bytes. `with_maps` also fits UMAP and t-SNE, which takes a few minutes for 10,000 examples.

    Raises UserError if the folder cannot be written or holds something else.
    """
    check_target(folder)
    if half:
        model.half().float()
    # Write beside the target first: a crash leaves the target unchanged.
    staging = new_folder(folder)
    try:
        write_folder(staging, folder.name, model, config, data, history, half=half, with_maps=with_maps)
        _replace(folder, staging)
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # gone, unless something failed
    return open_folder(folder)


def keep_metrics(checkpoint: Checkpoint, results: Mapping[str, Any]) -> Checkpoint:
    """Put further measurements into a checkpoint's metrics.json, in one step: the folder is replaced by a copy.

    UserError for an epoch of a training, which never changes, and if the folder cannot be written.
    """
    folder = checkpoint.path
    if folder.parent.name == EPOCHS:
        raise UserError(f"{checkpoint.name} is a training's, whose epochs never change.")
    try:
        staging = new_folder(folder)
        try:
            shutil.copytree(folder, staging, dirs_exist_ok=True)
            found = records.metrics(
                {**checkpoint.metrics, **results}, "metrics.json", checkpoint.train_config.latent_dim
            )
            (staging / "manifest.json").unlink()
            write_json(staging / "metrics.json", found)
            write_manifest(staging)
            _replace(folder, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)  # gone, unless something failed
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error}") from None
    return open_folder(folder)


def _replace(folder: Path, by: Path) -> None:
    previous = _old(folder)
    if not folder.exists():
        by.rename(folder)
    else:
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)
        try:
            by.rename(folder)
        except BaseException:
            previous.rename(folder)
            raise
    shutil.rmtree(previous, ignore_errors=True)
