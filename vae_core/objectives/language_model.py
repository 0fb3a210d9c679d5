"""The language model: what a sequence decoder knows without a code, the contrast to every VAE of sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from vae_core.data import Batch, DataSpec
from vae_core.errors import UserError
from vae_core.model import Model
from vae_core.networks import SequenceDecoder
from vae_core.objectives import OBJECTIVES, Objective


@dataclass(frozen=True)
class Config:
    """No options."""

    title: ClassVar[str] = "Language model (no z)"


@OBJECTIVES.register("language_model", Config)
class LanguageModel(Objective):
    """Each symbol from those before it, without a code: loss = NLL (Mikolov et al. 2010).

    z is 0 for every example, and what the decoder makes of it is set to 0 before the first step, which no gradient
    changes: every point of the latent space decodes to the same. NLL is −log p(x) itself, where a VAE has a bound.
    """

    variational = False
    title = "language model"

    def check(self, spec: DataSpec) -> None:
        if not spec.symbols or len(spec.shape) != 1:
            raise UserError(f"A language model is for symbols in a row, such as sentences; {spec.name} has none.")

    def prepare(self, model: Model) -> None:
        if not isinstance(model.network.decoder, SequenceDecoder):
            raise UserError("A language model writes one symbol after the other; choose such a network, as gru.")
        model.network.decoder.ignore_z()
        code = model.network.encoder[-1]
        assert isinstance(code, nn.Linear)
        nn.init.zeros_(code.weight)
        nn.init.zeros_(code.bias)

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        z = torch.zeros(len(batch), model.config.latent_dim, device=batch.x.device)
        nll = model.nll(batch.x, z, batch.y).mean()
        kl_per_dim = torch.zeros_like(z[0])
        return {"loss": nll, "nll": nll, "kl": kl_per_dim.sum(), "kl_per_dim": kl_per_dim}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        return terms["nll"]
