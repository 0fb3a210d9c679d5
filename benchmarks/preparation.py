"""The benefit of preparing photos: `python -m benchmarks.preparation [--data-dir DIR] [--checkpoint NAME]`.

Makes photos of digits (dark on light, off-centre, small, noisy, unevenly lit, tilted up to 15°) and prints the share
that reconstructs to its class with the preparation on and off: the class that the 10 nearest stored examples vote for.
The digits are MNIST's test images with --data-dir, else decoded posterior means of the checkpoint's examples.
"""

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from benchmarks import exit_status
from vae_core import checkpoints
from vae_core.datasets import DATASETS
from vae_core.kinds.image import as_float
from vae_core.kinds.image.imaging import Look, Options, prepare
from vae_core.latent.reconstruction import vote

N = 200


def photo(digit: Tensor, seed: int) -> bytes:
    """A JPEG photo of a digit [H, W] in [0, 1], as a phone takes it of a sheet of paper."""
    rng = np.random.default_rng(seed)
    side = int(rng.integers(70, 140))
    ink = Image.fromarray((255 * digit.numpy()).astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
    ink = ink.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)
    width, height = 200, 260
    left, top = int(rng.integers(0, width - ink.width + 1)), int(rng.integers(0, height - ink.height + 1))
    sheet = Image.new("L", (width, height))
    sheet.paste(ink, (left, top))
    sheet = sheet.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1)))
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    paper = rng.uniform(0.65, 0.85) + rng.uniform(0.05, 0.15) * (np.cos(angle) * x + np.sin(angle) * y)
    paper -= rng.uniform(0, 0.08) * (x * x + y * y)
    light = paper * (1 - rng.uniform(0.6, 0.85) * np.asarray(sheet, dtype=np.float64) / 255)
    light += rng.normal(0, 0.03, light.shape)
    file = io.BytesIO()
    Image.fromarray((255 * light.clip(0, 1)).astype(np.uint8)).convert("RGB").save(file, "JPEG", quality=85)
    return file.getvalue()


def digits(checkpoint: checkpoints.Checkpoint, data_dir: Path | None, n: int = N) -> tuple[Tensor, Tensor]:
    """Pictures [n, H, W] with their classes."""
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(0))[:n]
    if data_dir is not None:
        entry = DATASETS["mnist"]
        test = entry.build(entry.config(), data_dir).test
        return as_float(test.x[order, 0]), test.y[order]
    latents = checkpoint.load_latents()
    return checkpoint.load_model().decode(latents.posterior.mu[order])[:, 0], latents.y[order]


def accuracy(name: str = "mnist-vae-16d", data_dir: Path | None = None, n: int = N) -> dict[str, float]:
    """The share of n photos whose reconstruction is of their class, with the preparation on and off."""
    checkpoint = checkpoints.load(name)
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    look = Look.of(model.decode(latents.posterior.mu[:500]))
    images, y = digits(checkpoint, data_dir, n)
    photos = [photo(image, seed) for seed, image in enumerate(images)]
    result = {}
    for switch, options in (("on", Options()), ("off", Options.off())):
        x = torch.cat([prepare(content, checkpoint.spec, options, look).x for content in photos])
        again = model.encode(model.reconstruct(x)).mu  # the reconstruction is judged, not the photo
        result[switch] = (vote(again, latents) == y).float().mean().item()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--checkpoint", default="mnist-vae-16d")
    arguments = parser.parse_args()
    for preparation, share in accuracy(arguments.checkpoint, arguments.data_dir).items():
        source = "MNIST test images" if arguments.data_dir else "decoded test examples"
        print(json.dumps({"photos": N, "of": source, "preparation": preparation, "same_class": round(share, 3)}))


if __name__ == "__main__":
    sys.exit(exit_status(main))
