"""Whether sentences state the facts that they were asked for: `python -m benchmarks.facts --data-dir DIR [NAME …]`.

Each held-out caption's facts are written as a sentence from a draw of the prior, greedily, and read off it by the same
lists of words. Of the facts asked for, the share that is stated; of those stated, the share that was asked for; over
combinations of facts that no training caption has, and over all. Beside them stand the same sentences counted against
the facts of another caption, which is what chance gives.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.datasets.captions_facts import facts_of
from vae_core.model import Model

SHARES = ("stated", "asked")


@torch.inference_mode()
def measured(model: Model, config: Any, data_dir: Path | None) -> dict[str, float]:
    """The shares for unseen combinations, for all and by chance: `facts_unseen_stated`, … `facts_unseen`: how many."""
    data = DATASETS.build(config, data_dir)
    asked = data.test.condition
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(len(asked), model.config.latent_dim, generator=generator)
    parts = zip(z.split(200), asked.split(200), strict=True)
    written = [line for some, y in parts for line in model.kind.lines(model.decode(some, y), model.spec)]
    states = facts_of(written)
    known = {tuple(row) for row in data.train.condition.tolist()}
    unseen = torch.tensor([tuple(row) not in known for row in asked.tolist()])
    rows = {"unseen": (states[unseen], asked[unseen]), "all": (states, asked), "chance": (states, asked.roll(1, 0))}
    shares = {f"facts_{row}_{name}": value for row, both in rows.items() for name, value in _shares(*both).items()}
    return {"facts_unseen": int(unseen.sum()), **shares}


def _shares(states: Tensor, asked: Tensor) -> dict[str, float]:
    both = (states * asked).sum()
    return {"stated": float(both / asked.sum()), "asked": float(both / states.sum().clamp(min=1))}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.facts", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=["captions-facts"])
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    for name in arguments.names:
        checkpoint = checkpoints.load(name)
        found = measured(checkpoint.load_model(), checkpoint.train_config.dataset, arguments.data_dir)
        print(f"{name}: {found['facts_unseen']} held-out combinations that no training caption has")
        print(f"{'':24}{'of those asked, stated':>24}{'of those stated, asked':>24}")
        for row, said in (("unseen", "unseen combinations"), ("all", "all held-out"), ("chance", "by chance")):
            stated, asked = (found[f"facts_{row}_{share}"] for share in SHARES)
            print(f"{said:24}{stated:>24.1%}{asked:>24.1%}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
