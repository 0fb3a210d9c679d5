"""The number of latent dimensions that the encoder uses."""

from dataclasses import dataclass
from typing import Any, ClassVar

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "active_units",
            "Active dimensions",
            "Dimensions whose code moves with the example. The others say nothing.",
            "code",
        ),
    )

    threshold: float = option(0.01, "Variance of a dimension's posterior mean above which it is active.", minimum=0)


@METRICS.register("active_units", Config)
def active_units(config: Config, model: Model | None, split: Split | None, encoded: Posterior) -> dict[str, Any]:
    """Number of dimensions whose posterior mean varies over the data (Burda et al. 2016, section 5)."""
    return {"active_units": int((encoded.mu.var(0, correction=0) > config.threshold).sum())}
