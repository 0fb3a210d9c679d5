"""What a threshold finds: counted example by example, and event by event where examples follow each other in time."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

DAY = 86_400.0


@dataclass(frozen=True)
class Found:
    """The confusion matrix of a threshold, and what follows from it; a ratio without a denominator is 0.

    `false_alarms` are runs of flagged examples that touch no labelled event; `events` labelled anomalies, each counted
    once however long; `delay` the mean seconds from an event's beginning to its first flag. No point adjustment: a run
    of which one example is flagged is one event found, and adds nothing to the example counts (Kim et al. 2022).
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    events: int = 0
    events_found: int = 0
    false_alarms: int = 0
    delay: float | None = None
    days: float | None = None

    @property
    def precision(self) -> float:
        return self.true_positives / max(1, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        return self.true_positives / max(1, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        return 2 * self.true_positives / max(1, 2 * self.true_positives + self.false_positives + self.false_negatives)

    @property
    def false_alarms_per_day(self) -> float | None:
        """None where examples have no times."""
        return self.false_alarms / self.days if self.days else None

    def cost(self, miss: float, false_alarm: float) -> float:
        """What the threshold costs, if a missed anomaly and a false alarm cost this much: by events where there are
        some, else by examples."""
        if self.events:
            return miss * (self.events - self.events_found) + false_alarm * self.false_alarms
        return miss * self.false_negatives + false_alarm * self.false_positives


def told_apart(scores: Tensor, anomalous: Tensor) -> tuple[float, float]:
    """How well scores [N] tell anomalies, bool [N], at any threshold: the area under the ROC curve, by chance 0.5, and
    average precision, by chance the share of the anomalies."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # a second, which most commands do not need

    wrong, found = anomalous.bool().numpy(), scores.double().numpy()
    return float(roc_auc_score(wrong, found)), float(average_precision_score(wrong, found))


def at(scores: Tensor, anomalous: Tensor, threshold: float) -> Found:
    """What `score > threshold` finds among examples [N] with labels, bool [N]."""
    flagged, wrong = (scores > threshold).numpy(), anomalous.bool().numpy()
    return Found(
        int((flagged & wrong).sum()),
        int((flagged & ~wrong).sum()),
        int((~flagged & wrong).sum()),
        int((~flagged & ~wrong).sum()),
    )


def found_at(scores: Tensor, anomalous: Tensor, threshold: float, step: float | None = None) -> Found:
    """As `at`, for examples that follow each other, `step` seconds apart: with events, false alarms and delay."""
    plain = at(scores, anomalous, threshold)
    flagged = (scores > threshold).numpy()
    events = runs(anomalous.bool().numpy())
    first = [start + int(flagged[start:end].argmax()) for start, end in events if flagged[start:end].any()]
    starts = [start for start, end in events if flagged[start:end].any()]
    delays = [at - start for at, start in zip(first, starts, strict=True)]
    touching = anomalous.bool().numpy()
    alarms = [run for run in runs(flagged) if not touching[max(0, run[0] - 1) : run[1] + 1].any()]
    return Found(
        plain.true_positives,
        plain.false_positives,
        plain.false_negatives,
        plain.true_negatives,
        events=len(events),
        events_found=len(first),
        false_alarms=len(alarms),
        delay=float(np.mean(delays)) * step if delays and step else None,
        days=len(scores) * step / DAY if step else None,
    )


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """The runs of true in bool [N]: the first index of each, and the one behind its last."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
