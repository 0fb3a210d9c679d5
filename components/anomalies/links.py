"""What a link carries of the Anomalies page, as in `?score=nll&threshold=41.5&anomalies=1,2&miss=50&alarm=1`."""

from dataclasses import dataclass

import streamlit as st

from components.shared.app.addresses.links import read_words
from vae_core import anomalies
from vae_core.checkpoints import Checkpoint
from vae_core.reading import numbers_in, whole_in

LARGEST = 1e12
"""Of a threshold in nats, and of what a mistake costs."""


@dataclass(frozen=True)
class AnomaliesView:
    """What the page shows: the score, its threshold in nats, the classes that count as `anomalies`, and what a miss and
    a false alarm cost. None: not in the link, or the page's default."""

    score: str | None = None
    threshold: float | None = None
    anomalies: list[int] | None = None
    miss: float | None = None
    alarm: float | None = None


def view(checkpoint: Checkpoint) -> AnomaliesView:
    """What the link says of the page. Values that do not fit the model are dropped with a warning."""
    needed = f"one of {', '.join(anomalies.SCORES)} is needed"
    score = read_words("score", lambda words: len(words) == 1 and words[0] in anomalies.SCORES, needed, checkpoint)
    return AnomaliesView(
        score=score and score[0],
        threshold=_number("threshold", -LARGEST, checkpoint),
        anomalies=_classes(checkpoint),
        miss=_number("miss", 0, checkpoint),
        alarm=_number("alarm", 0, checkpoint),
    )


def _number(name: str, least: float, checkpoint: Checkpoint) -> float | None:
    text = st.query_params.get(name)
    if text is None:
        return None
    found = numbers_in(text, LARGEST)
    if found and len(found) == 1 and found[0] >= least:
        return found[0]
    low = "a number" if least < 0 else "a number from 0 on"
    st.warning(f"The link's {name} does not fit {checkpoint.name}: {low} is needed.")
    return None


def _classes(checkpoint: Checkpoint) -> list[int] | None:
    text, n = st.query_params.get("anomalies"), len(checkpoint.spec.classes)
    if text is None:
        return None
    found = [whole_in(part, 0, n - 1) for part in text.split(",")[: n + 1]]
    known = sorted({label for label in found if label is not None})
    if None not in found and len(found) <= n and len(known) < n:
        return known
    st.warning(f"The link's anomalies do not fit {checkpoint.name}: some of its {n} classes are needed, by number.")
    return None


def parameters(view: AnomaliesView) -> dict[str, str]:
    """What the page shows as link parameters, without the parts that are None."""
    numbers = {"threshold": view.threshold, "miss": view.miss, "alarm": view.alarm}
    found = {name: "" if value is None else f"{value:.10g}" for name, value in numbers.items()}
    found |= {"score": view.score or "", "anomalies": ",".join(map(str, view.anomalies or ()))}
    return {name: text for name, text in found.items() if text}
