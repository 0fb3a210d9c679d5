"""Several trainings side by side: their curves in one figure, and where their configs differ."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.train import charts
from components.train.live_values import describe_changes
from components.train.units import unit_of_all
from vae_core import jobs
from vae_core.config import options
from vae_core.jobs import Job
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.training import PARTS, TrainConfig


def choose_runs() -> list[Job]:
    """Ask which trainings to compare: first those of the link (`?runs=A,B`), else the newest of one seed."""
    found = {job.name: job for job in jobs.find() if job.history()}
    if not found:
        st.info(
            "There is nothing to compare yet: train two models on the Train page, such as the lesson “AE against VAE”."
        )
        st.page_link("train.py", label="Train", icon=":material/school:")
        return []
    if "compared" not in st.session_state:
        asked = [name for name in st.query_params.get("runs", "").split(",") if name]
        linked = [name for name in asked if name in found]
        if missing := [f"“{name}”" for name in asked if name not in found]:
            st.warning(f"There is no training called {', '.join(missing[:3])} here.")
        seed = next(iter(found.values())).config.seed
        st.session_state["compared"] = linked or [name for name, job in found.items() if job.config.seed == seed][:3]
    st.session_state["compared"] = [name for name in st.session_state["compared"] if name in found]
    names = st.multiselect("Trainings", list(found), key="compared", max_selections=6, persist_state="session")
    st.query_params["runs"] = ",".join(names)
    if not names:
        st.info("Choose at least one training above.")
    return [found[name] for name in names]


def settings(config: TrainConfig) -> dict[str, Any]:
    """A training's config as one flat dict."""
    flat = {}
    for name, value in config.to_json().items():
        if isinstance(value, Mapping):
            flat[name] = value["name"]
            flat |= {f"{name}: {key}": each for key, each in value.items() if key != "name"}
        else:
            flat[name] = value
    return flat


def idle_settings(config: TrainConfig) -> set[str]:
    """The names in `settings` of options that are off by default and have stayed so: no warm-up, no capacity."""
    parts = {name: getattr(config, name) for name in PARTS}
    return {
        f"{name}: {item.name}"
        for name, part in parts.items()
        for item in options(type(part))
        if not item.default and getattr(part, item.name) == item.default
    }


def different(configs: Mapping[str, TrainConfig]) -> list[dict[str, str]]:
    """A row for each setting in which the trainings differ, with its value in each. An option that is off where it
    exists and missing elsewhere, such as free bits beside an autoencoder, is no difference."""
    each = {run: settings(config) for run, config in configs.items()}
    idle = {run: idle_settings(config) for run, config in configs.items()}
    on = dict.fromkeys(name for run, flat in each.items() for name in flat if name not in idle[run])
    values = {name: {run: _shown(flat.get(name)) for run, flat in each.items()} for name in on}
    return [{"setting": name, **row} for name, row in values.items() if len(set(row.values())) > 1]


def differences(chosen: list[Job]) -> None:
    """A table of the settings in which the trainings differ, and one of how they ended."""
    rows = different({job.name: job.config for job in chosen})
    steered = {job.name: describe_changes(job.history()) for job in chosen}
    if any(steered.values()):
        rows.append({"setting": "changed while it ran", **{name: words or "–" for name, words in steered.items()}})
    if len(chosen) > 1 and not rows:
        st.caption("These trainings have the same settings.")
    elif rows:
        if len(chosen) > 1:
            st.caption("What differs; all other settings are the same.")
        st.dataframe(rows, hide_index=True)
    ends = []
    for job in chosen:
        test = job.history()[-1]["test"]
        active = sum(value >= INACTIVE_KL for value in test["kl_per_dim"])
        ends.append(
            {
                "training": job.name,
                "neg_elbo": test["nll"] + test["kl"],
                "nll": test["nll"],
                "kl": test["kl"],
                "dimensions in use": f"{active} of {len(test['kl_per_dim'])}",
                "trained": f"{job.status}, epoch {int(job.epoch)} of {job.config.epochs}",
            }
        )
    unit = unit_of_all(chosen)
    losses = {"neg_elbo": "−ELBO", "nll": "NLL", "kl": "KL"}
    columns = {
        name: st.column_config.NumberColumn(f"{label}, nats/{unit}", format="%.2f") for name, label in losses.items()
    }
    st.dataframe(ends, hide_index=True, column_config=columns)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def curves(chosen: list[Job]) -> None:
    """Their curves in one figure; while one of them runs, only the figure reruns."""
    every = 1.0 if any(job.active for job in chosen) else None
    st.fragment(_curves, run_every=every)([job.name for job in chosen])


def _curves(names: list[str]) -> None:
    found = {job.name: job for job in jobs.find() if job.name in names}
    histories = {name: found[name].history() for name in names if name in found}
    figure = charts.losses({name: each for name, each in histories.items() if each}, unit_of_all(found.values()))
    st.plotly_chart(figure.update_layout(height=460), key="compared curves", config=charts.QUIET)
