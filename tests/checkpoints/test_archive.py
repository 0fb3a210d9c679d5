"""Zips of checkpoints: there and back, and everything a stranger's zip may try."""

import contextlib
import dataclasses
import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors

from tests.datasets.files import encoded, picture
from vae_core import checkpoints
from vae_core.checkpoints import archive
from vae_core.checkpoints import archive_checks as checks
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS, folder
from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.networks import NETWORKS, mlp
from vae_core.training import TrainConfig, train

NAME = "digits-vae-2d"


@pytest.fixture(scope="module")
def packed() -> bytes:
    return archive.pack(checkpoints.load(NAME))


@pytest.fixture
def contents(packed) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        return {name.split("/")[1]: zipped.read(name) for name in zipped.namelist()}


def zipped(contents: dict[str, bytes], *, manifest: bool = True, folder: str = "model/") -> io.BytesIO:
    """A zip of these files, with a manifest that fits them, as a careful attacker would make it."""
    if manifest:
        files = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
            if name != "manifest.json"
        }
        contents = contents | {"manifest.json": json.dumps({"files": files}).encode()}
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


@pytest.mark.parametrize(("dataset", "option"), [("folder", "path"), ("tiles", "level_path")])
def test_a_strangers_model_names_no_folder_of_this_computer(contents, tmp_path, dataset, option):
    """A page looks for the held-out examples of every model: it would read that folder, and serve its pictures."""
    private = tmp_path / "private"
    private.mkdir()
    config = json.loads(contents["config.json"])
    config["training"]["dataset"] = {"name": dataset, option: str(private)}
    found = archive.unpack(zipped(contents | {"config.json": json.dumps(config).encode()}), tmp_path / "root", "model")
    assert str(private) not in (found.path / "config.json").read_text()
    assert DATASETS.to_json(found.train_config.dataset)[option] == ""
    found.verify()


@pytest.mark.parametrize("changes", [{"symbols": ["-", "X"]}, {"padding": "x", "symbols": ["-"]}])
def test_a_spec_that_is_no_images_is_refused(contents, tmp_path, changes):
    config = json.loads(contents["config.json"])
    config["data"] |= changes
    assert_refused(zipped(contents | {"config.json": json.dumps(config).encode()}), tmp_path, "symbols|padding")


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


def changed_config(contents: dict[str, bytes], change) -> io.BytesIO:
    config = json.loads(contents["config.json"])
    change(config)
    return zipped(contents | {"config.json": json.dumps(config).encode()})


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda c: c.update(format=99), "format 99"),
        (lambda c: c["training"]["network"].update(name="os.system"), "no network"),
        (lambda c: c["training"]["network"].update(hidden=[4096] * 1000), "up to 32 whole numbers"),
        (lambda c: c["training"]["network"].update(hidden=[4096] * 20), "parameters"),
        (lambda c: c["training"]["network"].update(hidden=[10**9]), "hidden"),
        (lambda c: c["training"].update(latent_dim=3), "weights|encoded"),
        (lambda c: c["training"].update(latent_dim=10**9), "latent_dim"),
        (lambda c: c["training"].update(surprise=1), "surprise"),
        (lambda c: c["data"].update(shape=[1, 10**6, 10**6]), "shape"),
        (lambda c: c["data"].update(shape=[1, -8, -8]), "shape"),
        (lambda c: c["data"].update(shape=[2, 8, 8]), "shape"),
        (lambda c: c["data"].update(shape=[True, 8, 8]), "shape"),
        (lambda c: c["data"].update(shape="188"), "its shape must be a list"),
        (lambda c: c["data"].update(kind="tokens"), "no kind of data 'tokens'"),
        (lambda c: c["data"].update(kind=["image"]), "kind|names of the model"),
        (lambda c: c["data"].update(kind="tiles", shape=[4, 4]), "2 to 64 different symbols"),
        (lambda c: c["data"].update(symbols="abc"), "its symbols must be a list"),
        (lambda c: c["data"].update(symbols=["a"] * 5000), "names of the model|symbols|parameters"),
        (lambda c: c["data"].update(classes="0123456789"), "its classes must be a list"),
        (lambda c: c["data"].update(name={}), "its name must be"),
        (lambda c: c["data"].update(classes=["x" * 1000]), "cannot be a name in the data"),
        (lambda c: c["data"].update(classes=["a\ud800"]), "not JSON"),
        (lambda c: c["data"].update(classes=["a\n"] * 10), "cannot be a name in the data"),
        (lambda c: c["data"].update(classes=[str(i) for i in range(1001)]), "at most 1,000"),
        (lambda c: c.update(format=True), "format True"),
        (lambda c: c["training"].update(network="mlp"), "its network must be a JSON object"),
        (lambda c: c["training"]["network"].update(name=["mlp"]), "no network"),
        (lambda c: c["training"]["network"].update(hidden={"32": 1}), "hidden cannot be"),
        (lambda c: c["training"].update(lr="1" * 5000), "lr cannot be"),
        (lambda c: c["training"].update(conditional=[]), "conditional cannot be"),
        (lambda c: c["data"].update(classes=["a", "b"]), "labels of classes"),
        (lambda c: c.pop("data"), "config.json"),
    ],
)
def test_a_config_that_lies_is_refused(contents, tmp_path, change, words):
    assert_refused(changed_config(contents, change), tmp_path, words)


