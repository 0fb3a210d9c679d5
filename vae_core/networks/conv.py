"""A convolutional encoder and a transposed-convolutional decoder for images and tiles of any size."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.networks import ACTIVATIONS, NETWORKS, Network, Sizes, around

KERNEL, STRIDE, PADDING = 4, 2, 1


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Convolutional"

    channels: tuple[int, ...] = option(
        (32, 64), "Channels after each halving of height and width; the decoder mirrors them.", minimum=1, maximum=1024
    )
    dense: int = option(
        256, "Width of the fully connected layer between the convolutions and the code.", minimum=1, maximum=4096
    )
    conv_activation: str = option("relu", "Non-linearity between the layers.", choices=ACTIVATIONS)
    batch_norm: bool = option(False, "Batch normalisation after each convolution (Ioffe & Szegedy 2015).")


@NETWORKS.register("conv", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Strided convolutions, as in Burgess et al. 2018: exploit neighbourhoods, slower than mlp.

    For images and levels of any size; UserError for other data and for too many halvings.
    """
    if len(sizes.features) != 3:
        raise UserError(
            f"The conv network is for images and levels, which have a height and a width, not for data of shape "
            f"{sizes.input}."
        )
    n_channels, height, width = sizes.features
    extents = [(height, width)]
    for _ in config.channels:
        height, width = extents[-1]
        if min(height, width) < 2:
            raise UserError(
                f"{len(config.channels)} halvings are too many for {sizes.features[1]}×{sizes.features[2]} examples; "
                "name fewer channels."
            )
        extents.append((height // 2, width // 2))
    smallest = (config.channels[-1], *extents[-1])

    def after(layer: nn.Module, n_out: int) -> list[nn.Module]:
        norm = [nn.BatchNorm2d(n_out)] if config.batch_norm else []
        return [layer, *norm, ACTIVATIONS[config.conv_activation]()]

    down: list[nn.Module] = []
    for fan_in, fan_out in zip((n_channels, *config.channels), config.channels, strict=False):
        # A bias before batch normalisation has no effect and gets no gradient.
        down += after(nn.Conv2d(fan_in, fan_out, KERNEL, STRIDE, PADDING, bias=not config.batch_norm), fan_out)

    up: list[nn.Module] = []
    outputs = (*reversed(config.channels[:-1]), sizes.output[0])
    for step, (fan_in, fan_out) in enumerate(zip(reversed(config.channels), outputs, strict=True)):
        (h, w), (target_h, target_w) = extents[-1 - step], extents[-2 - step]
        extra = (target_h - 2 * h, target_w - 2 * w)  # restores the remainder of an odd size
        last = step == len(outputs) - 1
        layer = nn.ConvTranspose2d(fan_in, fan_out, KERNEL, STRIDE, PADDING, extra, bias=last or not config.batch_norm)
        up += [layer] if last else after(layer, fan_out)

    # down: [B, C, H, W] -> [B, C', H / 2^n, W / 2^n]
    return around(sizes, down, smallest, up, config.dense, config.conv_activation)
