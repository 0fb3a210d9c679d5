"""Makes the lessons' pictures: `python -m components.train.lesson_pictures` trains each lesson and draws its result."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from components.shared.app.colors import palette
from components.shared.trainings.presets import PRESETS
from components.train.lessons import PICTURES
from vae_core import jobs
from vae_core.data import DataSpec
from vae_core.jobs import Job, film, frames
from vae_core.jobs import files as job_files
from vae_core.jobs.frames import Frame
from vae_core.kinds import kind_of

HEIGHT, GAP = 160, 16


def plane(frame: Frame, spec: DataSpec) -> Image.Image:
    """Where the held-out examples lie."""
    flat = film.plane(frame.mu, None)
    drawn = film.scatter(flat, frame.y, 1.05 * flat.abs().max().item(), palette(), HEIGHT)
    paper = drawn.getpixel((0, 0))
    mask = Image.fromarray((np.asarray(drawn) != paper).any(2).astype(np.uint8) * 255)
    drawn.putalpha(mask)  # the page's ground shows through, light or dark
    return drawn


def samples(frame: Frame, spec: DataSpec) -> Image.Image:
    """What it draws."""
    return _sheet(frame.samples, spec, 8)


def pairs(frame: Frame, spec: DataSpec) -> Image.Image:
    """Examples beside what it makes of them."""
    return _sheet(torch.stack([frame.images, frame.reconstructions], 1).flatten(0, 1)[:16], spec, 4)


def made(frame: Frame, spec: DataSpec) -> Image.Image:
    """Reconstructions alone."""
    return _sheet(frame.reconstructions[:8], spec, 2)


DRAWN = {"plane": plane, "ae-vae": plane, "betas": made, "collapse": pairs, "conditional": samples}
"""What tells each lesson best."""


def picture(id: str, trained: Sequence[Job]) -> Image.Image:
    """A lesson's picture: the last frames of its trainings beside each other."""
    parts = []
    for job in trained:
        spec = frames.read_spec(job.path / job_files.FRAMES)
        part = DRAWN[id](job.frame(job.frame_epochs()[-1]), spec)
        parts.append(
            part.convert("RGBA").resize((round(part.width * HEIGHT / part.height), HEIGHT), Image.Resampling.NEAREST)
        )
    whole = Image.new("RGBA", (sum(part.width for part in parts) + GAP * (len(parts) - 1), HEIGHT))
    at = 0
    for part in parts:
        whole.paste(part, (at, 0))
        at += part.width + GAP
    return whole


def _sheet(x: torch.Tensor, spec: DataSpec, columns: int) -> Image.Image:
    kind = kind_of(spec)
    shown = kind.pictures(kind.feed(x), spec)
    assert shown is not None, "the lessons' data have pictures"
    n, height, width, _ = shown.shape
    tiles = np.zeros((n, height + 2, width + 2, 4), dtype=np.uint8)  # a clear pixel around each
    tiles[:, 1:-1, 1:-1, :3] = shown.numpy()
    tiles[:, 1:-1, 1:-1, 3] = 255
    rows = tiles.reshape(n // columns, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return Image.fromarray(rows.reshape(n // columns * (height + 2), columns * (width + 2), 4))


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        for preset in PRESETS.values():
            folder = Path(root) / preset.id
            trained = [jobs.start(config, name, root=folder) for name, config in preset.trainings.items()]
            picture(preset.id, [job.wait() for job in trained]).save(PICTURES / f"{preset.id}.png", optimize=True)


if __name__ == "__main__":
    main()
