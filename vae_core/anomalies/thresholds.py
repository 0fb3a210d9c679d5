"""Suggestions for a threshold, from the scores of normal examples; only `f1_best` needs labels."""

import numpy as np
from torch import Tensor

from vae_core.errors import UserError

TAIL = 0.1
"""The share of normal scores that the tail is fitted to."""
LEAST = 20
"""Scores in a tail that can be fitted."""


def quantile(normal: Tensor, share: float = 0.99) -> float:
    """The score that this share of normal examples stays below."""
    return float(np.quantile(normal.double().numpy(), share))


def of_tail(normal: Tensor, risk: float = 1e-3) -> float:
    """The score that a normal example exceeds with probability `risk`, which may be smaller than 1/N.

    Peaks over threshold: a generalised Pareto distribution is fitted to what the highest tenth of the scores exceeds
    the rest by (Pickands 1975; Siffer et al. 2017). UserError for fewer than 200 scores, whose tail tells too little.
    """
    from scipy import stats  # here, since it takes a while and few need it

    values = normal.double().numpy()
    start = float(np.quantile(values, 1 - TAIL))
    excess = values[values > start] - start
    if len(excess) < LEAST:
        raise UserError(f"{len(values)} normal examples are too few to fit their tail; {int(LEAST / TAIL)} are needed.")
    if risk >= TAIL:
        return quantile(normal, 1 - risk)
    shape, _, scale = stats.genpareto.fit(excess, floc=0)
    return start + float(stats.genpareto.isf(risk / (len(excess) / len(values)), shape, 0, scale))


def f1_best(scores: Tensor, anomalous: Tensor) -> float:
    """The threshold with the highest F1 on labelled scores [N], bool [N]: it knows the answers, so it flatters.

    UserError without an anomaly.
    """
    if not bool(anomalous.any()):
        raise UserError("No example is labelled as an anomaly.")
    order = scores.double().argsort(descending=True)
    hits = anomalous[order].double().cumsum(0)
    n = np.arange(1, len(order) + 1)
    f1 = 2 * hits.numpy() / (n + float(anomalous.sum()))
    ordered = scores.double()[order].numpy()
    last = np.append(ordered[1:] != ordered[:-1], True)  # equal scores are flagged together
    best = int(np.where(last, f1, -1).argmax())
    if best + 1 == len(ordered):  # all are flagged, the lowest score too
        return float(np.nextafter(np.float32(ordered[best]), np.float32(-np.inf)))
    return float((ordered[best] + ordered[best + 1]) / 2)
