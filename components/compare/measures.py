"""The metrics of several models in one table: what each says, which value is better, how to measure what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.compare import inputs
from components.shared.app import models, words
from components.shared.app.uncut import uncut
from vae_core import anomalies, metrics
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.files import SIZE
from vae_core.checkpoints.folder import EPOCHS
from vae_core.data import Split
from vae_core.likelihoods import LIKELIHOODS
from vae_core.metrics import ABOUT, METRICS, Measure

BEST = "★"
GAP = "not measured"
MEASURED = "measured on Compare"


@dataclass(frozen=True)
class Cell:
    """What the table says of a model: `value`, or in its place why there is none. `best` among those that compare."""

    text: str
    value: float | None = None
    best: bool = False


def measures(found: Sequence[Checkpoint]) -> None:
    """The table of some models, and below it how to measure what nobody has measured yet."""
    numbers = [_numbers(checkpoint) for checkpoint in found]
    known = _known()
    each = [(measure, row(measure, found, numbers)) for measure in known]
    each = [
        (measure, cells) for measure, cells in each if any(cell.value is not None or cell.text == GAP for cell in cells)
    ]
    measured = [(measure, cells) for measure, cells in each if any(cell.value is not None for cell in cells)]
    unit = _unit(found)
    st.table([_shown(measure, cells, found, unit) for measure, cells in measured])
    st.caption(" ".join([f"{BEST}: the better value, of those that compare.", *notes(found), *_apart(known, numbers)]))
    _offer_measuring(found, numbers, [measure for measure, cells in each if (measure, cells) not in measured])


def row(measure: Measure, found: Sequence[Checkpoint], numbers: Sequence[dict[str, Any]]) -> list[Cell]:
    """A measure of each model, from the `numbers` that its metrics hold. Values compare among models of the same
    held-out examples, and where the measure says so of the same likelihood; the best of at least two is marked, or
    several that read the same."""
    cells = [_cell(measure, checkpoint, own) for checkpoint, own in zip(found, numbers, strict=True)]
    if measure.better is None:
        return cells
    alike = zip(
        inputs.groups(found),
        [_likelihood(each) if measure.likelihood else "" for each in found],
        [_how(measure, own, unknown=i) for i, own in enumerate(numbers)],
        strict=True,
    )
    groups: dict[tuple, list[int]] = {}
    for i, group in enumerate(alike):
        if cells[i].value is not None:
            groups.setdefault(group, []).append(i)
    for members in groups.values():
        pick = min if measure.better == "lower" else max
        best = pick((cells[i] for i in members), key=lambda cell: cell.value)  # type: ignore[arg-type, return-value]
        if len({cells[i].text for i in members}) > 1:
            for i in members:
                cells[i] = Cell(cells[i].text, cells[i].value, cells[i].text == best.text)
    return cells


def _cell(measure: Measure, checkpoint: Checkpoint, own: dict[str, Any]) -> Cell:
    if lacks := measure.lacks(checkpoint.train_config.model, checkpoint.spec):
        return Cell(lacks)
    value = own.get(measure.key)
    if value is None:
        return Cell(GAP)
    value = -value if measure.negated else value
    against = [f"against {how}" for key in measure.alike if isinstance(how := own.get(key), str)]
    return Cell(" ".join([_written(value, measure), *against]), value)


def _how(measure: Measure, own: dict[str, Any], unknown: int) -> tuple[Any, ...]:
    """How a measure was taken, equal where values compare. `unknown` tells models apart of which nobody knows."""
    return tuple(own.get(key, ("unknown", unknown)) for key in measure.alike)


def _written(value: float, measure: Measure) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if measure.unit == "%":
        return f"{100 * value:.1f}%"
    return words.number(value, ".4g" if abs(value) < 1000 else ".0f")


def _known() -> list[Measure]:
    """All measures in the order of the table."""
    each = [measure for own in metrics.measures().values() for measure in own]
    return sorted([*each, *anomalies.MEASURES, SIZE], key=lambda measure: ABOUT.index(measure.about))


def _numbers(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the checkpoint's metrics hold and, if that was asked for, what its codes are enough for."""
    asked = checkpoint.digest in st.session_state.get(MEASURED, ())
    return (models.per_checkpoint(_of_codes, checkpoint) if asked else {}) | checkpoint.metrics


def _of_codes(checkpoint: Checkpoint) -> dict[str, Any]:
    latents = models.latents(checkpoint)
    known = latents.known(checkpoint.spec)
    y, factors = latents.y[known], None if latents.factors is None else latents.factors[known]
    return metrics.of_codes(latents.posterior.take(known), Split(y.new_empty(len(y), 0), y, factors))


