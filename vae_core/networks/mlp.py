"""Fully connected encoder and decoder, for data of any shape."""

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from vae_core.config import option
from vae_core.networks import ACTIVATIONS, NETWORKS, Network, Pipeline, Sizes, condition_layers, input_layers


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Fully connected"

    hidden: tuple[int, ...] = option(
        (400,), "Width of each hidden layer of the encoder; the decoder mirrors them.", minimum=1, maximum=4096
    )
    activation: str = option("relu", "Non-linearity between the layers.", choices=ACTIVATIONS)


@NETWORKS.register("mlp", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Fully connected layers: fast, for data of any shape, ignores neighbourhoods."""

    def stack(widths: list[int]) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for fan_in, fan_out in zip(widths, widths[1:], strict=False):
            layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[config.activation]()]
        return layers[:-1]  # no non-linearity after the last

    n_in, n_out = math.prod(sizes.features), math.prod(sizes.output)
    encoder = stack([n_in + sizes.classes, *config.hidden, sizes.code])
    decoder = stack([sizes.latent + sizes.classes, *reversed(config.hidden), n_out])
    return Network(
        Pipeline(*input_layers(sizes), nn.Flatten(), *condition_layers(sizes), *encoder),
        Pipeline(*condition_layers(sizes), *decoder, nn.Unflatten(1, sizes.output)),
    )
