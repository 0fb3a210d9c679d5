"""Checkpoint folders that are incomplete, damaged or tampered with: each gets a sentence."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.checkpoints.folders import FILES
from vae_core import checkpoints
from vae_core.errors import UserError
from vae_core.files import sha256


def reseal(folder):
    """Make the manifest fit what the folder holds now, as one would who tampers with it on purpose."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        path = folder / name
        manifest["files"][name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def edit_json(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    reseal(path.parent)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        checkpoints.load(folder)


@pytest.mark.parametrize("name", sorted(FILES - {"manifest.json", "config.json"}))
def test_a_changed_file_is_named(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"Checkpoint tiny is damaged: {name} is not the file that was saved"):
        checkpoints.load(folder)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", "null", '{"files": []}', '{"files": {}}', '{"files": {"config.json": 3}}', b"\xff\xfe"],
)
def test_a_damaged_manifest_is_named(folder, content):
    (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=r"tiny.*manifest\.json"):
        checkpoints.load(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "training": 3, "data": {}}'])
def test_a_damaged_config_is_named(folder, content):
    (folder / "config.json").write_text(content)
    reseal(folder)
    with pytest.raises(UserError, match="tiny"):
        checkpoints.load(folder)


def test_another_format_is_refused(folder):
    edit_json(folder / "config.json", lambda config: config.update(format=3))
    with pytest.raises(UserError, match="tiny/config.json has format 3; this program reads 1 to 2"):
        checkpoints.load(folder)


def test_a_config_of_what_is_not_registered_lists_what_is(folder):
    edit_json(folder / "config.json", lambda config: config["training"]["network"].update(name="unet"))
    with pytest.raises(
        UserError,
        match="There is no network 'unet'; there are: broadcast, conv, conv1d, gru, lstm, mlp, rnn, transformer",
    ):
        checkpoints.load(folder)


def _remove(tensors):
    del tensors["network.encoder.1.bias"]


def _add(tensors):
    tensors["network.encoder.9.weight"] = torch.zeros(2)


def _reshape(tensors):
    tensors["network.encoder.1.bias"] = torch.zeros(5)


@pytest.mark.parametrize("change", [_remove, _add, _reshape])
def test_weights_load_strictly(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    reseal(folder)
    checkpoint = checkpoints.load(folder)
    with pytest.raises(UserError, match="tiny/model.safetensors .*network.encoder") as caught:
        checkpoint.load_model()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no safetensors", b"\xff" * 100])
def test_files_that_are_no_safetensors_are_named(folder, content):
    for name in ("model.safetensors", "latents.safetensors"):
        (folder / name).write_bytes(content)
    reseal(folder)
    checkpoint = checkpoints.load(folder)
    with pytest.raises(UserError, match="tiny/model.safetensors"):
        checkpoint.load_model()
    with pytest.raises(UserError, match="tiny/latents.safetensors"):
        checkpoint.load_latents()


def test_latents_without_a_tensor_are_refused(folder):
    save_file({"mu": torch.zeros(3, 3)}, folder / "latents.safetensors")
    reseal(folder)
    with pytest.raises(UserError, match="tiny/latents.safetensors"):
        checkpoints.load(folder).load_latents()


def test_a_file_that_vanishes_after_opening_is_named(folder):
    checkpoint = checkpoints.load(folder)
    for name in FILES:
        (folder / name).unlink()
    for name, read in {
        "model.safetensors": checkpoint.load_model,
        "latents.safetensors": checkpoint.load_latents,
        "metrics.json": lambda: checkpoint.metrics,
        "history.jsonl": lambda: checkpoint.history,
    }.items():
        with pytest.raises(UserError, match=f"tiny/{name}"):
            read()


def test_what_is_listed_keeps_its_digest_when_its_folder_goes(folder):
    """A page lists models and makes addresses of them; meanwhile a training may be deleted."""
    (checkpoint,) = checkpoints.find((folder.parent,))
    shutil.rmtree(folder)
    assert re.fullmatch("[0-9a-f]{64}", checkpoint.digest)
