"""Train the readers, which say what a picture shows: `python -m checkpoints.readers [NAME …] --data-dir DIR`.

A reader must know what is none of its classes, too, so many of its training pictures are made of two: blends, one laid
over the other, parts of one beside parts of another, turned and inverted ones, noise. Where the data directory holds
`letters/letters.npz` (`images` uint8 [typefaces, characters, H, W], `characters`, `fonts`), it also learns typeset
digits, and that other characters are none.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from vae_core.datasets import DATASETS, default_data_dir
from vae_core.errors import UserError
from vae_core.kinds.image import as_float
from vae_core.kinds.image.imaging import Look, centred
from vae_core.latent.reader import FOLDER, Reader, network

DIGITS = tuple("0123456789")
EPOCHS = {"mnist": 12, "digits": 150}
BATCH = 128
REFUSED = 0.01
"""Share of the training pictures that a reader may take for none of the classes."""
LIKE_DIGITS = frozenset("OoIlizZsSbBqg")
"""Letters that many typefaces draw as they draw a digit: neither digits nor a lesson in what is none."""
HELD_OUT = ("fonts-dejavu", "fonts-liberation")
"""Typefaces that stand on many computers, and that `python -m benchmarks.verdicts` therefore tries: not learnt."""


def typefaces(data_dir: Path | None, spec_shape: tuple[int, ...], look: Look) -> tuple[Tensor, Tensor] | None:
    """Typeset characters that look as the dataset does, [N, 1, H, W] in [0, 1], and the digit that each is, else −1;
    None if the data directory has none."""
    file = None if data_dir is None else data_dir / "letters" / "letters.npz"
    if file is None or not file.is_file():
        return None
    with np.load(file) as found:
        images, characters = found["images"], [str(each) for each in found["characters"]]
        known = [i for i, font in enumerate(found["fonts"]) if not str(font).startswith(HELD_OUT)]
    drawn, y = [], []
    for image, character in ((images[i, k], each) for i in known for k, each in enumerate(characters)):
        light = Image.fromarray(image)
        box = light.getbbox()
        if character not in LIKE_DIGITS and box is not None and image.max() > 127:
            drawn.append(torch.from_numpy(centred(light.crop(box), spec_shape[1:], look, stretch=True)))
            y.append(int(character) if character.isdigit() else -1)
    return torch.stack(drawn)[:, None], torch.tensor(y)


def varied(x: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Pictures [B, 1, H, W] turned, sheared, scaled and shifted a little, some with thicker or thinner strokes."""
    n = len(x)

    def spread(size: float, *shape: int) -> Tensor:
        return strength * size * (2 * torch.rand(n, *shape, generator=generator) - 1)

    turn, shear, scale = spread(0.2), spread(0.2), 1 + spread(0.15, 2)
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = turn.cos() * scale[:, 0], shear - turn.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = turn.sin(), turn.cos() * scale[:, 1]
    matrix[:, :, 2] = spread(0.08, 2)
    x = F.grid_sample(x, F.affine_grid(matrix, list(x.shape), align_corners=False), align_corners=False)
    chosen, part = (torch.rand(n, 1, 1, 1, generator=generator) for _ in range(2))
    thick, thin = F.max_pool2d(x, 3, 1, 1), -F.max_pool2d(-x, 3, 1, 1)
    thicker = torch.where(chosen < 0.15, part * thick + (1 - part) * x, x)
    return torch.where(chosen > 0.85, part * thin + (1 - part) * x, thicker)


def strange(x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures that are none of the classes, made of those [B, 1, H, W] with classes y."""
    n, (height, width) = len(x), x.shape[2:]
    order = torch.randperm(n, generator=generator)
    order = torch.where(y[order] != y, order, order.roll(1))
    other, unlike = x[order], (y[order] != y)[:, None, None, None]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(n, *shape, generator=generator)

    share = 0.35 + 0.3 * uniform(1, 1, 1)
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    angle = 2 * torch.pi * uniform(1, 1, 1)
    side = (angle.cos() * columns + angle.sin() * rows > 0.4 * uniform(1, 1, 1) - 0.2).float()
    noise = uniform(1, height, width)
    grains = (uniform(1, height, width) < uniform(1, 1, 1)).float()
    smooth = F.interpolate(uniform(1, 4, 4), (height, width), mode="bilinear")
    made = torch.stack(
        [
            share * x + (1 - share) * other,
            torch.maximum(x, other),
            side * x + (1 - side) * other,
            side * x + (1 - side) * x.flip(3),
            x.rot90(1, (2, 3)),
            1 - x,
            (x - noise).abs() * uniform(1, 1, 1),
            torch.where(uniform(1, 1, 1) < 0.5, grains, smooth),
        ]
    )
    which = torch.multinomial(torch.tensor([3.0, 2, 3, 1, 1, 1, 1, 1]), n, replacement=True, generator=generator)
    found = made[which, torch.arange(n)]
    return found[unlike.flatten() | (which > 2)]  # of two of one class, a mixture is one of them


@torch.inference_mode()
def settle(reader: Reader, x: Tensor) -> None:
    """Move the bias of "none" so that the share REFUSED of x is refused. Most training pictures were none, which says
    nothing about those that a page is shown."""
    logits = torch.cat([reader.network(part) for part in x.split(500)])
    margin = logits[:, -1] - logits[:, :-1].amax(1)
    reader.network[-1].bias[-1] -= torch.quantile(margin, 1 - REFUSED)


def train(name: str, data_dir: Path | None) -> Reader:
    data = DATASETS.build(DATASETS[name].config(), data_dir)
    x, y, none = as_float(data.train.x), data.train.y, len(data.spec.classes)
    written = typefaces(data_dir, data.spec.shape, Look.of(x[:500])) if data.spec.classes == DIGITS else None
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    reader = Reader(network(data.spec.shape[1], none), data.spec.classes, data.spec.shape[1])
    steps = EPOCHS[name] * (len(x) // BATCH)
    optimizer = torch.optim.AdamW(reader.network.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        real = varied(x[rows], generator)
        odd = strange(varied(x[rows], generator, 0.5), y[rows], generator)
        shown, classes = [real, odd], [y[rows], torch.full((len(odd),), none)]
        if written is not None:
            rows = torch.randint(len(written[1]), (BATCH,), generator=generator)
            shown.append(varied(written[0][rows], generator, 0.5))
            classes.append(torch.where(written[1][rows] < 0, none, written[1][rows]))
        loss = F.cross_entropy(reader.network(torch.cat(shown)), torch.cat(classes))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % (steps // 10) == 0:
            print(f"{name} step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    settle(reader, x[:10_000])
    found = reader.read(as_float(data.test.x)).argmax(1)
    right, refused = (found == data.test.y).float().mean(), (found == none).float().mean()
    print(f"{name}: {right:.2%} of the held-out right, {refused:.2%} refused", flush=True)
    return reader


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m checkpoints.readers", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(EPOCHS)} (default: all)")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    try:
        for name in arguments.names or EPOCHS:
            reader = train(name, arguments.data_dir)
            reader.save(FOLDER / f"{name}.safetensors")
    except (UserError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
