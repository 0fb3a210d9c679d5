"""Several trainings side by side: a table, their films with one scrubber, their curves, and where they differ."""

from collections.abc import Sequence

import streamlit as st

from components.compare.compared import Run, run_of
from components.compare.settings import different, labels
from components.shared.app import words
from components.shared.trainings import charts, curves, film
from components.shared.trainings.changes import describe_changes
from components.shared.trainings.units import unit_of_all
from vae_core.objectives import language_model
from vae_core.training.losses import LOSSES, dimensions_in_use, losses

POLL_SECONDS = 1.0
IN_TABLE = 3
"""Up to so many settings that differ stand in the table itself."""


def comparison(names: Sequence[str]) -> None:
    """Everything about the chosen ones; while one of them trains, only this part reruns."""
    changing = any(run.active for name in names if (run := run_of(name)))
    st.html(film.PLACE)
    with st.container():  # it keeps the fragment's place, as on Train
        st.fragment(_comparison, run_every=POLL_SECONDS if changing else None)(list(names), changing)


def _comparison(names: list[str], was_changing: bool) -> None:
    runs = [run for name in names if (run := run_of(name))]
    if len(runs) < len(names):  # deleted, perhaps in another tab
        st.rerun()
    differs = different({run.name: run.config for run in runs})
    changes = {run.name: describe_changes(run.history) for run in runs}
    if any(changes.values()):
        differs["changed while it ran"] = {name: words or "–" for name, words in changes.items()}
    called = labels(differs)
    inside = differs if len(differs) <= IN_TABLE else {}
    st.table([row(run, {called[name]: values[run.name] for name, values in inside.items()}) for run in runs])
    with st.container():  # it keeps the place of what stands below when a note comes or goes
        for note in _notes(runs):
            st.caption(note)
    film.show_films([_reel(run) for run in runs])
    histories = {run.name: run.history for run in runs if run.history}
    if histories:
        without_kl = [run.name for run in runs if not run.config.model.variational]
        figure = charts.losses(histories, unit_of_all(runs), without_kl)
        curves.show_curves({"losses": figure.update_layout(height=420)}, key="compared curves")
    if not inside and differs:
        st.subheader("What differs", anchor=False)
        st.table([{"Setting": called[name], **values} for name, values in differs.items()])
    if was_changing and not any(run.active for run in runs):
        st.rerun()  # they have ended: this part stops polling


def row(run: Run, differs: dict[str, str]) -> dict[str, str]:
    """A line of the table: "–" for a number that the model does not have, or not yet."""
    unit = unit_of_all([run])
    found = {"Name": run.name, **differs, "State": run.state}
    test = run.history[-1]["test"] if run.history else None
    for name, value in (losses(run.config, test) if test else dict.fromkeys(LOSSES)).items():
        found[f"{LOSSES[name]}, nats/{unit}"] = "–" if value is None else words.number(value, ".2f")
    used = dimensions_in_use(run.config, test) if test else None
    found["Dimensions in use"] = "–" if used is None else f"{used} of {run.config.latent_dim}"
    return found


def _notes(runs: list[Run]) -> list[str]:
    """What must be said lest the numbers be misread."""
    notes = []
    alone = [run.name for run in runs if isinstance(run.config.objective, language_model.Config)]
    plain = [run.name for run in runs if not run.config.model.variational and run.name not in alone]
    if plain and len(plain) < len(runs):
        names = " and ".join(plain)
        notes.append(
            f"{names} {'is an autoencoder' if len(plain) == 1 else 'are autoencoders'}: without a KL there is no −ELBO "
            "to compare. Compare the NLL, and the gaps in the latent plane."
        )
    if alone and len(alone) < len(runs):
        names = " and ".join(alone)
        notes.append(
            f"{names} {'is a language model' if len(alone) == 1 else 'are language models'}: without z, the NLL is "
            "−log p(x) itself. Compare it with the −ELBO of the others, which is a bound."
        )
    seen: dict[str, list[str]] = {}
    for run in runs:
        seen.setdefault(f"{run.config.to_json()} {describe_changes(run.history)}", []).append(run.name)
    for twins in seen.values():
        if len(twins) > 1:
            notes.append(
                f"{' and '.join(twins)} have the same settings and the same seed: as far as each has trained, "
                "their curves lie on each other."
            )
    return notes


def _reel(run: Run) -> dict:
    return film.reel(run.job) if run.job else film.still_reel(run.checkpoint)
