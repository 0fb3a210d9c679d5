"""Playback of a training's film: maps aligned from epoch to epoch, so that points move and do not jump, and exports."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vae_core.checkpoints import contact_sheet
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.jobs.frames import Frame
from vae_core.kinds import kind_of
from vae_core.projections.pca import pca

FORMATS = {"gif": "image/gif", "webp": "image/webp", "mp4": "video/mp4"}


def plane(mu: Tensor, previous: Tensor | None) -> Tensor:
    """A flat map of posterior means mu [N, D] -> [N, 2].

    Two dimensions are their own map. More are projected by PCA, then rotated and perhaps mirrored to match the
    `previous` epoch's map (orthogonal Procrustes, Schönemann 1966): what still moves has moved in latent space.
    """
    if mu.shape[1] == 1:
        return torch.cat([mu, torch.zeros_like(mu)], dim=1)
    if mu.shape[1] == 2:
        return mu
    flat = pca(mu)
    if previous is None:
        return flat
    from scipy.linalg import orthogonal_procrustes  # a third of a second, which most commands do not need

    turn, _ = orthogonal_procrustes(flat.double().numpy(), (previous - previous.mean(0)).double().numpy())
    return flat @ torch.from_numpy(turn).float()


def planes(frames: Sequence[Frame]) -> list[Tensor]:
    """The map of each frame in order, [N, 2] each, every one aligned to the one before."""
    maps: list[Tensor] = []
    for frame in frames:
        maps.append(plane(frame.mu, maps[-1] if maps else None))
    return maps


def picture(
    frame: Frame, spec: DataSpec, flat: Tensor, reach: float, colors: Sequence[str], height: int = 360
) -> Image.Image:
    """One frame as a picture: samples, then examples beside their reconstructions, then the map within ±reach."""
    pairs = torch.stack([frame.images, frame.reconstructions], dim=1).flatten(0, 1)
    columns = 2 * max(1, round((len(frame.images) / 2) ** 0.5))  # even: each reconstruction stands beside its example
    parts = [scatter(flat, frame.y, reach, colors, height)]
    kind = kind_of(spec)
    for examples, across in ((pairs, columns), (frame.samples, int(len(frame.samples) ** 0.5))):
        pictures = kind.pictures(kind.feed(examples), spec)
        if pictures is not None:
            whole = len(pictures) // across * across
            parts.insert(0, contact_sheet(pictures[:whole], across).convert("RGB"))
    scaled = [
        part.resize((round(part.width * height / part.height), height), Image.Resampling.NEAREST) for part in parts
    ]
    gap = 12
    strip = Image.new("RGB", (sum(part.width for part in scaled) + gap * (len(scaled) - 1), height), "white")
    at = 0
    for part in scaled:
        strip.paste(part, (at, 0))
        at += part.width + gap
    return strip.crop((0, 0, strip.width // 2 * 2, height // 2 * 2))  # video encoders want even sizes


def export(frames: Sequence[Frame], spec: DataSpec, colors: Sequence[str], format: str, frame_ms: int = 150) -> bytes:
    """The film as a GIF, WebP or MP4 file. Raises UserError for another format or no frames."""
    if format not in FORMATS:
        raise UserError(f"There is no film format {format!r}; there are: {', '.join(FORMATS)}.")
    if not frames:
        raise UserError("This training has no frames yet; its film begins with the first epoch.")
    maps = planes(frames)
    reach = 1.05 * max(flat.abs().max().item() for flat in maps[len(maps) // 2 :]) or 1.0
    pictures = [picture(frame, spec, flat, reach, colors) for frame, flat in zip(frames, maps, strict=True)]
    file = io.BytesIO()
    if format == "mp4":
        _write_mp4(file, pictures, frame_ms)
    else:
        durations = [frame_ms] * (len(pictures) - 1) + [2000]  # hold the result before the loop restarts
        pictures[0].save(file, format, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    return file.getvalue()


def scatter(flat: Tensor, y: Tensor, reach: float, colors: Sequence[str], side: int) -> Image.Image:
    """Points within ±reach in their class's colour, on near-white."""
    pixels = np.full((side, side, 3), 250, dtype=np.uint8)
    palette = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors], dtype=np.uint8)
    at = ((flat / reach * 0.5 + 0.5) * (side - 1)).round().long().numpy()
    inside = ((at >= 1) & (at < side - 1)).all(1)
    x, row, shade = at[inside, 0], side - 1 - at[inside, 1], palette[y.numpy()[inside] % len(palette)]
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            pixels[row + dy, x + dx] = shade
    return Image.fromarray(pixels)


def _write_mp4(file: io.BytesIO, pictures: Sequence[Image.Image], frame_ms: int) -> None:
    import av  # a large import that only this needs

    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=round(1000 / frame_ms))
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"  # what every browser and presentation program plays
        for image in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode(None))
