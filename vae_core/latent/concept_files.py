"""Concept vectors as small JSON files; those that users bring are untrusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.latent.concepts import Reliability
from vae_core.reading import is_number, is_text, is_whole, parsed, shown

FORMAT, KIND = 1, "concept vector"
MAX_BYTES, MAX_TEXT, MAX_VALUE = 200_000, 80, 1000
SHARES = ("auc", "low", "high", "random", "random_high")


@dataclass(frozen=True)
class Concept:
    """A named direction [D] in the latent space of one checkpoint, from the group `away` to the group `towards`."""

    name: str
    checkpoint: str
    vector: Tensor
    towards: str
    away: str
    reliability: Reliability

    def to_json(self) -> str:
        found = self.reliability
        return json.dumps(
            {
                "kind": KIND,
                "format": FORMAT,
                "name": self.name,
                "checkpoint": self.checkpoint,
                "vector": [round(value, 6) for value in self.vector.tolist()],
                "towards": self.towards,
                "away": self.away,
                "reliability": {**{name: getattr(found, name) for name in SHARES}, "counts": list(found.counts)},
            },
            indent=1,
            ensure_ascii=False,
        )


def read(content: bytes, checkpoint: str, dim: int) -> Concept:
    """The concept in a file's bytes; UserError in one sentence if it is not one or belongs to another model."""
    if len(content) > MAX_BYTES:
        raise UserError(f"That file is larger than {MAX_BYTES // 1000} kB: a concept is a small JSON file saved here.")
    try:
        found = parsed(content, "That file")
    except UserError as error:
        raise UserError(f"{str(error).rstrip('.')}; choose a concept that was saved on this page.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise UserError("That JSON file holds no concept vector: choose one that was saved on this page.")
    if not is_whole(found.get("format"), FORMAT, FORMAT):
        raise UserError("That concept was saved by another version of this app, which this one cannot read.")
    name, made_for, towards, away = (_text(found, key) for key in ("name", "checkpoint", "towards", "away"))
    if made_for != checkpoint:
        model = shown(made_for)
        raise UserError(f"That concept belongs to the model {model}: choose that model on the left to use it.")
    vector = found.get("vector")
    if not isinstance(vector, list) or len(vector) != dim or not all(map(_number, vector)):
        raise UserError(f"That concept's vector does not fit {checkpoint}: {dim} finite numbers are needed.")
    return Concept(name, made_for, torch.tensor(vector, dtype=torch.float32), towards, away, _reliability(found))


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not is_text(value, MAX_TEXT):
        raise UserError(f"That concept is damaged: its {key} must be 1 to {MAX_TEXT} characters of text.")
    return value


def _number(value: Any) -> bool:
    return is_number(value, -MAX_VALUE, MAX_VALUE)


def _reliability(found: Mapping[str, Any]) -> Reliability:
    values = found.get("reliability")
    if isinstance(values, dict):
        shares = {name: float(value) for name in SHARES if _share(value := values.get(name))}
        counts: Any = values.get("counts")
        counted = isinstance(counts, list) and len(counts) == 2 and all(map(_count, counts))
        if counted and len(shares) == len(SHARES):
            return Reliability(**shares, counts=(counts[0], counts[1]))
    raise UserError("That concept is damaged: its reliability must be five shares and two counts.")


def _share(value: Any) -> TypeGuard[float]:
    return is_number(value, 0, 1)


def _count(value: Any) -> bool:
    return is_whole(value, 2, 10**9)
