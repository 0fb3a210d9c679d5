"""How long the first UMAP map of a model takes: `python -m benchmarks.fitting [--checkpoint NAME] [--examples N]`.

In processes of their own with nothing compiled beforehand, as after an installation: our fit, which is given its
neighbours, and the umap package by itself, which searches for them. Prints a JSON object a line, with the
trustworthiness of each map (Venna & Kaski 2001).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import torch

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.projections import fit, umap
from vae_core.projections.faithfulness import trustworthiness


def given_neighbours(mu: torch.Tensor) -> torch.Tensor:
    return fit(umap.Config(), mu, 2).flat


def searching(mu: torch.Tensor) -> torch.Tensor:
    from umap import UMAP

    config = umap.Config()
    method = UMAP(n_neighbors=config.n_neighbors, min_dist=config.min_dist, random_state=config.seed, n_jobs=1)
    return torch.from_numpy(method.fit_transform(mu.numpy()))


WAYS = {"ours, given its neighbours": given_neighbours, "the package by itself": searching}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="mnist-vae-16d")
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--way", choices=WAYS, help="measure only this one, in this process")
    arguments = parser.parse_args()
    if arguments.way is None:
        for way in WAYS:
            with tempfile.TemporaryDirectory() as empty:
                command = [sys.executable, "-m", "benchmarks.fitting", *sys.argv[1:], "--way", way]
                subprocess.run(command, env=os.environ | {"NUMBA_CACHE_DIR": empty}, check=True)
        return
    mu = checkpoints.load(arguments.checkpoint).load_latents().posterior.mu[: arguments.examples]
    began = time.perf_counter()
    flat = WAYS[arguments.way](mu)
    seconds = time.perf_counter() - began
    found = {"seconds": round(seconds, 1), "trustworthiness": round(trustworthiness(mu, flat), 3)}
    print(json.dumps({"first_map": arguments.way, "examples": len(mu), **found}), flush=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
