"""Readers: what they recognise, what they refuse, and for which data there is one."""

from dataclasses import replace

import pytest
import torch

from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.kinds.image import as_float
from vae_core.latent.reader import Reader, neighbours_tell, network, reader_of, tolerance
from vae_core.latent.reconstruction import stored_examples


def test_held_out_digits_are_read_and_what_is_none_is_refused(digits):
    x, y = as_float(digits.test.x), digits.test.y
    reader = reader_of(digits.spec)
    assert (reader.read(x).argmax(1) == y).float().mean() > 0.93
    noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(0))
    blends = (x + x.roll(1, 0))[y != y.roll(1)] / 2
    for strange in (1 - x, noise, blends):
        assert (reader.read(strange).argmax(1) == len(digits.spec.classes)).float().mean() > 0.7


def test_the_blurred_mean_of_the_2d_model_is_no_digit_and_what_it_draws_well_is():
    checkpoint = checkpoints.load("mnist-vae-2d")
    model, latents = checkpoint.load_model(), checkpoint.load_latents()
    reader = reader_of(checkpoint.spec)
    assert reader.read(model.decode(torch.zeros(1, 2))).argmax() == 10
    allowed = tolerance(reader, model, latents)
    odds = reader.read(stored_examples(model, latents, 500)).log()
    odds[:, -1] -= allowed
    right = odds.argmax(1) == latents.y[:500]
    assert allowed > 1 and right.float().mean() > 0.7


def test_a_reader_is_for_one_kind_of_picture(digits, tmp_path):
    assert reader_of(replace(digits.spec, classes=tuple("abcdefghij"))) is None
    assert reader_of(DataSpec("digits", "image", (1, 16, 16), digits.spec.classes)) is None
    assert reader_of(checkpoints.load("mario-vae").spec) is None
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Reader(network(8, 2), ("a", "b"), 8)
    made.save(tmp_path / "made.safetensors")
    x = torch.zeros(3, 1, 8, 8)
    assert made.read(x).shape == (3, 3)
    torch.testing.assert_close(made.read(x).sum(1), torch.ones(3))


TELL = {"mnist-vae-16d": True, "mnist-cvae": False, "shapes-beta-vae": False, "mario-vae": False}


@pytest.mark.parametrize("name", TELL)
def test_neighbours_tell_classes_apart_where_the_code_holds_them(name):
    checkpoint = checkpoints.load(name)
    assert neighbours_tell(checkpoint.load_model(), checkpoint.load_latents()) is TELL[name]
