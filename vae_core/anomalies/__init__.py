"""Finding what a model has not learned: a score of each example, a threshold, and what the threshold finds."""

from vae_core.anomalies.found import Found, at, found_at, told_apart
from vae_core.anomalies.scores import MEASURES, SCORES, measured, of_parts, scores, unlabelled
from vae_core.anomalies.thresholds import f1_best, of_tail, quantile

__all__ = [
    "MEASURES",
    "SCORES",
    "Found",
    "at",
    "f1_best",
    "found_at",
    "measured",
    "of_parts",
    "of_tail",
    "quantile",
    "scores",
    "told_apart",
    "unlabelled",
]
