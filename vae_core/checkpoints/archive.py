"""Checkpoints as zip files: pack one for another machine, unpack one from an untrusted source.

An upload counts as hostile: no path in the zip is used, sizes are checked before anything is read and shapes before
memory is allocated, only JSON and safetensors are parsed, the config cannot name files of this computer, and what
people look at (card and preview) is regenerated from the model itself.
"""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vae_core import checkpoints, owners, zips
from vae_core.checkpoints import Checkpoint, open_folder
from vae_core.checkpoints import archive_checks as checks
from vae_core.checkpoints.files import FILES, config_file, described, finish_folder
from vae_core.checkpoints.folder import listed
from vae_core.errors import UserError
from vae_core.files import as_json, new_folder, write_bytes, write_json
from vae_core.model import Model
from vae_core.reading import parsed
from vae_core.zips import Member, ZipError

MAX_BYTES, MAX_JSON_BYTES = 64_000_000, 8_000_000
"""Limits for one file in the zip, unpacked."""
READ = ("config.json", "model.safetensors", "history.jsonl", "metrics.json", "latents.safetensors", "manifest.json")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def pack(checkpoint: Checkpoint) -> bytes:
    """Zip the checkpoint's files, below a folder of its name.

    Free-text options of the dataset are left out: one of them names the folder of this computer that the data lay in.
    """
    checkpoint.verify()
    contents = {name: (checkpoint.path / name).read_bytes() for name in FILES}
    training = checks.without_places(checkpoint.train_config).to_json()
    contents["config.json"] = as_json({**checkpoint.config, "training": training})
    contents["manifest.json"] = as_json({"files": {name: described(content) for name, content in contents.items()}})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{checkpoint.name}/{name}", content)
    return file.getvalue()


def unpack(source: BinaryIO | Path, root: Path, name: str, *, owner: str | None = None) -> Checkpoint:
    """Validate a zip that claims to come from `pack` and make it the checkpoint `root/name` (or `name-2` if taken), the
    `owner`'s.

    Raises UserError, with nothing left behind, for anything but a complete and consistent checkpoint.
    """
    _check_name(name)
    contents = _contents(source)
    _check_manifest(contents)
    config, spec = checks.config_and_spec(contents["config.json"])
    tensors = checks.weights(contents["model.safetensors"], config, spec)
    checks.latents(contents["latents.safetensors"], config, spec)
    checks.metrics_and_history(contents["metrics.json"], contents["history.jsonl"], config)

    root.mkdir(parents=True, exist_ok=True)
    target = _free(root, name)
    with _new_folder(target) as staging:
        versions = checks.versions(contents["config.json"])
        write_json(staging / "config.json", config_file(config, spec) | {"versions": versions})
        for each in READ[1:-1]:
            write_bytes(staging / each, contents.pop(each))
        model = Model(config.model, spec)
        model.load_state_dict(tensors, strict=True)
        tensors.clear()  # what is not needed any more: a large model stands in memory several times
        finish_folder(staging, target.name, model.eval(), config)
        if owner is not None:
            owners.write(staging, owner)
        open_folder(staging)  # before the rename, so that a refusal leaves nothing behind
    return open_folder(target)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder to fill. It becomes `target` in one step, or is deleted if that fails. Raises UserError."""
    try:
        staging = new_folder(target)
        try:
            yield staging
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UserError(f"The model {target.name} cannot be written: {error.strerror}") from None


def copy(checkpoint: Checkpoint, root: Path, name: str, *, owner: str | None = None) -> Checkpoint:
    """Copy the checkpoint to `root/name`, which is the `owner`'s, as when a training's model is published.

    UserError for a name that is not allowed or is taken, and if it cannot be written.
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
        owners.write(staging, owner)
    return open_folder(target)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be a model's name: letters, digits, dots, dashes and underscores, at most 64."
        )


def _free(root: Path, name: str) -> Path:
    places = (root, checkpoints.SHIPPED, checkpoints.SERIES, checkpoints.RUNS)
    taken = {path.name for folder in places for path in folder.glob("*")}
    n = 1
    while (free := name if n == 1 else f"{name}-{n}") in taken:
        n += 1
    return root / free


def _contents(source: BinaryIO | Path) -> dict[str, bytes]:
    """The files of a checkpoint by name. Every size and name is checked before anything is read."""
    try:
        with zips.opened(source, _is_wanted) as found:
            members: dict[str, Member] = {}
            for member in found:
                name = _file_name(member.name)
                if name in members:
                    raise UserError(f"The zip holds {name} twice.")
                with _named(name):
                    member.check(at_most=MAX_BYTES if name.endswith(".safetensors") else MAX_JSON_BYTES)
                members[name] = member
            missing = [each for each in READ if each not in members]
            if missing:
                raise UserError(f"That zip is no model of this app: {', '.join(missing)} is missing.")
            contents = {}
            for name, member in members.items():
                with _named(name):
                    contents[name] = member.read()
            return contents
    except ZipError as error:
        raise UserError(f"That file {error}.") from None


def _is_wanted(path: str) -> bool:
    """Whether to read the file: README.md and preview.png are regenerated, others are not part of a checkpoint."""
    return path.count("/") <= 1 and _file_name(path) in READ


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Turn a refusal of the member `name` into a sentence."""
    try:
        yield
    except ZipError as error:
        raise UserError(f"{name} in the zip {error}.") from None


def _check_manifest(contents: dict[str, bytes]) -> None:
    manifest = listed(parsed(contents["manifest.json"], "manifest.json"), "manifest.json")
    for name in READ[:-1]:
        if manifest.get(name) != described(contents[name]):
            raise UserError(f"{name} is not the file that the model's manifest describes.")
