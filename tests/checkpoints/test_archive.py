"""Zips of checkpoints: there and back, and everything a stranger's zip may try."""

import contextlib
import io
import struct
import zipfile

import pytest
import torch

from tests.checkpoints.zips import NAME, assert_refused, zipped
from tests.datasets.files import encoded, picture
from vae_core import checkpoints
from vae_core.checkpoints import archive
from vae_core.datasets import DATASETS, folder
from vae_core.errors import UserError
from vae_core.networks import mlp
from vae_core.training import TrainConfig, train


def test_there_and_back_gives_the_same_model(packed, tmp_path):
    found = archive.unpack(io.BytesIO(packed), tmp_path, "from-a-friend")
    found.verify()
    assert found.name == "from-a-friend"
    z = torch.randn(5, 2)
    original = checkpoints.load(NAME)
    assert torch.equal(found.load_model().decode(z), original.load_model().decode(z))
    assert torch.equal(found.load_latents().posterior.mu, original.load_latents().posterior.mu)
    assert found.metrics == original.metrics and found.history == original.history
    assert (found.path / "README.md").read_text().startswith("# from-a-friend")
    assert [path.name for path in tmp_path.iterdir()] == ["from-a-friend"]


def test_what_is_packed_says_nothing_of_this_computer(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "private" / name).mkdir(parents=True)
        for i in range(4):
            (tmp_path / "private" / name / f"{i}.png").write_bytes(encoded(picture(i)))
    config = TrainConfig(
        dataset=folder.Config(str(tmp_path / "private"), invert=True), network=mlp.Config((4,)), epochs=1
    )
    data = DATASETS.build(config.dataset)
    *_, last = train(config, data)
    saved = checkpoints.save(tmp_path / "model", last.state.model, config, data, [last.to_json()])
    assert str(tmp_path) in (saved.path / "config.json").read_text()
    packed = archive.pack(saved)
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        assert not any(str(tmp_path).encode() in zipped.read(name) for name in zipped.namelist())
    found = archive.unpack(io.BytesIO(packed), tmp_path / "root", "there")
    found.verify()
    assert found.train_config.dataset == folder.Config(invert=True)


def test_a_taken_name_gets_a_number(packed, tmp_path):
    names = [archive.unpack(io.BytesIO(packed), tmp_path, NAME).name for _ in range(2)]
    assert names == [f"{NAME}-2", f"{NAME}-3"]  # the shipped model has the name itself


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65, "a b", "con\n"])
def test_names_that_are_no_names_are_refused(packed, tmp_path, name):
    with pytest.raises(UserError, match="cannot be a model's name"):
        archive.unpack(io.BytesIO(packed), tmp_path, name)


def test_paths_in_the_zip_lead_nowhere(contents, tmp_path):
    extra = {"../../../evil.json": b"{}", "/etc/evil": b"x", "model/deep/config.json": b"{}", "evil.py": b"x = 1"}
    file = zipped(contents, folder="")
    with zipfile.ZipFile(file, "a") as archived:
        for name, content in extra.items():
            archived.writestr(name, content)
    archive.unpack(file, tmp_path / "root", "model")
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == set(contents)


def test_card_and_preview_are_made_anew(contents, tmp_path):
    evil = contents | {"README.md": b"<script>alert(1)</script>", "preview.png": b"<svg onload=alert(1)>"}
    found = archive.unpack(zipped(evil), tmp_path, "model")
    assert "script" not in (found.path / "README.md").read_text()
    assert (found.path / "preview.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", archive.READ)
def test_a_missing_file_is_named(contents, tmp_path, name):
    del contents[name]
    assert_refused(zipped(contents, manifest=False), tmp_path, name)


def test_two_files_of_one_name_are_refused(contents, tmp_path):
    """In two folders: whoever looks at one of them would not know which one was checked."""
    twice = zipped(contents)
    with zipfile.ZipFile(twice, "a") as archived:
        archived.writestr("other/config.json", contents["config.json"])
    assert_refused(twice, tmp_path, "The zip holds config.json twice")


def test_what_is_no_zip_is_refused(packed, tmp_path):
    for content in (b"", b"<html>", packed[:1000], packed[: len(packed) // 2]):
        assert_refused(io.BytesIO(content), tmp_path, "zip")


def test_a_damaged_member_is_refused(packed, tmp_path):
    damaged = bytearray(packed)
    damaged[len(damaged) // 3] ^= 0xFF
    assert_refused(io.BytesIO(bytes(damaged)), tmp_path, "zip|manifest")


def test_a_changed_file_does_not_fit_the_manifest(contents, tmp_path):
    contents["metrics.json"] = contents["metrics.json"].replace(b"-23", b"-13")
    assert_refused(zipped(contents, manifest=False), tmp_path, "metrics.json is not the file")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(contents, tmp_path):
    contents["history.jsonl"] = b" " * (archive.MAX_JSON_BYTES + 1)
    assert_refused(zipped(contents), tmp_path, "at most 8")


def test_a_lying_size_takes_no_more_memory_than_it_names(contents, tmp_path):
    file = zipped(contents)
    data = bytearray(file.getvalue())
    at = data.rindex(b"PK\x01\x02")  # the last entry of the central directory: manifest.json
    struct.pack_into("<I", data, at + 24, 10)
    assert_refused(io.BytesIO(bytes(data)), tmp_path, "zip|large")


def test_a_zip_damaged_anywhere_is_refused_or_read(packed, tmp_path):
    """Bytes of the directory and of the local headers, one at a time: whatever `zipfile` then raises is a sentence."""
    places = [at for at in range(len(packed) - 3) if packed[at : at + 2] == b"PK"]
    for at in places:
        for offset in range(4, 46, 3):
            damaged = bytearray(packed)
            damaged[min(at + offset, len(packed) - 1)] ^= 0xFF
            with contextlib.suppress(UserError):
                archive._contents(io.BytesIO(bytes(damaged)))


def test_publishing_copies_under_another_name(tmp_path):
    original = checkpoints.load(NAME)
    copied = archive.copy(original, tmp_path, "published")
    copied.verify()
    assert copied.digest == original.digest and (copied.path / "README.md").read_text().startswith("# published")
    for name, words in (("published", "already a model"), (NAME, "already a model"), ("../up", "cannot be")):
        with pytest.raises(UserError, match=words):
            archive.copy(original, tmp_path, name)
    assert [path.name for path in tmp_path.iterdir()] == ["published"]
