"""What is measured of scores: how well they tell anomalies, and what is found with few false alarms."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from vae_core import anomalies

Row = dict[str, float | str]
"""A line of a table: the method, and its measures by name."""
WEEK = 7 * 86_400.0
FALSE_ALARMS = 0.01
"""Share of the normal examples without times that may be flagged."""
RANDOM_SEEDS = 20


def judged(scores: np.ndarray, anomalous: np.ndarray, step: float | None = None) -> dict[str, float]:
    """AUC and average precision, and what is found with few false alarms: of spans, where examples follow each other
    `step` seconds apart, else the share of the anomalies."""
    found = {"AUC": float(roc_auc_score(anomalous, scores)), "AP": ap(scores, anomalous)}
    if step is None:
        threshold = anomalies.quantile(torch.from_numpy(scores[~anomalous]), 1 - FALSE_ALARMS)
        return found | {"found": float((scores[anomalous] > threshold).mean())}
    at = at_a_week(torch.from_numpy(scores), torch.from_numpy(anomalous), step)
    return found | {"found": at.events_found, "delay": float("nan") if at.delay is None else at.delay / 3600}


def at_a_week(scores: Tensor, anomalous: Tensor, step: float) -> anomalies.Found:
    """What the lowest threshold finds that has at most one false alarm a week, and none above it has more."""
    allowed = max(1.0, len(scores) * step / WEEK)
    best = anomalies.found_at(scores, anomalous, float(scores.max()), step)
    for threshold in scores.unique().flip(0).tolist():
        found = anomalies.found_at(scores, anomalous, threshold, step)
        if found.false_alarms > allowed:
            break
        best = found
    return best


def ap(scores: np.ndarray, anomalous: np.ndarray) -> float:
    return float(average_precision_score(anomalous, scores))


def random_row(anomalous: np.ndarray, step: float | None = None) -> Row:
    """The mean over several draws."""
    each = []
    for seed in range(RANDOM_SEEDS):
        scores = np.random.default_rng(seed).random(len(anomalous))
        each.append(judged(scores, anomalous, step) | ({} if step is None else {"centred": ap(scores, anomalous)}))
    return {"method": "random", **{name: mean([row[name] for row in each]) for name in each[0]}, "s": 0.0}


def mean(values: Sequence[float]) -> float:
    """Of the numbers among them."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else float("nan")