def _likelihood(checkpoint: Checkpoint) -> str:
    return LIKELIHOODS.of(checkpoint.train_config.likelihood).title


def _unit(found: Sequence[Checkpoint]) -> str:
    """What nats are per."""
    units = {words.prepared(each.train_config, words.unit(each.spec)) for each in found}
    return units.pop() if len(units) == 1 else "example"


def _shown(measure: Measure, cells: Sequence[Cell], found: Sequence[Checkpoint], unit: str) -> dict[str, str]:
    named = f"{measure.title}, nats/{unit}" if measure.unit == "nats" else measure.title
    if measure.unit == "dB":
        named = f"{measure.title}, dB"
    values = {
        words.escaped(checkpoint.name): f"**{cell.text} {BEST}**" if cell.best else cell.text
        for checkpoint, cell in zip(found, cells, strict=True)
    }
    return {"Metric": f"**{named}**", **values, "Better": measure.better or "–", "What it says": measure.says}


def notes(found: Sequence[Checkpoint]) -> list[str]:
    """Sentences on which values are not compared, and why."""
    said = []
    groups = inputs.groups(found)
    if len(set(groups)) > 1:
        sets = [
            " and ".join(each.name for each, number in zip(found, groups, strict=True) if number == group)
            for group in dict.fromkeys(groups)
        ]
        said.append(
            f"{'; '.join(map(words.escaped, sets))} were measured on different examples: values are compared within "
            "each of these alone."
        )
    for group in dict.fromkeys(groups):
        members = [each for each, number in zip(found, groups, strict=True) if number == group]
        kinds = dict.fromkeys(map(_likelihood, members))
        if len(kinds) > 1:
            said.append(
                f"Nats under different likelihoods ({', '.join(kinds)}) measure different things: −ELBO and NLL are "
                "compared under the same one alone."
            )
    return said


def _apart(known: Sequence[Measure], numbers: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence on the measures that were taken in different ways; none if there are none."""
    titles = []
    for measure in known:
        taken = [own for own in numbers if measure.key in own]
        if measure.better and len({_how(measure, own, unknown=i) for i, own in enumerate(taken)}) > 1:
            titles.append(measure.title)
    how = "against different data, or by another number of samples"
    return [f"{'; '.join(titles)}: not compared, because they were measured {how}."] if titles else []


def _offer_measuring(
    found: Sequence[Checkpoint], numbers: Sequence[dict[str, Any]], nowhere: Sequence[Measure]
) -> None:
    """What is missing: a button for what takes seconds here, commands for the rest. `nowhere`: measured in no model."""
    missing = [_missing(checkpoint, own) for checkpoint, own in zip(found, numbers, strict=True)]
    if not any(missing):
        return
    quick = {name for each in missing for name in each if getattr(METRICS[name].config, "of_codes", False)}
    if quick:
        titles = [measure.title for name in sorted(quick) for measure in metrics.measures()[name]]
        st.button(
            f"Measure {len(titles)} more" if len(titles) > 1 else f"Measure {titles[0]}",
            icon=":material/straighten:",
            help=f"{', '.join(titles)}: from the stored codes, in seconds.",
            on_click=_measure,
            args=(list(found),),
        )
    with st.expander("Not measured yet, and how to"):
        if nowhere:
            st.markdown("\n".join(f"- **{measure.title}**: {measure.says}" for measure in nowhere))
        st.markdown(
            "These take longer, or need the data: run them where the app is installed, with `--data-dir DIR` if the "
            "data lies elsewhere, and they stand here."
        )
        st.code("\n".join(_command(each, own) for each, own in zip(found, missing, strict=True) if own), language="sh")
        if any(own and _is_training(each) for each, own in zip(found, missing, strict=True)):
            st.caption("Of a training the numbers are only printed: publish its model first, so that it keeps them.")


def _missing(checkpoint: Checkpoint, own: dict[str, Any]) -> list[str]:
    """The metrics of which a model lacks a number that it could have."""
    config, spec = checkpoint.train_config.model, checkpoint.spec
    return [
        name
        for name, each in metrics.measures().items()
        if any(measure.key not in own and not measure.lacks(config, spec) for measure in each)
    ]


@uncut()
def _measure(found: Sequence[Checkpoint]) -> None:
    asked = st.session_state.setdefault(MEASURED, set())
    asked |= {checkpoint.digest for checkpoint in found}


def _command(checkpoint: Checkpoint, missing: Sequence[str]) -> str:
    return f"python -m vae_core evaluate {checkpoint.name} --metrics {' '.join(missing)}"


def _is_training(checkpoint: Checkpoint) -> bool:
    return checkpoint.path.parent.name == EPOCHS
