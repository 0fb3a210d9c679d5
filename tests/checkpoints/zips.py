"""Zips of checkpoints as a stranger may make them, and that they are refused."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from vae_core.checkpoints import archive
from vae_core.errors import UserError

NAME = "digits-vae-2d"


def with_manifest(contents: dict[str, bytes]) -> dict[str, bytes]:
    """The files of a model, and a manifest that fits them."""
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
        if name != "manifest.json"
    }
    return contents | {"manifest.json": json.dumps({"files": files}).encode()}


def zipped(contents: dict[str, bytes], *, manifest: bool = True, folder: str = "model/") -> io.BytesIO:
    """A zip of these files, with a manifest that fits them, as a careful attacker would make it."""
    contents = with_manifest(contents) if manifest else contents
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, content in contents.items():
            archived.writestr(folder + name, content)
    file.seek(0)
    return file


def assert_refused(source, tmp_path: Path, words: str) -> None:
    with pytest.raises(UserError, match=words):
        archive.unpack(source, tmp_path / "root", "model")
    assert not list(tmp_path.rglob("*.safetensors"))
