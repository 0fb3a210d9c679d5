"""Coins in place of grey values, and the word for them beside every number."""

import torch

from components.shared.trainings.units import unit_of, unit_of_all
from vae_core.checkpoints.card import model_card
from vae_core.cli.options import describe_test
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import coins
from vae_core.datasets.digits import Config
from vae_core.training import TrainConfig


def test_a_coin_comes_up_as_often_as_its_pixel_is_light(generator):
    x = torch.tensor([0, 64, 128, 255], dtype=torch.uint8).expand(20_000, 4)
    drawn = coins(x, generator)
    assert drawn.dtype == torch.uint8 and set(drawn.unique().tolist()) == {0, 255}
    torch.testing.assert_close((drawn == 255).float().mean(0), x[0] / 255, rtol=0, atol=0.02)
    assert not drawn[:, 0].any() and drawn[:, 3].all()


def test_a_training_flips_them_anew_and_what_is_held_out_was_drawn_once(digits, generator):
    first, second = (DATASETS.build(Config(binarise=True)) for _ in range(2))
    assert torch.equal(first.test.x, second.test.x) and set(first.test.x.unique().tolist()) == {0, 255}
    assert torch.equal(first.train.x, digits.train.x) and torch.equal(first.test.y, digits.test.y)
    batch = digits.train.x[:50]
    one, other = first.augment(batch, generator), first.augment(batch, generator)
    assert not torch.equal(one, other) and set(one.unique().tolist()) == {0, 255}


def test_the_word_stands_beside_the_number(digits):
    plain, drawn = TrainConfig(), TrainConfig(dataset=Config(binarise=True))
    test = {"nll": 20.0, "kl": 5.0}
    assert describe_test(drawn, test).endswith("nats per example (test, binarised)")
    assert describe_test(plain, test).endswith("nats per example (test)")

    class Run:
        def __init__(self, config):
            self.config = config

    assert unit_of(Run(drawn)) == "binarised image" and unit_of(Run(plain)) == "image"
    assert unit_of_all([Run(plain), Run(drawn)]) == "example"
    measured = {"elbo": -25.0, "nll": 20.0, "kl": 5.0, "active_units": 2, "parameters": 7}
    card = model_card("m", drawn, digits.spec, measured, [], n_test=5, n_train=None)
    assert "25.00 nats per binarised example" in card
