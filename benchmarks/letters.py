"""Letters of typefaces that a model never saw: `python -m benchmarks.letters --data-dir DIR [--checkpoint NAME]`.

A small classifier learns the characters from the real pictures of the training typefaces. Prints one JSON line: the
share of the held-out typefaces' characters that it recognises in the originals and in the model's reconstructions, and
the ratio of both. A conditional model also writes each character of a held-out typeface in the style of one other
character of it: the share recognised, and the squared error beside that of the mean picture of the character, of which
no style is known. `cpu_seconds` are those of it all.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.datasets.letters import by_typeface
from vae_core.errors import UserError
from vae_core.kinds.image import as_float
from vae_core.model import Model

EPOCHS, BATCH, PART = 8, 128, 500


def classifier(train: Split, n_classes: int, seed: int = 0) -> nn.Module:
    """A convolutional classifier of pictures [B, 1, 32, 32] in [0, 1], trained on real ones."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 24, 5, stride=2, padding=2),  # [B, 24, 16, 16]
            nn.ReLU(),
            nn.Conv2d(24, 48, 3, stride=2, padding=1),  # [B, 48, 8, 8]
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(48 * 8 * 8, 128),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(128, n_classes),
        )
        steps = EPOCHS * (len(train) // BATCH)
        optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
        for _ in range(steps):
            rows = torch.randint(len(train), (BATCH,), generator=generator)
            loss = F.cross_entropy(network(as_float(train.x[rows])), train.y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.inference_mode()
def measured(model: Model, data: Data, network: nn.Module) -> dict[str, float]:
    """What the classifier recognises in the held-out characters and in what the model makes of them."""
    x, y = as_float(data.test.x), data.test.y
    given = y if model.n_conditions else None
    rebuilt = torch.cat([model.reconstruct(*_part(rows, x, given)) for rows in torch.arange(len(x)).split(PART)])
    originals, again = _recognised(network, x, y), _recognised(network, rebuilt, y)
    found = {"originals": originals, "reconstructions": again, "of_originals": again / originals}
    return found | (_written(model, data, network) if model.n_conditions else {})


def _written(model: Model, data: Data, network: nn.Module) -> dict[str, float]:
    """Each character of each held-out typeface in the style of another one, drawn by lot."""
    real = as_float(by_typeface(data.test))  # [T, 62, 1, 32, 32]
    n, k = real.shape[:2]
    given = (torch.arange(k) + torch.randint(1, k, (n, k), generator=torch.Generator().manual_seed(0))) % k
    seen = real[torch.arange(n)[:, None], given].flatten(0, 1)
    wanted, given, real = torch.arange(k).repeat(n), given.flatten(), real.flatten(0, 1)
    parts = torch.arange(len(seen)).split(PART)
    codes = torch.cat([model.encode(seen[rows], given[rows]).mu for rows in parts])
    drawn = torch.cat([model.decode(codes[rows], wanted[rows]) for rows in parts])
    learned = as_float(data.train.x)
    means = torch.stack([learned[data.train.y == label].mean(0) for label in range(k)])

    def error(pictures: Tensor) -> float:
        return (pictures - real).square().flatten(1).sum(1).mean().item()

    return {
        "written": _recognised(network, drawn, wanted),
        "written_error": error(drawn),
        "mean_error": error(means[wanted]),
    }


def _recognised(network: nn.Module, x: Tensor, y: Tensor) -> float:
    return (torch.cat([network(part).argmax(1) for part in x.split(PART)]) == y).float().mean().item()


def _part(rows: Tensor, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
    return x[rows], None if y is None else y[rows]


def row(data_dir: Path | None, name: str = "letters-cvae") -> dict[str, Any]:
    """The measurement of one model, JSON-ready."""
    began = time.process_time()
    checkpoint = checkpoints.load(name)
    data = DATASETS.build(checkpoint.train_config.dataset, data_dir)
    if data.spec.name != "letters":
        raise UserError(f"{name} is no model of letters.")
    network = classifier(data.train, len(data.spec.classes))
    found = {key: round(value, 4) for key, value in measured(checkpoint.load_model(), data, network).items()}
    return {"checkpoint": name, "n": len(data.test)} | found | {"cpu_seconds": round(time.process_time() - began, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", default="letters-cvae")
    arguments = parser.parse_args()
    return exit_status(lambda: print(json.dumps(row(arguments.data_dir, arguments.checkpoint)), flush=True))


if __name__ == "__main__":
    sys.exit(main())
