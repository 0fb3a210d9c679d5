"""How losses are written."""

import pytest

from vae_core.cli.options import number
from vae_core.objectives import autoencoder
from vae_core.training import TrainConfig
from vae_core.training.losses import describe_losses


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (137.9234, "137.92"),
        (-23.93812, "−23.938"),
        (0.00345126, "0.0034513"),
        (1.5e-7, "0.00000015000"),
        (12345.678, "12345.7"),
        (0.0, "0.0"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_has_five_significant_digits_and_no_exponent(value, written):
    assert number(value) == written


def test_losses_have_the_decimals_of_the_largest():
    split = {"nll": 20.00231, "kl": 5.10204}
    assert describe_losses(TrainConfig(), split) == "−ELBO 25.1 = NLL 20.0 + KL 5.1"
    assert describe_losses(TrainConfig(), split, 5) == "−ELBO 25.104 = NLL 20.002 + KL 5.102"
    assert describe_losses(TrainConfig(objective=autoencoder.Config()), {"nll": -0.01234, "kl": 0.0}) == "NLL −0.0123"
