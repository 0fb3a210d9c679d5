"""Pixels as the page takes them (components/shared/app/pixels.py)."""

import base64

import numpy as np
import pytest
import torch

from components.shared.app import pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_become_opaque_rgba_row_by_row(channels):
    images = torch.arange(2 * channels * 2 * 3, dtype=torch.uint8).view(2, channels, 2, 3)
    response = pixels.response(pixels.channels_last(images), {"Cache-Control": "no-store"})
    found = np.frombuffer(response.body, dtype=np.uint8).reshape(2, 2, 3, 4)
    for n, row, column in np.ndindex(2, 2, 3):
        expected = [int(images[n, min(c, channels - 1), row, column]) for c in range(3)]
        assert found[n, row, column].tolist() == [*expected, 255]
    assert (response.headers["X-Width"], response.headers["X-Height"]) == ("3", "2")
    assert response.headers["Cache-Control"] == "no-store"


def test_floats_become_the_nearest_of_256_levels():
    images = torch.tensor([0, 0.499 / 255, 0.501 / 255, 0.5, 1]).view(1, 1, 1, 5)
    assert pixels.channels_last(images).flatten().tolist() == [0, 0, 1, 128, 255]


def test_an_example_in_batch_form_is_sent_as_it_lies_at_rest():
    x = torch.tensor([[0, 0.2], [0.6, 1]])
    assert [*base64.b64decode(pixels.at_rest(x))] == [0, 51, 153, 255]
