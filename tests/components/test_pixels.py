"""Examples as the page takes them (components/shared/app/pixels.py)."""

import base64

import numpy as np
import pytest
import torch

from components.shared.app import pixels
from tests.kinds.levels import level
from vae_core.data import DataSpec
from vae_core.kinds import KINDS, kind_of


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_become_opaque_rgba_row_by_row(channels):
    spec = DataSpec("toy", "image", (channels, 2, 3))
    images = torch.arange(2 * channels * 2 * 3, dtype=torch.uint8).view(2, channels, 2, 3)
    shown = pixels.pictures(kind_of(spec).feed(images), spec)
    response = pixels.response(shown, {"Cache-Control": "no-store"})
    found = np.frombuffer(response.body, dtype=np.uint8).reshape(2, 2, 3, 4)
    for n, row, column in np.ndindex(2, 2, 3):
        expected = [int(images[n, min(c, channels - 1), row, column]) for c in range(3)]
        assert found[n, row, column].tolist() == [*expected, 255]
    assert (response.headers["X-Width"], response.headers["X-Height"]) == ("3", "2")
    assert response.headers["Cache-Control"] == "no-store"
    assert pixels.picture_bytes(spec, kind_of(spec).feed(images[:1])) == 2 * 3 * 4


def test_floats_become_the_nearest_of_256_levels():
    spec = DataSpec("toy", "image", (1, 1, 5))
    images = torch.tensor([0, 0.499 / 255, 0.501 / 255, 0.5, 1]).view(1, 1, 1, 5)
    assert pixels.pictures(images, spec)[..., 0].flatten().tolist() == [0, 0, 1, 128, 255]


def test_an_example_in_batch_form_is_sent_as_it_lies_at_rest():
    x = torch.tensor([[[[0, 0.2], [0.6, 1]]]])
    assert [*base64.b64decode(pixels.at_rest(x, DataSpec("toy", "image", (1, 2, 2))))] == [0, 51, 153, 255]
    tiles, spec = level("-X\nE-")
    assert [*base64.b64decode(pixels.at_rest(tiles[None], spec))] == tiles.flatten().tolist()


def test_data_without_pictures_are_said_to_have_none():
    class Silent(KINDS["image"].build):
        """Sounds that nobody hears."""

        name, unit = "silence", "silence"

        def pictures(self, x, spec):
            return None

    KINDS.register("silence", KINDS["image"].config)(Silent)
    try:
        with pytest.raises(ValueError, match="There are no pictures of silences"):
            pixels.pictures(torch.zeros(1, 1, 2, 2), DataSpec("toy", "silence", (1, 2, 2)))
    finally:
        del KINDS._entries["silence"]
