"""A convolutional encoder and a transposed-convolutional decoder for series of any length."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.networks import ACTIVATIONS, NETWORKS, Network, Sizes, around

KERNEL, STRIDE, PADDING = 8, 2, 3


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Convolutional in time"

    filters: tuple[int, ...] = option(
        (16, 32, 32), "Channels after each halving of the time; the decoder mirrors them.", minimum=1, maximum=1024
    )
    dense: int = option(
        64, "Width of the fully connected layer between the convolutions and the code.", minimum=1, maximum=4096
    )
    conv_activation: str = option("silu", "Non-linearity between the layers.", choices=ACTIVATIONS)


@NETWORKS.register("conv1d", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Strided convolutions over time: the same pattern is known at every step.

    For series of any length; UserError for other data and for too many halvings.
    """
    if len(sizes.features) != 2:
        raise UserError(
            f"The conv1d network is for series, which have channels and steps, not for data of shape {sizes.input}."
        )
    n_channels, length = sizes.features
    lengths = [length]
    for _ in config.filters:
        if lengths[-1] < 2:
            raise UserError(f"{len(config.filters)} halvings are too many for {length} steps; name fewer filters.")
        lengths.append(lengths[-1] // 2)
    activation = ACTIVATIONS[config.conv_activation]
    down: list[nn.Module] = []
    for fan_in, fan_out in zip((n_channels, *config.filters), config.filters, strict=False):
        down += [nn.Conv1d(fan_in, fan_out, KERNEL, STRIDE, PADDING), activation()]
    up: list[nn.Module] = []
    outputs = (*reversed(config.filters[:-1]), sizes.output[0])
    for step, (fan_in, fan_out) in enumerate(zip(reversed(config.filters), outputs, strict=True)):
        extra = lengths[-2 - step] - 2 * lengths[-1 - step]  # restores the remainder of an odd length
        up += [nn.ConvTranspose1d(fan_in, fan_out, KERNEL, STRIDE, PADDING, extra), activation()]
    smallest = (config.filters[-1], lengths[-1])
    # down: [B, C, T] -> [B, C', T / 2^n]
    return around(sizes, down, smallest, up[:-1], config.dense, config.conv_activation)
