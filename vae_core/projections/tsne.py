"""t-SNE: preserves neighbourhoods at the expense of distances between groups."""

import contextlib
import re
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS, Projection, Report, silent
from vae_core.projections._reports import Told


@dataclass(frozen=True)
class Config:
    perplexity: float = option(
        30.0,
        "Approximate neighbours per point; larger values show larger groups.",
        minimum=2,
        maximum=200,
    )
    metric: str = option("euclidean", "How distance is measured.", choices=("euclidean", "cosine", "manhattan"))
    iterations: int = option(1000, "Steps of gradient descent.", minimum=250, maximum=5000)
    seed: int = option(0, "Random seed of the map.", minimum=0, maximum=2**31 - 1)


@PROJECTIONS.register("tsne", Config)
class TSNE(Projection):
    """Keeps neighbours together; sizes of groups and gaps between them say little (van der Maaten & Hinton 2008)."""

    title = "t-SNE"

    def check(self, n: int) -> None:
        if self.config.perplexity >= n:
            raise UserError(
                f"A perplexity of {self.config.perplexity:g} needs more than {self.config.perplexity:g} examples, and "
                f"this model stores {n}: take a smaller one."
            )

    def fit(self, mu: Tensor, dimensions: int, report: Report = silent) -> dict[str, Tensor]:
        from sklearn.manifold import TSNE as SklearnTSNE  # a second, which most commands do not need

        config = self.config
        report(0.0, "finding neighbours")
        method = SklearnTSNE(
            dimensions,
            perplexity=config.perplexity,
            metric=config.metric,
            max_iter=config.iterations,
            init="pca" if dimensions <= min(mu.shape) else "random",
            random_state=config.seed,
            verbose=2,
            n_jobs=1,  # more threads finish in a random order, which defeats the seed
        )
        told = Told(re.compile(r"Iteration (\d+)"), config.iterations, lambda part: report(part, "moving the points"))
        with contextlib.redirect_stdout(told):
            flat = method.fit_transform(mu.numpy())
        return {"flat": torch.from_numpy(flat).float()}
