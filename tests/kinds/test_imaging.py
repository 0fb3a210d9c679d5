"""Uploads become model inputs: what is refused, what each step does, and photos of digits that are recognised."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from benchmarks import preparation
from vae_core.data import DataSpec
from vae_core.kinds.image import imaging
from vae_core.kinds.image.imaging import DEFAULT_LOOK, Look, Options, prepare

GREY = DataSpec("mnist", "image", (1, 28, 28), tuple("0123456789"))
COLOUR = DataSpec("photos", "image", (3, 64, 64))


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def steps(prepared: imaging.Prepared) -> list[str]:
    return [step.id for step in prepared.steps]


def stroke(size=(200, 260), box=(120, 30, 135, 110), paper=230, ink=40) -> Image.Image:
    image = Image.new("L", size, paper)
    ImageDraw.Draw(image).rectangle(box, fill=ink)
    return image


def test_exif_turns_the_picture_and_the_switch_leaves_it():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: a quarter turn clockwise mends it
    content = encoded(stroke().rotate(90, expand=True), "JPEG", exif=exif, quality=95)
    upright = prepare(content, GREY)
    assert steps(upright)[:2] == ["upload", "rotate"]
    rows, columns = (upright.x[0, 0] > 0.5).nonzero(as_tuple=True)
    assert rows.max() - rows.min() > columns.max() - columns.min()  # the stroke stands
    lying = prepare(content, GREY, Options(rotate=False))
    rows, columns = (lying.x[0, 0] > 0.5).nonzero(as_tuple=True)
    assert rows.max() - rows.min() < columns.max() - columns.min()


def test_transparent_parts_take_the_background_that_was_chosen():
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    for background, level in (("white", 1), ("black", 0)):
        result = prepare(encoded(image), COLOUR, Options(background=background))
        assert [step.label for step in result.steps if step.id == "background"] == [f"On {background}"]
        assert torch.equal(result.x, torch.full((1, 3, 64, 64), float(level)))


def test_sixteen_bits_are_scaled_not_clipped():
    image = Image.fromarray(np.full((28, 28), 32768, dtype=np.uint16))
    x = prepare(encoded(image), GREY, Options.off()).x
    assert x.mean() == pytest.approx(0.5, abs=0.01)


def test_colour_stays_colour_and_becomes_square():
    image = Image.new("RGB", (120, 60), (200, 100, 50))
    result = prepare(encoded(image), COLOUR, look=Look(dark=True, drawing=False))
    assert result.x.shape == (1, 3, 64, 64)
    assert torch.allclose(result.x.mean((0, 2, 3)) * 255, torch.tensor([200.0, 100.0, 50.0]), atol=1)


@pytest.mark.parametrize(("paper", "ink", "inverted"), [(230, 40, True), (20, 250, False)])
def test_dark_on_light_is_found_and_inverted(paper, ink, inverted):
    result = prepare(encoded(stroke(paper=paper, ink=ink)), GREY)
    assert ("invert" in steps(result)) == inverted
    assert result.x[0, 0, 0, 0] == 0 and result.x.max() > 0.9


def test_a_drawing_is_sized_and_centred_as_mnist_was():
    result = prepare(encoded(stroke()), GREY)
    x = result.x[0, 0]
    rows = (x > 0.3).any(1).nonzero()
    assert 18 <= rows.max() - rows.min() + 1 <= 21  # the longer side of the ink fills 20 of 28 pixels
    places = torch.arange(28.0)
    for axis in (0, 1):
        centre = (x.sum(axis) * places).sum() / x.sum()
        assert centre == pytest.approx(13.5, abs=0.6)
    assert steps(result)[-3:] == ["contrast", "crop", "center"]


def test_every_step_can_be_switched_off():
    result = prepare(encoded(stroke()), GREY, Options.off())
    assert steps(result) == ["upload", "resize"]
    assert result.x.shape == (1, 1, 28, 28)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_sheet_stays_an_input(level):
    x = prepare(encoded(Image.new("L", (300, 200), level)), GREY).x
    assert x.shape == (1, 1, 28, 28) and x.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 7)])
def test_the_smallest_images_are_images(size):
    for spec in (GREY, COLOUR):
        assert prepare(encoded(Image.new("RGB", size, "red")), spec).x.shape == (1, *spec.shape)


def test_how_training_images_look_is_seen():
    y, x = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    digit = ((x - 13.5).abs() < 3) & ((y - 13.5).abs() < 10)
    images = digit.float().expand(20, 1, 28, 28)
    look = Look.of(images)
    assert (look.dark, look.drawing, look.by_mass) == (True, True, True)
    assert look.box == pytest.approx(DEFAULT_LOOK.box)
    assert not Look.of(1 - images).dark
    assert not Look.of(torch.rand(20, 3, 28, 28)).drawing


def test_photos_of_digits_reconstruct_to_their_class():
    share = preparation.accuracy(n=100)
    print(f"same class with the preparation on: {share['on']:.1%}, off: {share['off']:.1%}")
    assert share["on"] >= 0.9
    assert share["off"] < 0.5
