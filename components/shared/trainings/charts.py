"""Plotly figures of trainings: losses, KL per dimension, gradient norm. Every axis title names its unit."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.shared.app.colors import run_color
from components.shared.app.words import z_name
from vae_core.latent.geometry import INACTIVE_KL

MAX_POINTS = 400
GREY = "#8a9090"
SPLITS = (("test", "solid", "held out"), ("train", "dot", "training"))

Records = Sequence[Mapping[str, Any]]


def _thinned(records: Records) -> Records:
    """At most MAX_POINTS of the records, the first and the last included."""
    if len(records) <= MAX_POINTS:
        return records
    return [records[i] for i in np.linspace(0, len(records) - 1, MAX_POINTS).round().astype(int)]


def losses(runs: Mapping[str, Records], unit: str, without_kl: Collection[str] = ()) -> go.Figure:
    """−ELBO and its two parts over the epochs, held-out data solid and training data dotted; a colour a run.

    The runs `without_kl` are autoencoders: they have an NLL alone, and a figure of such runs has one panel.
    """
    terms = {"−ELBO": lambda split: split["nll"] + split["kl"], "NLL": lambda s: s["nll"], "KL": lambda s: s["kl"]}
    if all(name in without_kl for name in runs):
        terms = {"NLL": terms["NLL"]}
    figure = make_subplots(1, len(terms), subplot_titles=list(terms), horizontal_spacing=0.07)
    several = len(runs) > 1
    for i, (name, records) in enumerate(runs.items()):
        # Runs that are equal lie on each other: the earlier ones are wider, so that all are seen.
        width = 2 + 3 * sum(later[-1]["test"] == records[-1]["test"] for later in list(runs.values())[i + 1 :])
        records, color = _thinned(records), run_color(i)
        epochs = [record["epoch"] for record in records]
        for column, (term, value) in enumerate(terms.items(), start=1):
            if name in without_kl and term != "NLL":
                continue
            for split, dash, words in SPLITS:
                figure.add_scatter(
                    x=epochs,
                    y=[value(record[split]) for record in records],
                    name=name if several else words,
                    legendgroup=name if several else split,
                    showlegend=term == "NLL" and (split == "test" or not several),
                    line={"color": color, "dash": dash, "width": width},
                    hovertemplate=f"epoch %{{x}}<br>{term} %{{y:.2f}} nats/{unit}<extra>{name}, {words}</extra>",
                    row=1,
                    col=column,
                )
    for _, dash, words in SPLITS if several else ():
        line = {"color": GREY, "dash": dash, "width": 2}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=words, line=line, row=1, col=1)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title=f"nats/{unit}", col=1)
    return _framed(figure, 300)


def kl_per_dimension(record: Mapping[str, Any], unit: str) -> go.Figure:
    """How many nats each latent dimension carries after an epoch; those that are not in use are grey."""
    values = record["test"]["kl_per_dim"]
    names = [z_name(i) for i in range(len(values))]
    figure = go.Figure()
    for in_use, color, words in ((True, run_color(0), "in use"), (False, GREY, f"below {INACTIVE_KL:g}: not in use")):
        shown = [(name, value) for name, value in zip(names, values, strict=True) if (value >= INACTIVE_KL) == in_use]
        figure.add_bar(
            x=[name for name, _ in shown],
            y=[value for _, value in shown],
            name=words,
            marker_color=color,
            showlegend=True,
            hovertemplate=f"%{{x}}: %{{y:.3f}} nats/{unit}<extra></extra>",
        )
    # At least up to what counts as active: bars of nothing must look like nothing.
    top = 1.05 * max(2 * INACTIVE_KL, *values)
    figure.update_yaxes(title=f"KL, nats/{unit}", range=[0, top], exponentformat="none")
    order = {"categoryorder": "array", "categoryarray": names, "range": [-0.6, len(names) - 0.4]}
    figure.update_xaxes(title="latent dimension", **order)
    figure.update_layout(title="What each dimension carries")
    return _framed(figure, 280)


def own_terms(records: Records, labels: Mapping[str, str], unit: str) -> go.Figure:
    """The terms that only one objective has, by their labels: a colour a term, held-out data solid and training data
    dotted.

    `unit` stands at the axis as it is.
    """
    records = _thinned(records)
    figure = go.Figure()
    for i, (term, label) in enumerate(labels.items()):
        for split, dash, words in SPLITS:
            figure.add_scatter(
                x=[record["epoch"] for record in records],
                y=[record[split].get(term) for record in records],
                name=label,
                legendgroup=term,
                showlegend=split == "test",
                line={"color": run_color(i), "dash": dash, "width": 2},
                hovertemplate=f"epoch %{{x}}: %{{y:.4g}} {unit}<extra>{label}, {words}</extra>",
            )
    figure.update_yaxes(title=unit)
    figure.update_xaxes(title="epoch")
    figure.update_layout(title="What this objective adds")
    return _framed(figure, 280)


def gradient_norm(records: Records, unit: str) -> go.Figure:
    """The length of the gradient at each epoch's last batch, on a logarithmic scale."""
    records = _thinned(records)
    figure = go.Figure(
        go.Scatter(
            x=[record["epoch"] for record in records],
            y=[record["gradient_norm"] for record in records],
            name="last batch of each epoch",
            showlegend=True,
            line={"color": run_color(0), "width": 2},
            hovertemplate="epoch %{x}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_yaxes(title=f"gradient norm,<br>nats/{unit} per unit weight", type="log")
    figure.update_xaxes(title="epoch")
    figure.update_layout(title="Size of the gradient")
    return _framed(figure, 280)


def _framed(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"}
    # Plotly's tools take the strip above the titles; touch screens show them all the time.
    margin = {"l": 10, "r": 10, "t": 52, "b": 34}
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(automargin=True, title_standoff=6)
    # No template: curves.js and curves.css give the page's font and colours.
    return figure.update_layout(
        template="none", height=height + 22, margin=margin, legend=legend, title_font_size=16, uirevision="kept"
    )
