"""The state of a training between epochs, and the files from which a training resumes.

A state is one safetensors file, with its small values as JSON in the metadata and a checksum of the whole. Two files
are overwritten in turns: that costs a twentieth of writing and renaming a new one, and an epoch may be short. A process
that is killed while it writes one leaves the other, of the epoch before. A third file, renamed into place after an
fsync, is written every few seconds against power failures.
"""

import io
import json
import logging
import math
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_safetensors
from torch import Tensor, nn

from vae_core.data import Batch, DataSpec
from vae_core.errors import UserError
from vae_core.files import write_bytes
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective
from vae_core.training.adam import Adam
from vae_core.training.config import TrainConfig

TURNS, DURABLE = ("even.safetensors", "odd.safetensors"), "durable.safetensors"
NO_CHECKSUM = b"--------"
DTYPES = {"<f4": "F32", "<i8": "I64", "|u1": "U8"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Best:
    """The weights after the epoch with the lowest −ELBO on the held-out examples (`score`, in nats per example)."""

    epoch: int
    score: float
    weights: dict[str, Tensor] = field(repr=False, compare=False)


@dataclass
class TrainingState:
    """The state of a training between epochs: with the config it determines everything that follows.

    `helper` is the objective's own network, which has its own optimizer. `live` holds the values that changed while the
    training ran (`training.steered`). `best` serves observers; training ignores it.
    """

    model: Model
    optimizer: Adam
    generator: torch.Generator
    helper: nn.Module | None = None
    helper_optimizer: Adam | None = None
    epoch: int = 0
    live: dict[str, float] = field(default_factory=dict)
    best: Best | None = None
    _tensors: dict[str, Tensor] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The model's tensors and, after its first step, Adam's, by their names in the file. A training changes them in
        place, so the lookup is cached: it took more than a quarter of the time of saving."""
        if self._tensors is not None:
            return self._tensors
        tensors: dict[str, Tensor] = {}
        for prefix, module, optimizer in self._trained:
            tensors |= {f"{prefix}model/{name}": tensor for name, tensor in module.state_dict().items()}
            for name, parameter in module.named_parameters():
                moments = optimizer.state[parameter].items()
                tensors |= {f"{prefix}adam.{name}/{key}": tensor for key, tensor in moments}
        if all(any(optimizer.state.values()) for _, _, optimizer in self._trained):
            self._tensors = tensors
        return tensors

    @property
    def _trained(self) -> list[tuple[str, nn.Module, Adam]]:
        """Each trained module with its optimizer and the prefix of its tensors' names."""
        found: list[tuple[str, nn.Module, Adam]] = [("", self.model, self.optimizer)]
        if self.helper is not None and self.helper_optimizer is not None:
            found.append(("helper.", self.helper, self.helper_optimizer))
        return found

    def train_helper(self, objective: Objective, batch: Batch, lr: float) -> None:
        """One step of the helper, after the model's. The model's gradients stay as they are."""
        assert self.helper is not None and self.helper_optimizer is not None
        kept = [parameter.grad for parameter in self.model.parameters()]
        self.helper_optimizer.lr = lr
        self.helper_optimizer.zero_grad()
        objective.helper_loss(self.model, batch, self.generator, self.helper).backward()
        self.helper_optimizer.step()
        self.helper_optimizer.zero_grad()  # or the model's next backward pass would add to them
        for parameter, gradient in zip(self.model.parameters(), kept, strict=True):
            parameter.grad = gradient

    def take_best(self, score: float) -> None:
        """Copy the current weights as the best so far, reusing the memory of the previous copy."""
        weights = _part(self.tensors, "model")
        if self.best is None:
            copied = {name: tensor.clone() for name, tensor in weights.items()}
        else:
            copied = {name: self.best.weights[name].copy_(tensor) for name, tensor in weights.items()}
        self.best = Best(self.epoch, score, copied)

    @classmethod
    def start(cls, config: TrainConfig, spec: DataSpec) -> "TrainingState":
        """Fresh weights from the config's seed, independent of the global random state. UserError for a config that
        does not fit the data."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            model = Model(config.model, spec).to(config.device)
            objective: Objective = OBJECTIVES.build(config.objective)
            objective.check(spec)  # before its helper is made, which need not fit such data either
            objective.prepare(model)
            # After the model, whose weights must not depend on whether its objective has a helper.
            helper = objective.helper(model)
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        generator = torch.Generator(config.device).manual_seed(config.seed)
        state = cls(model, Adam(model.parameters(), config.lr), generator)
        if helper is not None:
            state.helper = helper.to(config.device)
            state.helper_optimizer = Adam(state.helper.parameters(), config.lr)
        return state

    def save(self, folder: Path, *, durable: bool = True) -> None:
        """Write the state to `folder`; the previous one stays readable meanwhile. Raises OSError.

        A `durable` write also survives a power failure, but the training waits for the disk.
        """
        tensors = dict(self.tensors)
        values: dict[str, Any] = {"epoch": self.epoch, "live": self.live}
        if self.best is not None:
            values["best"] = {"epoch": self.best.epoch, "score": self.best.score}
            if self.best.epoch != self.epoch:  # otherwise they equal the model's
                tensors |= {f"best/{name}": tensor for name, tensor in self.best.weights.items()}
        tensors["generator"] = self.generator.get_state()
        if durable:
            content = io.BytesIO()
            _write(content, tensors, values)
            folder.mkdir(exist_ok=True)
            write_bytes(folder / DURABLE, content.getvalue())
        else:
            with _open_in_place(folder / TURNS[self.epoch % 2]) as file:
                file.truncate(_write(file, tensors, values))

    @classmethod
    def load(
        cls, folder: Path, config: TrainConfig, spec: DataSpec, at_most: int | None = None
    ) -> "TrainingState | None":
        """The newest state in `folder`, up to epoch `at_most`; None if there is none. Training resumes from it exactly.

        UserError if it belongs to a model that `config` does not describe. A damaged file is logged and skipped.
        """
        read = [kept for name in (*TURNS, DURABLE) if (kept := _read(folder / name)) is not None]
        if not read and (folder / DURABLE).exists():  # renamed into place, so it was complete
            raise UserError(
                "The state from which this training would resume cannot be read: it is damaged, or from another "
                "version of this program. Its curves and its latest checkpoint are still here; to continue, start a "
                "new training."
            )
        found = [kept for kept in read if at_most is None or kept[0]["epoch"] <= at_most]
        if not found:
            return None
        values, tensors = max(found, key=lambda kept: kept[0]["epoch"])
        state = cls.start(config, spec)
        try:
            weights = _part(tensors, "model")
            for prefix, module, optimizer in state._trained:
                module.load_state_dict(_part(tensors, f"{prefix}model"), strict=True)
                for name, parameter in module.named_parameters():
                    optimizer.state[parameter] = {
                        key: _like(tensor, parameter) for key, tensor in _part(tensors, f"{prefix}adam.{name}").items()
                    }
            state.generator.set_state(tensors["generator"])
            state.epoch, state.live = values["epoch"], values["live"]
            if best := values.get("best"):
                weights = weights if best["epoch"] == state.epoch else _part(tensors, "best")
                state.best = Best(best["epoch"], best["score"], weights)
        except (KeyError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"{folder} holds no training of this config: {reason}") from None
        return state


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}/"): value for name, value in tensors.items() if name.startswith(f"{prefix}/")}


def _like(tensor: Tensor, parameter: Tensor) -> Tensor:
    """Copy to the parameter's device and, for its shape, memory layout: the fused Adam walks both in step and would
    silently pair the wrong numbers (convolutions are channels_last)."""
    if tensor.shape != parameter.shape:  # the step count
        return tensor.to(parameter.device)
    return torch.empty_like(parameter, requires_grad=False).copy_(tensor)


def _open_in_place(path: Path) -> BinaryIO:
    """Open a file to overwrite it from its beginning, without releasing its disk space."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileNotFoundError:
        path.parent.mkdir()
        descriptor = os.open(path, flags, 0o644)
    return os.fdopen(descriptor, "wb")


def _write(file: BinaryIO, tensors: dict[str, Tensor], values: dict[str, Any]) -> int:
    """Write a safetensors file by hand: the library rebuilds the header every time, and an epoch may be short. The
    checksum comes last, so an incomplete file is never valid. Returns the number of bytes."""
    arrays = [tensor.cpu().contiguous().numpy() for tensor in tensors.values()]
    metadata = json.dumps({"__metadata__": {"sum": NO_CHECKSUM.decode(), "state": json.dumps(values)}})
    layout = _layout(tuple(tensors), tuple([(array.dtype.str, array.shape) for array in arrays]))
    header = metadata[:-1].encode() + b", " + layout
    header += b" " * (-len(header) % 8)
    content = b"".join([len(header).to_bytes(8, "little"), header, *[array.data for array in arrays]])
    file.write(content)
    file.seek(content.index(NO_CHECKSUM))
    file.write(_checksum(content))
    return len(content)


@lru_cache(maxsize=8)  # a training has two: with the best weights so far, and without
def _layout(names: tuple[str, ...], arrays: tuple[tuple[str, tuple[int, ...]], ...]) -> bytes:
    """The entries of a safetensors header for arrays of these types and shapes, without the opening brace."""
    entries, at = {}, 0
    for name, (dtype, shape) in zip(names, arrays, strict=True):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        entries[name] = {"dtype": DTYPES[dtype], "shape": shape, "data_offsets": [at, at := at + size]}
    return json.dumps(entries)[1:].encode()


def _checksum(content: bytes) -> bytes:
    """The sum of the 32-bit words modulo 2³², at the speed of memory: a CRC took longer than writing the file. It
    misses reordered words, which a partly overwritten file does not have."""
    whole = len(content) // 4 * 4
    words = np.frombuffer(content[:whole], "<u4")
    total = int(words.sum(dtype=np.uint32)) + int.from_bytes(content[whole:], "little")
    return b"%08x" % (total % 2**32)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    """Read what `save` wrote; None if the file is missing or incomplete."""
    if not path.exists():
        return None
    try:
        content = path.read_bytes()  # not mapped into memory: the file will be overwritten in place
        tensors = from_safetensors(content)
        metadata = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
        checksum = metadata.get("sum", "").encode()
        if not checksum or _checksum(content.replace(checksum, NO_CHECKSUM, 1)) != checksum:
            raise ValueError("its checksum is wrong or missing")
        return json.loads(metadata["state"]), tensors
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        log.warning("%s is skipped: %s", path, error)
        return None