def test_json_of_another_shape_is_refused(contents, tmp_path):
    for name in ("config.json", "metrics.json", "history.jsonl"):
        for content in (b"[]", b"null", b"{", b"[" * 100_000, b"\xff\xfe"):
            assert_refused(zipped(contents | {name: content}), tmp_path, name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["config.json", "metrics.json", "history.jsonl"])
def test_only_plain_utf8_is_read(contents, tmp_path, name, encoding):
    assert_refused(zipped(contents | {name: contents[name].decode().encode(encoding)}), tmp_path, name)


@pytest.mark.parametrize(
    "values",
    [
        {"elbo": "<b>"},
        {"elbo": [1.0]},
        {"mig": 10**400},
        {"nll": True},
        {"kl_per_dim": 1},
        {"kl_per_dim": [1.0]},
        {"knn_accuracy": [1.0]},
        {"mig": []},
        {"parameters": 1.5},
        {"active_units": 3},
        {"nll": float("nan")},
        {"a b": 1},
    ],
)
def test_measurements_are_numbers(contents, tmp_path, values):
    metrics = json.loads(contents["metrics.json"]) | values
    assert_refused(zipped(contents | {"metrics.json": json.dumps(metrics).encode()}), tmp_path, "metrics.json")


@pytest.mark.parametrize(
    "values",
    [
        {"seconds": [1]},
        {"lr": None},
        {"epoch": 1.5},
        {"epoch": True},
        {"train": []},
        {"test": {"loss": 1, "nll": 1, "kl": 1}},
        {"changes": 3},
        {"changes": [3]},
        {"changes": [{"batch": "\u2028"}]},
        {"changes": [{"batch": 1, "lr": [0.1]}]},
    ],
)
def test_a_history_is_numbers(contents, tmp_path, values):
    record = json.loads(contents["history.jsonl"].splitlines()[0]) | values
    lines = json.dumps(record, ensure_ascii=False).encode()
    assert_refused(zipped(contents | {"history.jsonl": lines}), tmp_path, "history.jsonl")


def test_a_model_whose_layers_would_take_gigabytes_is_refused(tmp_path):
    """Few weights and a small picture, but 256 channels of 256x256 between them."""
    config = TrainConfig(network=NETWORKS["conv"].config(channels=(256, 8), dense=1))
    model = Model(config.model, DataSpec("big", "image", (1, 512, 512)))
    weights = to_safetensors(model.state_dict())
    assert sum(value.numel() for value in model.parameters()) < checks.MAX_PARAMETERS
    with pytest.raises(UserError, match="A layer of the model has more than"):
        checks.weights(weights, config, model.spec)
    shipped = checkpoints.load("shapes-beta-vae")
    for conditional in (False, True):
        config = dataclasses.replace(shipped.train_config, conditional=conditional)
        weights = to_safetensors(Model(config.model, shipped.spec).state_dict())
        assert checks.weights(weights, config, shipped.spec)


