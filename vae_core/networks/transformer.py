"""Encoder and decoder of self-attention."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from vae_core.errors import UserError
from vae_core.networks import NETWORKS, Network, Pipeline, Sizes, condition_layers
from vae_core.networks._attention import AttentionConfig, AttentionReader, AttentionWriter
from vae_core.networks._writing import check_row


@dataclass(frozen=True)
class Config(AttentionConfig):
    title: ClassVar[str] = "Transformer"


@NETWORKS.register("transformer", Config)
def build(config: Config, sizes: Sizes) -> Network:
    """Self-attention reads and writes a sentence word by word (Vaswani et al. 2017; Li et al. 2020)."""
    check_row(sizes, "transformer")
    if config.width % config.heads:
        raise UserError(f"A width of {config.width} cannot be shared by {config.heads} heads: it must be a multiple.")
    reader = AttentionReader(config, sizes)
    encoder = Pipeline(reader, *condition_layers(sizes), nn.Linear(reader.features + sizes.classes, sizes.code))
    return Network(encoder, AttentionWriter(config, sizes), noisy=config.word_dropout > 0)
