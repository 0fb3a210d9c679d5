"""Models in zips: lies of every field and tensor, and of the zip itself, with a manifest that fits."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from safetensors.torch import load, save

from tests.checkpoints.zips import with_manifest
from tests.hostile.corpus import Bad
from tests.hostile.zips import patched
from vae_core import checkpoints
from vae_core.checkpoints import archive
from vae_core.networks import conv

NAME = "digits-vae-2d"


def contents_of(name: str = NAME) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive.pack(checkpoints.load(name)))) as packed:
        return {name.split("/")[1]: packed.read(name) for name in packed.namelist()}


def packed(contents: dict[str, bytes], manifest: bool = True, method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these files, with a manifest that fits them, as a careful attacker would make it."""
    contents = with_manifest(contents) if manifest else contents
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archived:
        for name, content in contents.items():
            archived.writestr(zipfile.ZipInfo(f"model/{name}"), content, method)  # of no date: the same at every run
    return file.getvalue()


def tensors(header: dict[str, Any] | bytes, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def files() -> list[Bad]:
    whole = contents_of()
    config, metrics = json.loads(whole["config.json"]), json.loads(whole["metrics.json"])
    record = json.loads(whole["history.jsonl"].splitlines()[0])

    def with_file(name: str, content: bytes) -> bytes:
        return packed(whole | {name: content})

    def with_config(change: Callable[[Any], Any]) -> bytes:
        values = json.loads(json.dumps(config))
        change(values)
        return with_file("config.json", json.dumps(values).encode())

    def with_tensors(name: str, change: Callable[[dict[str, torch.Tensor]], Any]) -> bytes:
        found = load(whole[name])
        change(found)
        return with_file(name, save({key: value.contiguous() for key, value in found.items()}))

    def with_metrics(**changes: Any) -> bytes:
        return with_file("metrics.json", json.dumps(metrics | changes).encode())

    def with_record(**changes: Any) -> bytes:
        return with_file("history.jsonl", json.dumps(record | changes).encode())

    latents, weights = "latents.safetensors", "model.safetensors"
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    good = {
        "plain.zip": packed(whole),
        "further files.zip": packed(whole | {"evil.py": b"import os", "preview.png": b"<svg>"}),
        "further keys.zip": with_config(lambda c: c.update(evil={"a": [[[[1]]]]}, versions={"torch": "x" * 10_000})),
        "no epochs.zip": with_file("history.jsonl", b""),
        "a place.zip": with_config(lambda c: c["training"].update(dataset={"name": "folder", "path": "/etc"})),
    }
    configs: dict[str, tuple[Callable[[Any], Any], str]] = {
        "format true": (lambda c: c.update(format=True), "format True"),
        "format 1.0": (lambda c: c.update(format=1.0), "format 1.0"),
        "format of a list": (lambda c: c.update(format=[2]), "format"),
        "no data": (lambda c: c.pop("data"), "its data must be"),
        "data of a list": (lambda c: c.update(data=[1]), "its data must be"),
        "training of a text": (lambda c: c.update(training="vae"), "its training must be"),
        "no network": (lambda c: c["training"].pop("network"), "its network must be"),
        "network of a list": (lambda c: c["training"].update(network=[1]), "its network must be"),
        "network by path": (lambda c: c["training"]["network"].update(name="os.system"), "no network"),
        "network named by a list": (lambda c: c["training"]["network"].update(name=["mlp"]), "no network"),
        "network of a long name": (lambda c: c["training"]["network"].update(name="x" * 10**6), "no network"),
        "many layers": (lambda c: c["training"]["network"].update(hidden=[4096] * 1000), "up to 32 whole numbers"),
        "large layers": (lambda c: c["training"]["network"].update(hidden=[4096] * 20), "parameters"),
        "layers by name": (lambda c: c["training"]["network"].update(hidden={"32": 1}), "hidden cannot be"),
        "layers of floats": (lambda c: c["training"]["network"].update(hidden=[1.5]), "hidden cannot be"),
        "layers of digits": (lambda c: c["training"]["network"].update(hidden="1" * 5000), "hidden cannot be"),
        "no dimensions": (lambda c: c["training"].update(latent_dim=0), "latent_dim cannot be"),
        "true dimensions": (lambda c: c["training"].update(latent_dim=True), "latent_dim cannot be"),
        "other dimensions": (lambda c: c["training"].update(latent_dim=3), "weights"),
        "a rate of digits": (lambda c: c["training"].update(lr="1" * 5000), "lr cannot be"),
        "conditional on a list": (lambda c: c["training"].update(conditional=[]), "conditional cannot be"),
        "conditional": (lambda c: c["training"].update(conditional=True), "weights"),
        "surprise": (lambda c: c["training"].update({"x" * 500: 1}), "no option"),
        "large shape": (lambda c: c["data"].update(shape=[1, 10**6, 10**6]), "shape"),
        "negative shape": (lambda c: c["data"].update(shape=[1, -8, -8]), "shape"),
        "true shape": (lambda c: c["data"].update(shape=[True, 8, 8]), "shape"),
        "long shape": (lambda c: c["data"].update(shape=[1] * 10_000), "shape"),
        "kind of a list": (lambda c: c["data"].update(kind=["image"]), "its kind must be"),
        "other kind": (lambda c: c["data"].update(kind="tokens"), "no kind of data"),
        "tiles": (lambda c: c["data"].update(kind="tiles", shape=[4, 4]), "symbols"),
        "classes of a text": (lambda c: c["data"].update(classes="0123456789"), "its classes must be"),
        "classes of numbers": (lambda c: c["data"].update(classes=list(range(10))), "cannot be a name"),
        "class of 300 letters": (lambda c: c["data"].update(classes=["x" * 300] * 10), "cannot be a name"),
        "class of two lines": (lambda c: c["data"].update(classes=["a\nb"] * 10), "cannot be a name"),
        "turned class": (lambda c: c["data"].update(classes=["a\u202eb"] * 10), "cannot be a name"),
        "half a character": (lambda c: c["data"].update(classes=["\ud800"] * 10), "half of a character"),
        "few classes": (lambda c: c["data"].update(classes=["a"]), "labels of classes"),
        "many classes": (lambda c: c["data"].update(classes=[str(i) for i in range(5000)]), "at most 1,000"),
        "symbols of images": (lambda c: c["data"].update(symbols=["-", "X"]), "symbols"),
        "surprising data": (lambda c: c["data"].update(path="/etc"), "no field path"),
    }
    other = {
        "metric of a list.zip": (with_metrics(knn_accuracy=[1.0]), "metrics.json"),
        "metric of a text.zip": (with_metrics(elbo="<b>"), "metrics.json"),
        "metric true.zip": (with_metrics(nll=True), "metrics.json"),
        "metric nan.zip": (with_metrics(nll=float("nan")), "NaN is no number"),
        "metric beyond.zip": (with_metrics(mig=10**400), "too large a number"),
        "kl of too many.zip": (with_metrics(kl_per_dim=[0.1] * 5), "kl_per_dim must be 2"),
        "record of a list.zip": (with_record(seconds=[1]), "history.jsonl"),
        "record of half an epoch.zip": (with_record(epoch=1.5), "history.jsonl"),
        "record without kl.zip": (with_record(test={"loss": 1, "nll": 1, "kl": 1}), "kl_per_dim must be 2"),
        "record of changes.zip": (with_record(changes=[{"batch": "x"}]), "history.jsonl"),
        "history of a list.zip": (with_file("history.jsonl", b"[]\n"), "history.jsonl"),
        "history bomb.zip": (with_file("history.jsonl", b" " * 8_000_001), "at most 8"),
        "deep config.zip": (with_file("config.json", b"[" * 10**6), "config.json"),
        "twice a key.zip": (with_file("config.json", b'{"format": 2, "format": 1}'), "one key twice"),
        "config in utf-16.zip": (with_file("config.json", whole["config.json"].decode().encode("utf-16")), "UTF-8"),
        "weights nan.zip": (with_tensors(weights, lambda t: next(iter(t.values())).fill_(float("nan"))), "not all num"),
        "weights missing.zip": (with_tensors(weights, lambda t: t.popitem()), "are not those"),
        "weights further.zip": (with_tensors(weights, lambda t: t.update(a=torch.zeros(1))), "are not those"),
        "weights of whole numbers.zip": (
            with_tensors(weights, lambda t: t.update({k: v.to(torch.int8) for k, v in t.items()})),
            "of another type",
        ),
        "no weights.zip": (with_file(weights, tensors({})), "are not those"),
        "header of an exabyte.zip": (with_file(weights, tensors({}, length=2**60)), "no safetensors"),
        "header of a list.zip": (with_file(weights, tensors(b"[]")), "no safetensors"),
        "header of two keys.zip": (with_file(weights, tensors(b'{"a": 1, "a": 2}')), "one key twice"),
        "deep header.zip": (with_file(weights, tensors(b'{"a":' * 100_000)), "no safetensors"),
        "shape of a text.zip": (with_file(latents, tensors({"mu": entry | {"shape": "1"}}, bytes(4))), "its shape"),
        "type of a list.zip": (with_file(latents, tensors({"mu": entry | {"dtype": []}}, bytes(4))), "its dtype"),
        "eight bit floats.zip": (
            with_file(latents, tensors({"mu": entry | {"dtype": "F8_E5M2"}}, bytes(4))),
            "type F8",
        ),
        "terabytes.zip": (
            with_file(weights, tensors({"w": entry | {"shape": [10**12], "data_offsets": [0, 4 * 10**12]}})),
            "are not those",
        ),
        "overlapping.zip": (
            with_file(latents, tensors({"mu": entry, "y": entry | {"dtype": "I32"}}, bytes(4))),
            "are not those",
        ),
        "codes of another size.zip": (with_tensors(latents, lambda t: t.update(mu=torch.zeros(359, 5))), "encoded"),
        "codes nan.zip": (with_tensors(latents, lambda t: t["mu"].fill_(float("inf"))), "not all numbers"),
        "no codes.zip": (with_tensors(latents, lambda t: t.update({k: v[:0] for k, v in t.items()})), "encoded"),
        "two hundred thousand codes.zip": (
            with_tensors(latents, lambda t: t.update({k: v[:1].repeat_interleave(200_000, 0) for k, v in t.items()})),
            "encoded",
        ),
        "labels beyond.zip": (with_tensors(latents, lambda t: t["y"].fill_(10)), "classes"),
        "labels below.zip": (with_tensors(latents, lambda t: t["y"].fill_(-1)), "not all numbers"),
        "no manifest.zip": (packed({k: v for k, v in whole.items() if k != "manifest.json"}, False), "is missing"),
        "manifest of a list.zip": (packed(whole | {"manifest.json": b"[]"}, False), "manifest.json"),
        "manifest lies.zip": (packed(whole | {"metrics.json": b"{}"}, False), "not the file"),
        "manifest of true.zip": (
            packed(whole | {"manifest.json": b'{"files": {"config.json": {"bytes": true, "sha256": "x"}}}'}, False),
            "manifest.json",
        ),
        "manifest of paths.zip": (
            packed(whole | {"manifest.json": b'{"files": {"../../a": {"bytes": 1, "sha256": "x"}}}'}, False),
            "no file of a checkpoint",
        ),
        "other method.zip": (packed(whole, method=zipfile.ZIP_LZMA), "another method than deflate"),
        "cut.zip": (packed(whole)[:5000], "is not a zip"),
        "paths.zip": (packed(whole | {"../../evil.sh": b"x"}), "no file of a checkpoint"),
        "no zip.zip": (b"<html>", "is not a zip"),
        "nothing.zip": (b"", "is not a zip"),
        "empty.zip": (packed({}, False), "is no model of this app"),
        "size lies.zip": (patched(packed(whole), 24, "<I", 10), "zip|size|large"),
        "huge.zip": (with_file(weights, bytes(64_000_001)), "at most 64"),
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    found += [Bad(f"{name}.zip", with_config(change), right) for name, (change, right) in configs.items()]
    return found + [Bad(name, *rest) for name, rest in other.items()] + [Bad("widest.zip", widest())]


def widest() -> bytes:
    """Within all limits, and near most of them (8 million parameters); all of it zeros, which packs well."""
    from vae_core.checkpoints.files import config_file
    from vae_core.data import DataSpec
    from vae_core.model import Model
    from vae_core.training import TrainConfig

    config = TrainConfig(network=conv.Config(channels=(56, 16), dense=16), latent_dim=8)
    spec = DataSpec("wide", "image", (1, 512, 512))
    with torch.device("meta"):
        state = Model(config.model, spec).state_dict()
    found = {name: torch.zeros(value.shape, dtype=torch.float16) for name, value in state.items()}
    n = 20_000
    latents = {"mu": torch.zeros(n, 8), "logvar": torch.zeros(n, 8), "y": torch.zeros(n, dtype=torch.int16)}
    metrics = {"elbo": 0, "nll": 0, "kl": 0, "active_units": 0, "parameters": 0, "kl_per_dim": [0] * 8}
    return packed(
        {
            "config.json": json.dumps(config_file(config, spec)).encode(),
            "model.safetensors": save(found),
            "latents.safetensors": save(latents),
            "metrics.json": json.dumps(metrics).encode(),
            "history.jsonl": b"",
        },
        method=zipfile.ZIP_DEFLATED,
    )
