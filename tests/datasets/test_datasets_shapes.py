"""The sprites are where, as large and as turned as their factors say."""

import math

import pytest
import torch

from vae_core.datasets import DATASETS, shapes


def sprites(shape, n, seed=0):
    low, high = torch.tensor([shapes.SCALE, shapes.ROTATION, shapes.POSITION, shapes.POSITION]).T
    values = low + (high - low) * torch.rand(n, 4, generator=torch.Generator().manual_seed(seed))
    return torch.cat([torch.full((n, 1), float(shape)), values], dim=1)


def moments(images):
    """Area in pixels, and the centre of gravity (x, y) in frame widths."""
    light = images[:, 0].double() / 255
    centres = (torch.arange(light.shape[-1]).double() + 0.5) / light.shape[-1]
    area = light.sum((1, 2))
    return area, (light.sum(1) * centres).sum(1) / area, (light.sum(2) * centres).sum(1) / area


@pytest.mark.parametrize("shape", range(3), ids=shapes.SHAPES)
@pytest.mark.parametrize("size", [28, 64])
def test_sprite_has_the_place_and_area_of_its_factors(shape, size):
    factors = sprites(shape, 300)
    factors[:4, 1] = 1
    factors[:4, 3:] = torch.cartesian_prod(torch.tensor(shapes.POSITION), torch.tensor(shapes.POSITION))
    area, x, y = moments(shapes.render(factors, size))
    assert torch.stack([x - factors[:, 3], y - factors[:, 4]]).abs().max() * size < 0.1  # pixels
    expected = 2 * (shapes.RADIUS * factors[:, 1] * size) ** 2
    assert (area / expected - 1).abs().max() < (0.06 if size == 28 else 0.02)


@pytest.mark.parametrize("shape", range(3), ids=shapes.SHAPES)
def test_no_sprite_leaves_the_frame(shape):
    factors = sprites(shape, 200)
    factors[:, 1] = 1
    factors[:, 3] = shapes.POSITION[0]
    left = shapes.render(factors, 64)
    assert left[..., 0].max() == 0
    factors[:, 3:] = factors[:, [4, 3]]
    assert shapes.render(factors, 64)[:, :, 0].max() == 0


@pytest.mark.parametrize(("shape", "repeats"), [(0, math.pi / 2), (1, math.pi), (2, 2 * math.pi)], ids=shapes.SHAPES)
def test_rotation_is_counterclockwise_and_repeats_as_documented(shape, repeats):
    angles = torch.arange(8) * math.pi / 4 + 0.2
    factors = torch.tensor([[shape, 0.9, float(angle), 0.5, 0.5] for angle in angles])
    images = shapes.render(factors).int()
    turned = torch.rot90(images, 1, (2, 3))
    assert (turned.roll(-2, 0) - torch.rot90(turned, 1, (2, 3))).abs().max() <= 1
    difference = (images[1:] - images[0]).abs().amax((1, 2, 3))
    same = [math.isclose((step * math.pi / 4) % repeats, 0, abs_tol=1e-9) for step in range(1, 8)]
    assert (difference <= 1).tolist() == same


def test_heart_stands_on_its_tip_and_the_tip_turns_by_the_angle():
    angle = torch.linspace(0, 2 * math.pi, 25)
    factors = torch.stack([torch.full((25,), value) for value in (2.0, 1.0, 0.0, 0.5, 0.5)], dim=1)
    factors[:, 2] = angle
    lit = shapes.render(factors, 256)[:, 0] > 127
    rows, columns = torch.meshgrid(torch.arange(256) - 127.5, torch.arange(256) - 127.5, indexing="ij")
    farthest = (torch.hypot(rows, columns) * lit).flatten(1).argmax(1)
    found = torch.atan2(-rows.flatten()[farthest], columns.flatten()[farthest])
    error = (found - (angle - math.pi / 2) + math.pi) % (2 * math.pi) - math.pi
    assert error.abs().max() < 0.05


def test_shapes_in_colour_are_the_same_sprites_with_a_hue():
    values = {"name": "shapes", "n_train": 100, "n_test": 20, "image_size": 32}
    grey = DATASETS.build(DATASETS.from_json(values))
    colour = DATASETS.build(DATASETS.from_json(values | {"color": True}))
    assert colour.spec.shape == (3, 32, 32) and colour.spec.factors == (*shapes.FACTORS, "hue")
    assert torch.equal(colour.train.factors[:, :5], grey.train.factors)
    assert torch.equal(colour.train.x.amax(1), grey.train.x.amax(1))  # full saturation and value
    red, green, blue = shapes.render(torch.tensor([[0, 1, 0, 0.5, 0.5, hue / 3] for hue in range(3)]), color=True)
    assert [int(image[i, 32, 32]) for image in (red, green, blue) for i in range(3)] == [
        255,
        0,
        0,
        0,
        255,
        0,
        0,
        0,
        255,
    ]
    more = DATASETS.build(DATASETS.from_json(values | {"n_train": 150}))
    assert torch.equal(more.test.x, grey.test.x)


@pytest.mark.parametrize(
    "factors", [[0] * 6, [3, 1, 0, 0.5, 0.5], [-1, 1, 0, 0.5, 0.5], [0, 0, 0, 0.5, 0.5], [0, 1, math.nan, 0.5, 0.5]]
)
def test_render_refuses_what_is_no_factor_vector(factors):
    with pytest.raises(ValueError, match="factors must be"):
        shapes.render(torch.tensor([factors]))


def test_rendering_nothing_gives_nothing():
    assert shapes.render(torch.zeros(0, 5), 28).shape == (0, 1, 28, 28)
