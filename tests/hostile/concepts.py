"""Concept files: of other types, of other models, and no JSON."""

import json
from typing import Any

import torch

from tests.hostile.corpus import Bad
from vae_core.latent.concept_files import Concept
from vae_core.latent.concepts import Reliability

CHECKPOINT, DIM = "digits-vae-2d", 2


def files() -> list[Bad]:
    shares = dict.fromkeys(("auc", "low", "high", "random", "random_high"), 0.5)
    plain = Concept("slant", CHECKPOINT, torch.ones(DIM), "one", "two", Reliability(**shares, counts=(5, 5))).to_json()
    values = json.loads(plain)

    def changed(**changes: Any) -> bytes:
        return json.dumps(values | changes).encode()

    good = {
        "plain.json": plain.encode(),
        "further keys.json": changed(version={"a": [1, 2]}, note="x" * 1000),
        "other scripts.json": changed(name="سرعت‌ها", towards="👨‍👩‍👧", away="犬"),
        "whole numbers.json": changed(vector=[0, -3]),
        "markdown.json": changed(name="![x](http://a.example/b)"),
    }
    refused = {
        "empty.json": (b"", "is not JSON"),
        "picture.json": (b"\x89PNG\r\n\xff", "not text in UTF-8"),
        "utf-16.json": (plain.encode("utf-16"), "not text in UTF-8"),
        "cut.json": (plain[:100].encode(), "is not JSON"),
        "deep.json": (b"[" * 100_000, "nested too deeply|is not JSON"),
        "nested.json": (changed(name=json.loads("[" * 50 + "]" * 50)), "nested more than"),
        "digits.json": (b'{"kind": ' + b"9" * 5000 + b"}", "too large a number"),
        "key twice.json": (b'{"kind": 1, "kind": 2}', "one key twice"),
        "half a character.json": (changed(name="a\ud800"), "half of a character"),
        "large.json": (b" " * 300_000, "larger than 200 kB"),
        "list.json": (b"[1, 2]", "no concept vector"),
        "other.json": (b'{"mu": [1]}', "no concept vector"),
        "true format.json": (changed(format=True), "another version"),
        "format 2.json": (changed(format=2), "another version"),
        "other model.json": (changed(checkpoint="mnist-vae-2d"), "belongs to the model mnist-vae-2d"),
        "model of a list.json": (changed(checkpoint=[CHECKPOINT]), "its checkpoint must be"),
        "no name.json": (changed(name=" "), "its name must be"),
        "name of 300 letters.json": (changed(name="x" * 300), "its name must be"),
        "name of two lines.json": (changed(name="a\nb"), "its name must be"),
        "turned name.json": (changed(towards="a\u202eb"), "its towards must be"),
        "long vector.json": (changed(vector=[1.0] * 3), "2 finite numbers"),
        "nan.json": (changed(vector=[1.0, float("nan")]), "NaN is no number"),
        "infinite.json": (changed(vector=[1.0, float("inf")]), "Infinity is no number"),
        "huge.json": (changed(vector=[1.0, 1e300]), "2 finite numbers"),
        "beyond.json": (plain.replace("1.0", "1e999", 1).encode(), "too large a number"),
        "true.json": (changed(vector=[True, 1.0]), "2 finite numbers"),
        "texts.json": (changed(vector=["1", "2"]), "2 finite numbers"),
        "object.json": (changed(vector={"0": 1, "1": 2}), "2 finite numbers"),
        "rows.json": (changed(vector=[[1.0], [2.0]]), "2 finite numbers"),
        "no reliability.json": (changed(reliability=None), "reliability"),
        "shares over one.json": (changed(reliability=shares | {"auc": 2, "counts": [5, 5]}), "reliability"),
        "counts of floats.json": (changed(reliability=shares | {"counts": [5.5, 5]}), "reliability"),
        "one count.json": (changed(reliability=shares | {"counts": [5]}), "reliability"),
        "huge counts.json": (changed(reliability=shares | {"counts": [10**12, 5]}), "reliability"),
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    return found + [Bad(name, *rest) for name, rest in refused.items()]
