"""Encoded held-out examples, as a checkpoint stores them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from vae_core.data import DataSpec
from vae_core.latent.typicality import Typicality
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Latents:
    """The encoded held-out examples: posterior [N, D], labels `y` [N], ground-truth `factors` [N, F] if known, the
    fitted `projections` by name ("umap" [N, 2], "umap-3d" [N, 3]), and `nll` [N], the NLL of the examples decoded from
    their posterior means (nats; None in checkpoints of earlier versions). `first` [N]: the step at
    which each begins in the series that they were cut from, if there is one. `learned`: the codes of some
    examples that were learned from, where data tell normal ones from anomalies."""

    posterior: Posterior
    y: Tensor
    factors: Tensor | None
    projections: Mapping[str, Tensor]
    nll: Tensor | None = None
    first: Tensor | None = None
    learned: Posterior | None = None
    _typicality: dict[int | None, Typicality] = field(default_factory=dict, init=False, repr=False, compare=False)

    def known(self, spec: DataSpec) -> Tensor | slice:
        """Which of them are like those that were learned from, as an index: all, or those of the normal class."""
        return slice(None) if spec.normal is None else (self.y == spec.normal).nonzero()[:, 0]

    def typicality(self, spec: DataSpec) -> Typicality:
        """How typical a point is of data like those that were learned from; made once."""
        if spec.normal not in self._typicality:
            self._typicality[spec.normal] = Typicality.of(self.posterior.take(self.known(spec)))
        return self._typicality[spec.normal]

    def density(self, spec: DataSpec) -> Typicality:
        """What tells how dense codes are around one, for a score: those that were learned, if kept. A held-out example
        would lie at a dense place because it is among those counted, and so are its neighbours in a series."""
        return self.typicality(spec) if self.learned is None else Typicality.of(self.learned)
