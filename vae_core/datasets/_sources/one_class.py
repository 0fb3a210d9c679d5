"""One class learned, the others held out as anomalies: detectors are measured so (Ruff et al. 2018)."""

from dataclasses import replace
from typing import Any

from vae_core.config import option
from vae_core.data import Data
from vae_core.errors import UserError

ALL = -1


def one_class() -> Any:
    """The option of a dataset of up to ten classes."""
    return option(
        ALL,
        "Number of the one class to learn from, 0 to 9: pictures of the others are held out as anomalies. "
        "−1: learn from all.",
        minimum=ALL,
        maximum=9,
    )


def learned_alone(data: Data, label: int) -> Data:
    """The same data with only one class to learn from and to measure losses on; ALL changes nothing. UserError where
    there is no picture of it."""
    if label == ALL:
        return data
    chosen = data.train.y == label
    if not chosen.any() or not (data.test.y == label).any():
        raise UserError(f"{data.spec.name} has no class {label} in both of its parts.")
    return replace(data, spec=replace(data.spec, normal=label), train=data.train.take(chosen))
