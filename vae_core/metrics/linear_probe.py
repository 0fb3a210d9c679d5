"""How well the classes can be told by planes in latent space."""

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

from vae_core.config import option
from vae_core.data import Split
from vae_core.metrics import METRICS, Measure
from vae_core.model import Model
from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    of_codes: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "linear_probe_accuracy",
            "Linear probe",
            "Examples whose class a logistic regression reads off the code.",
            "classes",
            better="higher",
            unit="%",
            needs=("classes",),
        ),
    )

    penalty: float = option(1.0, "Weight of the squared coefficients.", minimum=0.0001, maximum=10_000)


@METRICS.register("linear_probe", Config)
def linear_probe(config: Config, model: Model | None, split: Split, encoded: Posterior) -> dict[str, Any]:
    """Share of the other half's examples whose class logistic regression reads off the posterior mean (1 is best).

    Alain & Bengio 2016. Where `knn_accuracy` asks whether classes lie together, this asks whether they lie on sides. {}
    for a single class.
    """
    half = len(split.y) // 2
    if split.y[:half].unique().numel() < 2 or half == len(split.y):
        return {}
    # A second, which most commands do not need.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    codes, y = encoded.mu.double(), split.y.numpy()
    scaled = ((codes - codes[:half].mean(0)) / codes[:half].std(0, correction=0).clamp(min=1e-9)).numpy()
    probe = LogisticRegression(C=1 / config.penalty, max_iter=500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is right after 500 steps stays right
        probe.fit(scaled[:half], y[:half])
    return {"linear_probe_accuracy": float(probe.score(scaled[half:], y[half:]))}
