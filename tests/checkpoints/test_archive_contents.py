"""What the files in a stranger's zip may claim: settings, numbers and tensors that are not so, or too large."""

import dataclasses
import io
import json
import struct

import pytest
import torch
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors

from tests.checkpoints.zips import assert_refused, zipped
from vae_core import checkpoints
from vae_core.checkpoints import archive
from vae_core.checkpoints import archive_checks as checks
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.networks import NETWORKS
from vae_core.training import TrainConfig


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


@pytest.mark.parametrize(("dataset", "option"), [("folder", "path"), ("letters", "fonts"), ("tiles", "level_path")])
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
        {"psnr": "high"},
        {"outside_against": "<b>"},
        {"outside_against": 1},
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
        ("latents.safetensors", lambda t: t.update(first=torch.arange(len(t["y"]))), "series"),  # these are pictures
        ("latents.safetensors", lambda t: t.update(first=torch.zeros(len(t["y"]))), "encoded"),
        ("latents.safetensors", lambda t: t.update(learned_mu=torch.zeros(5, 7)), "encoded"),
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
