"""The film of a training: maps that move and do not jump, and files that other programs can read."""

import io
import math

import pytest
import torch
from PIL import Image

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.jobs import film
from vae_core.jobs.frames import Frame

COLORS = ["#0072B2", "#E69F00"]
SPEC = DataSpec("toy", "image", (1, 8, 8))


def frame(epoch: int, mu: torch.Tensor) -> Frame:
    generator = torch.Generator().manual_seed(epoch)
    pictures = [torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=generator) for n in (16, 8, 8)]
    n = len(mu)
    return Frame(epoch, torch.zeros(16, 3), torch.zeros(16).long(), *pictures, mu, torch.arange(n) % 2)


def turned(mu: torch.Tensor, angle: float, mirrored: bool = False) -> torch.Tensor:
    turn = torch.eye(mu.shape[1])
    turn[:2, :2] = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return mu @ turn * (torch.tensor([-1.0, 1, 1]) if mirrored else 1)


@pytest.fixture
def mu() -> torch.Tensor:
    return torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([3.0, 2, 0.1])


def test_two_dimensions_are_their_own_map():
    points = torch.randn(10, 2)
    assert torch.equal(film.plane(points, torch.randn(10, 2)), points)


@pytest.mark.parametrize("angle, mirrored", [(0.3, False), (2.5, False), (1.0, True)])
def test_a_latent_space_that_merely_turns_stands_still_on_the_map(mu, angle, mirrored):
    first, second = film.planes([frame(1, mu), frame(2, turned(mu, angle, mirrored))])
    assert (first - second).abs().max() < 1e-3
    unaligned = film.plane(turned(mu, angle, mirrored), None)
    assert torch.equal(film.plane(mu, None), first) and unaligned.shape == first.shape


def test_what_moves_in_latent_space_moves_on_the_map(mu):
    moved = mu.clone()
    moved[0, 0] += 5
    first, second = film.planes([frame(1, mu), frame(2, moved)])
    shifts = (first - second).norm(dim=1)
    assert shifts[0] > 4 and shifts[1:].max() < 0.5


def test_a_line_is_shown_as_one():
    flat = film.plane(torch.randn(5, 1), None)
    assert flat.shape == (5, 2) and (flat[:, 1] == 0).all()


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animations_hold_every_frame(mu, kind):
    picture = Image.open(
        io.BytesIO(film.export([frame(epoch, mu + epoch) for epoch in range(1, 6)], SPEC, COLORS, kind))
    )
    assert picture.n_frames == 5 and picture.format.lower() == kind


def test_the_video_holds_every_frame(mu):
    import av

    content = film.export([frame(epoch, mu + epoch) for epoch in range(1, 6)], SPEC, COLORS, "mp4")
    with av.open(io.BytesIO(content)) as video:
        assert video.streams.video[0].codec_context.name == "h264"
        assert len(list(video.decode(video=0))) == 5


def test_nothing_to_export_is_said(mu):
    with pytest.raises(UserError, match="no frames yet"):
        film.export([], SPEC, COLORS, "gif")
    with pytest.raises(UserError, match="gif, webp, mp4"):
        film.export([frame(1, mu)], SPEC, COLORS, "avi")
