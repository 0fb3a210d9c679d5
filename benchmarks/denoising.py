"""What a model takes away of noise: `python -m benchmarks.denoising --data-dir DIR [--checkpoint NAME …]`.

Adds noise of each kind and of several strengths to 1,000 MNIST test digits and prints, as a JSON object a line, how far
each model's reconstruction is from the clean digits: PSNR in decibels (higher is closer), beside that of the noisy
input; NLL of the clean digits in nats per image; and the share whose class the 10 nearest stored examples vote for.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.kinds.image import as_float
from vae_core.latent.reconstruction import vote
from vae_core.objectives.denoising import NOISES

N = 1000
STRENGTHS = (0.2, 0.4, 0.6)


def psnr(images: Tensor, clean: Tensor) -> float:
    """Peak signal-to-noise ratio in decibels, mean over images [N, *shape] in [0, 1]."""
    return (-10 * (images - clean).square().flatten(1).mean(1).log10()).mean().item()


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", nargs="+", default=["mnist-vae-16d", "mnist-denoising"])
    arguments = parser.parse_args()
    test = DATASETS.build(DATASETS["mnist"].config(), arguments.data_dir).test
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(0))[:N]
    x, y = as_float(test.x[order]), test.y[order]
    opened = {name: checkpoints.load(name) for name in arguments.checkpoint}
    cases = [("none", 0.0), *((name, strength) for name in NOISES for strength in STRENGTHS)]
    for noise, strength in cases:
        generator = torch.Generator().manual_seed(1)
        seen = NOISES[noise](x, strength, generator) if strength else x
        for name, checkpoint in opened.items():
            model = checkpoint.load_model()
            given = y if model.n_conditions else None
            posterior = model.encode(seen, given)
            logits = model.decode_logits(posterior.mu, given)
            result = {
                "checkpoint": name,
                "noise": noise,
                "strength": strength,
                "psnr_input": round(psnr(seen, x), 1) if strength else None,
                "psnr_reconstruction": round(psnr(model.likelihood.mean(logits), x), 1),
                "nll_of_clean": round(model.likelihood.nll(logits, x).mean().item(), 1),
                "class_kept": round((vote(posterior.mu, checkpoint.load_latents()) == y).float().mean().item(), 3),
            }
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
