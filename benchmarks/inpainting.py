"""Completing half a picture: `python -m benchmarks.inpainting --data-dir DIR [--checkpoint NAME]`.

Hides the lower half of 200 MNIST test digits and prints, as a JSON object a line, the squared error of the hidden
pixels (summed over them, mean over digits): of plain encode-decode with the hidden part black, and of the best of five
completions by pseudo-Gibbs and by gradient steps, with the part by which it is lower.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.kinds.image import as_float
from vae_core.latent import inpainting

N, GUESSES = 200, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", default="mnist-vae-16d")
    arguments = parser.parse_args()
    model = checkpoints.load(arguments.checkpoint).load_model()
    test = DATASETS.build(DATASETS["mnist"].config(), arguments.data_dir).test
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(0))[:N]
    x, y = as_float(test.x[order]), test.y[order] if model.n_conditions else None
    visible = torch.ones(1, 28, 28)
    visible[:, 14:] = 0

    def squared_error(images: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return ((images - target).square() * (1 - visible)).flatten(-3).sum(-1)

    with torch.inference_mode():
        plain = squared_error(model.reconstruct(x * visible, y), x).mean().item()
    about = {"checkpoint": arguments.checkpoint, "digits": N, "hidden": "lower half"}
    print(json.dumps(about | {"way": "encode-decode, hidden part black", "squared_error": round(plain, 2)}), flush=True)
    for name, find in (("pseudo-Gibbs", inpainting.pseudo_gibbs), ("gradient steps", inpainting.gradient_steps)):
        started = time.perf_counter()
        generator = torch.Generator().manual_seed(1)
        guesses = inpainting.complete(model, x, visible, y, n=GUESSES, find=find, generator=generator)
        seconds = time.perf_counter() - started
        errors = squared_error(guesses.images, x[:, None])
        best = errors.min(1).values.mean().item()
        result = {
            "way": name,
            f"best_of_{GUESSES}": round(best, 2),
            "lower_by": round(1 - best / plain, 3),
            "most_plausible": round(errors[:, 0].mean().item(), 2),
            "mean_of_all": round(errors.mean().item(), 2),
            "seconds": round(seconds, 1),
        }
        print(json.dumps(about | result), flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
