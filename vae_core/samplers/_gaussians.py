"""What every sampler makes of codes: a mixture of Gaussians, which Python and the page draw from in the same way."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Gaussians:
    """K Gaussians: `means` [K, D], and as `factors` their standard deviations [K, D] or the lower Cholesky factors of
    their covariances [K, D, D]. `weights` [K] add up to 1; None: all alike. `note`: a sentence for who draws, or "".

    Points that are to be drawn as they are have factors of 0, so any distribution can be given by its draws.
    """

    means: Tensor
    factors: Tensor
    weights: Tensor | None = None
    note: str = ""

    @property
    def shares(self) -> Tensor:
        """The weights [K], also where all are alike."""
        return torch.full((len(self.means),), 1 / len(self.means)) if self.weights is None else self.weights

    def draw(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """`n` points z [n, D]: first which Gaussian each is of, then where in it."""
        size, dimensions = self.means.shape
        if size == 1 or not n:
            chosen = torch.zeros(n, dtype=torch.long)
        elif self.weights is None:
            chosen = torch.randint(size, (n,), generator=generator)
        else:
            chosen = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, dimensions, generator=generator, dtype=self.means.dtype)
        if self.factors.ndim == 2:
            return (self.means[chosen] + self.factors[chosen] * noise).float()
        z = torch.empty_like(noise)
        for each in chosen.unique().tolist():
            places = chosen == each
            z[places] = self.means[each] + noise[places] @ self.factors[each].T
        return z.float()

    def within(self, components: int, numbers: int, generator: torch.Generator) -> "Gaussians":
        """As good as these, of at most so many `components`, drawn from them, and so many `numbers` in the factors:
        above, they keep their standard deviations and lose their correlations."""
        found = self
        if len(self.means) > components:
            again = self.weights is not None  # a heavy one stands for several
            kept = torch.multinomial(self.shares, components, replacement=again, generator=generator)
            found = Gaussians(self.means[kept], self.factors[kept], None, self.note)
        if found.factors.ndim == 3 and found.factors.numel() > numbers:
            found = replace(found, factors=found.factors.square().sum(2).sqrt())
        return found
