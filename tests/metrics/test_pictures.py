"""What is decoded: how far it is off, how smoothly it changes, how strange other data look, and how far draws are."""

import math

import numpy as np
import PIL.Image
import pytest
import torch
from torch import nn

from tests.metrics.test_metrics import SPEC, model_of, split_of
from tests.objectives.toy import SENTENCES
from vae_core.data import Split
from vae_core.datasets import DATASETS, held_out
from vae_core.errors import UserError
from vae_core.likelihoods import bernoulli, categorical
from vae_core.metrics import METRICS, encode_split, outside
from vae_core.metrics.reader_distance import frechet
from vae_core.model import Model, ModelConfig
from vae_core.networks import gru, mlp


def measured(name, model, split, **options):
    return METRICS.build(METRICS[name].config(**options), model, split, encode_split(model, split))


def writer():
    torch.manual_seed(0)
    return Model(ModelConfig(gru.Config(6, 8), categorical.Config(), 3), SENTENCES)


def sentences(n=4):
    return Split(torch.full((n, 8), 5, dtype=torch.int16).index_fill(1, torch.tensor([7]), 3), torch.zeros(n).long())


def always(model, logit):
    """A decoder that puts out one value, whatever z is."""
    with torch.no_grad():
        for parameter in model.network.decoder.parameters():
            parameter.zero_()
        model.network.decoder[-2].bias.fill_(logit)
    return model


def test_squared_error_and_decibels_of_a_known_distance(generator):
    model = always(model_of(), math.log(0.9 / 0.1))  # always 0.9
    white = Split(torch.full((5, *SPEC.shape), 255, dtype=torch.uint8), torch.zeros(5).long())
    found = measured("reconstruction", model, white)
    assert found["mse"] == pytest.approx(0.01, rel=1e-4) and found["psnr"] == pytest.approx(20, rel=1e-4)
    mixed = split_of(50, generator=generator)
    x = mixed.x.float() / 255
    errors = (x - 0.9).square().flatten(1).mean(1)
    found = measured("reconstruction", model, mixed)
    assert found["mse"] == pytest.approx(errors.mean().item(), rel=1e-4)
    assert found["psnr"] == pytest.approx((-10 * errors.log10()).mean().item(), rel=1e-4)
    exact = measured("reconstruction", always(model_of(), 60.0), white)
    assert exact["psnr"] == pytest.approx(100)
    assert measured("reconstruction", writer(), sentences()) == {}


def smoothness(*decoder):
    """Of a model with these layers between z and the likelihood's logits."""
    model = model_of()
    model.network.decoder = type(model.network.decoder)(*decoder)
    return measured("smoothness", model, split_of(3), paths=20, steps=10)


class Step(nn.Module):
    """Black on one side of a plane, white on the other."""

    def forward(self, z):
        return torch.where(z[:, :1] > 0, 40.0, -40.0).expand(-1, 16)


class Small(nn.Module):
    """Logits so small that the sigmoid is a line."""

    def forward(self, z):
        return 1e-2 * z[:, :1].expand(-1, 16)


def test_a_line_is_smooth_a_step_is_not_and_where_nothing_changes_it_means_nothing():
    shape = nn.Unflatten(1, SPEC.shape)
    assert smoothness(Small(), shape)["smoothness"] == pytest.approx(1, abs=1e-3)
    assert smoothness(Step(), shape)["smoothness"] == pytest.approx(0.1)
    model = always(model_of(), 1.0)
    assert measured("smoothness", model, split_of(3), paths=3) == {}
    assert 0 <= measured("smoothness", writer(), sentences(), paths=3, steps=4).get("smoothness", 0.5) <= 1


def test_noise_is_strange_to_a_model_of_black_pictures_and_its_own_data_are_not(generator):
    model = always(model_of(), -4.0)
    for parameter in model.network.encoder.parameters():
        parameter.data.zero_()
    dark = Split(
        (25 * torch.rand(200, *SPEC.shape, generator=generator)).to(torch.uint8), torch.zeros(200, dtype=torch.int64)
    )
    light = measured("outside", model, dark)
    assert light["outside_auc_neg_elbo"] == light["outside_auc_error"] == light["outside_auc_typicality"] == 1
    uniform = Split(
        torch.randint(0, 256, (600, *SPEC.shape), generator=generator).to(torch.uint8), torch.zeros(600).long()
    )
    same = measured("outside", model, uniform)
    assert same.pop("outside_against") == "noise"
    assert all(value == pytest.approx(0.5, abs=0.08) for value in same.values())
    # Noise costs a model of black pictures less than white ones do: −ELBO is taken in, typicality is not.
    found = measured("outside", model, Split(255 - dark.x, dark.y))
    assert found["outside_auc_neg_elbo"] == 0 and found["outside_auc_typicality"] == 1
    assert set(measured("outside", writer(), sentences(20))) == set(found)


def test_other_data_must_be_here_and_of_the_same_shape(tmp_path):
    model, split = model_of(), split_of(20)
    with pytest.raises(UserError, match="There is no dataset 'emnist'"):
        measured("outside", model, split, against="emnist")
    with pytest.raises(UserError, match="waves have another shape"):
        measured("outside", model, split, against="waves")
    with pytest.raises(UserError, match="kmnist is not on this computer"):
        measured("outside", model, split, against="kmnist", data_dir=str(tmp_path))


def test_other_pictures_are_brought_to_the_size_of_the_model(generator):
    """Against an independent resizing: digits of 8×8 pixels as 4×4 ones are means of neighbours."""
    model, split = model_of(), split_of(400, generator=generator)
    digits = held_out(DATASETS["digits"].config())
    small = outside._of_size(digits.x, torch.Size((4, 4)))
    pillow = [PIL.Image.fromarray(x[0].numpy()).resize((4, 4), PIL.Image.Resampling.BILINEAR) for x in digits.x[:50]]
    assert (small[:50, 0].int() - torch.tensor(np.stack(pillow)).int()).abs().max() <= 1
    found = measured("outside", model, split, against="digits")
    assert found.pop("outside_against") == "digits"
    assert all(0 <= value <= 1 for value in found.values())
    same = measured("outside", model, Split(small, digits.y), against="digits")
    del same["outside_against"]
    assert all(value == pytest.approx(0.5, abs=0.06) for value in same.values())


def test_the_distance_of_gaussians_in_closed_form(generator):
    one, other = torch.randn(20_000, 3, generator=generator), torch.randn(20_000, 3, generator=generator)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)
    stretch = torch.tensor([2.0, 1.0, 0.5])
    expected = 3 * 4 + ((stretch - 1) ** 2).sum().item()  # means 2 apart in each of three, spreads by factors
    assert frechet(one, 2 + stretch * other) == pytest.approx(expected, rel=0.03)
    turned = torch.linalg.qr(torch.randn(3, 3, generator=generator))[0]
    assert frechet(one @ turned, (2 + stretch * other) @ turned) == pytest.approx(frechet(one, 2 + stretch * other))


def test_draws_of_a_model_are_farther_from_digits_than_digits_and_noise_is_farther(trained, digits):
    split = digits.test
    found = measured("reader_distance", trained.model, split)
    torch.manual_seed(0)
    fresh = Model(ModelConfig(mlp.Config((8,)), bernoulli.Config(), 3), digits.spec)
    worse = measured("reader_distance", fresh, split)
    assert found["reader_distance_halves"] == worse["reader_distance_halves"]
    assert found["reader_distance_halves"] < found["reader_distance"] < worse["reader_distance"]
    assert measured("reader_distance", model_of(), split_of(30)) == {}  # no reader for these
