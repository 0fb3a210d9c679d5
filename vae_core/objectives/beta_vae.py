"""β-VAE and the common ways to control its KL: warm-up and cycles, free bits, capacity, and a hurried encoder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, DataSpec
from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES, Objective


def weight_of_kl(default: float) -> float:
    return option(
        default,
        "Weight of the KL; 1 is the plain VAE, larger values push the code towards the prior.",
        minimum=0,
        maximum=1000,
        live=True,
    )


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "β-VAE"

    beta: float = weight_of_kl(4.0)
    warmup_epochs: float = option(
        0.0,
        "Epochs over which the weight of the KL rises from 0 to beta (Bowman et al. 2016).",
        minimum=0,
        maximum=1000,
    )
    cycles: int = option(
        0,
        "How often the weight of the KL rises from 0 to beta before it stays there; 0: no cycles (Fu et al. 2019).",
        minimum=0,
        maximum=1000,
    )
    cycle_epochs: float = option(2.0, "Epochs of a cycle.", minimum=0.01, maximum=1000)
    cycle_rise: float = option(
        0.5, "Share of a cycle during which the weight rises; for the rest of it, it is beta.", minimum=0, maximum=1
    )
    free_bits: float = option(
        0.0, "Nats of KL per dimension that cost nothing (Kingma et al. 2016).", minimum=0, maximum=20
    )
    free_bits_total: float = option(
        0.0,
        "Nats of the total KL that cost nothing, whichever dimensions carry them.",
        minimum=0,
        maximum=1000,
    )
    bag_of_words: float = option(
        0.0,
        "Weight of a second reconstruction in training, which asks z for the words in no order (Zhao et al. 2017).",
        minimum=0,
        maximum=100,
    )
    encoder_steps: int = option(
        0,
        "Steps of the encoder alone before each step of both, so that z is of use before the decoder does without it "
        "(He et al. 2019); 0: none.",
        minimum=0,
        maximum=100,
    )
    encoder_epochs: float = option(
        1.0, "Epochs that have such steps; afterwards every step trains both.", minimum=0, maximum=1000
    )
    capacity: float = option(
        0.0,
        "Target of the total KL in nats, approached linearly; 0: off (Burgess et al. 2018).",
        minimum=0,
        maximum=1000,
    )
    capacity_epochs: float = option(
        10.0, "Epochs over which the capacity rises from 0 to its target.", minimum=0, maximum=1000
    )


@OBJECTIVES.register("beta_vae", Config)
class BetaVAE(Objective):
    """The ELBO with a weighted KL: loss = NLL + β·KL; warm-up, cycles, free bits, capacity (Higgins et al. 2017)."""

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        config = self.config
        # max(λ, KL_j) per dimension, of the batch's mean KL, as in Kingma et al. 2016, equation 15.
        kl = terms["kl_per_dim"].clamp(min=config.free_bits).sum() if config.free_bits else terms["kl"]
        if config.free_bits_total:
            kl = kl.clamp(min=config.free_bits_total)
        if config.capacity:
            # Burgess et al. 2018, equation 8: γ·|KL − C|, where this γ is our beta and C rises with time.
            kl = (kl - config.capacity * ramp(epoch, config.capacity_epochs)).abs()
        weight = config.beta * ramp(epoch, config.warmup_epochs)
        if epoch < config.cycles * config.cycle_epochs:
            weight *= ramp(epoch / config.cycle_epochs % 1, config.cycle_rise)
        return terms["nll"] + weight * kl

    def check(self, spec: DataSpec) -> None:
        if self.config.bag_of_words and (not spec.symbols or len(spec.shape) != 1):
            raise UserError(f"A bag of words is for symbols in a row, such as sentences; {spec.name} has none.")

    def aside(self, model: Model, batch: Batch, z: Tensor) -> Tensor | None:
        weight = self.config.bag_of_words
        return weight * model.bag_nll(batch.x, z, batch.y).mean() if weight else None

    def trained(self, model: Model, epoch: float, step: int) -> Iterable[nn.Parameter] | None:
        ahead = epoch < self.config.encoder_epochs and (step + 1) % (self.config.encoder_steps + 1)
        return model.network.encoder.parameters() if ahead else None


def ramp(epoch: float, epochs: float) -> float:
    """Linear from 0 at the start to 1 after `epochs`; always 1 if `epochs` is 0."""
    return min(1.0, epoch / epochs) if epochs else 1.0