@pytest.mark.parametrize("shape", ["[]", "5", '["a", 2]', "[true, 2]", "[-1, 2]"])
@pytest.mark.parametrize("dtype", ["F16", "F8_E4M3", "C64"])
def test_a_header_of_another_kind_is_refused(contents, tmp_path, shape, dtype):
    header = f'{{"mu": {{"dtype": "{dtype}", "shape": {shape}, "data_offsets": [0, 4]}}}}'.encode()
    content = struct.pack("<Q", len(header)) + header + bytes(4)
    assert_refused(zipped(contents | {"latents.safetensors": content}), tmp_path, "latents.safetensors")


def test_a_zip_damaged_anywhere_is_refused_or_read(packed, tmp_path):
    """Bytes of the directory and of the local headers, one at a time: whatever `zipfile` then raises is a sentence."""
    places = [at for at in range(len(packed) - 3) if packed[at : at + 2] == b"PK"]
    for at in places:
        for offset in range(4, 46, 3):
            damaged = bytearray(packed)
            damaged[min(at + offset, len(packed) - 1)] ^= 0xFF
            with contextlib.suppress(UserError):
                archive._contents(io.BytesIO(bytes(damaged)))


def changed_tensors(contents: dict[str, bytes], name: str, change) -> io.BytesIO:
    tensors = from_safetensors(contents[name])
    change(tensors)
    return zipped(contents | {name: to_safetensors(tensors)})


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("model.safetensors", lambda t: t.popitem(), "weights"),
        ("model.safetensors", lambda t: t.update(extra=torch.zeros(1)), "weights"),
        ("model.safetensors", lambda t: next(iter(t.values())).fill_(float("nan")), "numbers"),
        ("latents.safetensors", lambda t: t.pop("mu"), "encoded"),
        ("latents.safetensors", lambda t: t.update(mu=torch.zeros(7, 2)), "encoded"),
        ("latents.safetensors", lambda t: t["mu"].fill_(float("inf")), "numbers"),
        ("latents.safetensors", lambda t: t["y"].fill_(-1), "numbers"),
        ("latents.safetensors", lambda t: t.update(y=t["y"].float()), "encoded"),
        ("latents.safetensors", lambda t: t.update(mu=t["mu"].int()), "encoded"),
        ("latents.safetensors", lambda t: t["y"].fill_(10), "classes"),
        ("latents.safetensors", lambda t: t.update(surprise=torch.zeros(359, 2)), "encoded"),
    ],
)
def test_tensors_that_lie_are_refused(contents, tmp_path, name, change, words):
    assert_refused(changed_tensors(contents, name, change), tmp_path, words)


def test_a_header_that_promises_gigabytes_is_refused_without_taking_them(contents, tmp_path):
    header = json.dumps({"w": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}).encode()
    content = struct.pack("<Q", len(header)) + header
    assert_refused(zipped(contents | {"model.safetensors": content}), tmp_path, "weights")
    assert_refused(zipped(contents | {"model.safetensors": struct.pack("<Q", 2**60)}), tmp_path, "safetensors")


def test_publishing_copies_under_another_name(tmp_path):
    original = checkpoints.load(NAME)
    copied = archive.copy(original, tmp_path, "published")
    copied.verify()
    assert copied.digest == original.digest and (copied.path / "README.md").read_text().startswith("# published")
    for name, words in (("published", "already a model"), (NAME, "already a model"), ("../up", "cannot be")):
        with pytest.raises(UserError, match=words):
            archive.copy(original, tmp_path, name)
    assert [path.name for path in tmp_path.iterdir()] == ["published"]
