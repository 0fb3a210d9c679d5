"""A reader says what a picture shows: one of a dataset's classes, or none of them.

It is a small classifier of its own, so that what a model draws is judged by somebody else. One is shipped for each
dataset in `readers/` (`python -m checkpoints.readers` trains it); the page runs it, as it does the models.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from vae_core.data import DataSpec
from vae_core.files import write_bytes
from vae_core.kinds.image import Image
from vae_core.latent.encoded import Latents
from vae_core.latent.reconstruction import stored_examples, vote
from vae_core.model import Model
from vae_core.networks import Pipeline
from vae_core.posterior import Posterior

NEIGHBOURS = 10
TELLING = 0.8
RATED = 4000
DRAWN = 500
FOLDER = Path(__file__).parent / "readers"


@dataclass(frozen=True)
class Reader:
    """A classifier of pictures [B, *shape] in batch form; its last output stands for "none of the classes"."""

    network: Pipeline
    classes: tuple[str, ...]
    side: int

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, self.side, self.side

    @torch.inference_mode()
    def read(self, x: Tensor) -> Tensor:
        """How likely each class is, and none of them: [B, K + 1], rows sum to 1."""
        return torch.cat([self.network(part).softmax(1) for part in x.split(500)])

    @torch.inference_mode()
    def features(self, x: Tensor) -> Tensor:
        """What the last layer decides by, [B, 64]."""
        return torch.cat([Pipeline(*list(self.network)[:-1])(part) for part in x.split(500)])

    def save(self, path: Path) -> None:
        """Write it in half precision, which is what is read afterwards."""
        about = {"classes": self.classes, "side": self.side}
        tensors = {name: value.half().contiguous() for name, value in self.network.state_dict().items()}
        write_bytes(path, to_safetensors(tensors, metadata={"reader": json.dumps(about)}))


def network(side: int, n_classes: int) -> Pipeline:
    """The network of a reader of grey pictures [B, 1, side, side]: logits [B, K + 1]."""
    quarter = (side + 3) // 4
    return Pipeline(
        nn.Conv2d(1, 16, 5, stride=2, padding=2),  # [B, 16, side/2, side/2]
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),  # [B, 32, side/4, side/4]
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * quarter * quarter, 64),
        nn.ReLU(),
        nn.Linear(64, n_classes + 1),
    )


def reader_of(spec: DataSpec) -> Reader | None:
    """The shipped reader of a dataset's pictures; None where there is none for this shape and these classes."""
    known = _opened(spec.name) if spec.kind == Image.name and (FOLDER / f"{spec.name}.safetensors").is_file() else None
    return known if known and (known.classes, known.shape) == (tuple(spec.classes), tuple(spec.shape)) else None


def tolerance(reader: Reader, model: Model, latents: Latents) -> float:
    """How many nats of evidence for "none of the classes" a reader overlooks in what this model draws, so that it reads
    19 of 20 stored examples whose class shows: a model with few dimensions blurs all that it draws."""
    drawn, y = stored_examples(model, latents, DRAWN), latents.y[:DRAWN]
    odds = reader.read(drawn).clamp(min=1e-9).log()
    shows = odds[:, :-1].argmax(1) == y
    return max(0.0, torch.quantile(odds[shows, -1] - odds[shows, :-1].amax(1), 0.95).item() + 1) if shows.any() else 0.0


def neighbours_tell(model: Model, latents: Latents) -> bool:
    """Whether the nearest stored examples say what class a picture shows: they do if at most one in five is of another
    class, and never for a conditional model, whose code need not hold the class, or for one that has learned the normal
    class alone, and so draws no other."""
    mu, y = latents.posterior.mu[:RATED], latents.y[:RATED]
    half = len(y) // 2
    if model.n_conditions or model.spec.normal is not None or len(model.spec.classes) < 2 or half < NEIGHBOURS:
        return False
    others = Latents(Posterior(mu[:half], None), y[:half], None, {})
    return (vote(mu[half:], others, NEIGHBOURS) == y[half:]).float().mean().item() >= TELLING


@lru_cache(maxsize=8)
def _opened(name: str) -> Reader:
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        about = json.loads(file.metadata()["reader"])
        weights = {name: file.get_tensor(name).float() for name in file.keys()}
    made = network(about["side"], len(about["classes"]))
    made.load_state_dict(weights)
    return Reader(made.eval().requires_grad_(False), tuple(about["classes"]), about["side"])
