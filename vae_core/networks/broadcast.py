"""A decoder that draws each place of a picture from the code and the place's coordinates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.networks import ACTIVATIONS, NETWORKS, Network, Pipeline, Sizes, condition_layers, input_layers

KERNEL, STRIDE, PADDING = 4, 2, 1


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Spatial broadcast"

    encoder_hidden: tuple[int, ...] = option(
        (256, 256), "Width of each hidden layer of the encoder, which is fully connected.", minimum=1, maximum=4096
    )
    place_channels: tuple[int, ...] = option(
        (32, 32, 32), "Width of each layer that the decoder applies at every place.", minimum=1, maximum=1024
    )
    activation: str = option("relu", "Non-linearity between the layers.", choices=ACTIVATIONS)


class Broadcast(nn.Module):
    """z [B, D] -> [B, D + 2, H, W]: the code at every place, then the place's y and x, from −1 to 1."""

    def __init__(self, height: int, width: int):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, z: Tensor) -> Tensor:
        # Two short rows of numbers, made anew: a buffer would be missing in a model that is loaded without memory.
        sides = [torch.linspace(-1, 1, n, dtype=z.dtype, device=z.device) for n in (self.height, self.width)]
        places = torch.stack(torch.meshgrid(sides, indexing="ij"))  # [2, H, W]
        everywhere = z[:, :, None, None].expand(-1, -1, self.height, self.width)
        return torch.cat([everywhere, places.expand(len(z), -1, -1, -1)], 1)

    def extra_repr(self) -> str:
        return f"{self.height}, {self.width}"


@NETWORKS.register("broadcast", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """The code and coordinates at every place, as Watters et al. 2019: position finds dimensions of its own.

    Layers of one place each draw at half the height and width, and a transposed convolution doubles them; a place is
    told from another by its coordinates alone. For images and levels of at least 2×2; UserError for other data.
    """
    if len(sizes.features) != 3:
        raise UserError(
            f"The broadcast network is for images and levels, which have a height and a width, not for data of shape "
            f"{sizes.input}."
        )
    _, height, width = sizes.features
    if min(height, width) < 2:
        raise UserError(f"The broadcast network halves height and width; {height}×{width} is too small.")
    activation = ACTIVATIONS[config.activation]

    def between(layers: Sequence[nn.Module]) -> list[nn.Module]:
        return [part for layer in layers for part in (layer, activation())]

    widths = [math.prod(sizes.features) + sizes.classes, *config.encoder_hidden]
    reading = [nn.Linear(fan_in, fan_out) for fan_in, fan_out in pairwise(widths)]
    encoder = [*between(reading), nn.Linear(widths[-1], sizes.code)]
    at_places = [sizes.latent + sizes.classes + 2, *config.place_channels]
    drawing = [nn.Conv2d(fan_in, fan_out, 1) for fan_in, fan_out in pairwise(at_places)]
    extra = (height % 2, width % 2)  # restores the remainder of an odd size
    return Network(
        Pipeline(*input_layers(sizes), nn.Flatten(), *condition_layers(sizes), *encoder),
        Pipeline(
            *condition_layers(sizes),
            Broadcast(height // 2, width // 2),  # [B, D + 2, H / 2, W / 2]
            *between(drawing),
            nn.ConvTranspose2d(at_places[-1], sizes.output[0], KERNEL, STRIDE, PADDING, extra),
        ),
    )
