"""Plotly figures of a training: losses, KL per dimension, gradient norm. Every axis title names its unit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.shared.app.words import z_name
from components.train.film import class_colors
from vae_core.latent.geometry import INACTIVE_KL

MAX_POINTS = 400
QUIET = {"displaylogo": False, "modeBarButtonsToRemove": ["lasso2d", "select2d"]}
"""Plotly's configuration: no logo, no tools that do nothing here."""

Records = Sequence[Mapping[str, Any]]


def _thinned(records: Records) -> Records:
    """At most MAX_POINTS of the records, the first and the last included."""
    if len(records) <= MAX_POINTS:
        return records
    return [records[i] for i in np.linspace(0, len(records) - 1, MAX_POINTS).round().astype(int)]


def losses(runs: Mapping[str, Records], unit: str) -> go.Figure:
    """−ELBO and its two parts over the epochs, held-out data solid and training data dotted; a colour a run."""
    terms = {"−ELBO": lambda split: split["nll"] + split["kl"], "NLL": lambda s: s["nll"], "KL": lambda s: s["kl"]}
    figure = make_subplots(1, 3, subplot_titles=list(terms), horizontal_spacing=0.07)
    for (name, records), color in zip(runs.items(), class_colors() * 10, strict=False):
        records = _thinned(records)
        epochs = [record["epoch"] for record in records]
        for column, (term, value) in enumerate(terms.items(), start=1):
            for split, dash, words in (("test", "solid", "held out"), ("train", "dot", "training")):
                figure.add_scatter(
                    x=epochs,
                    y=[value(record[split]) for record in records],
                    name=f"{name}, {words}" if len(runs) > 1 else words,
                    legendgroup=f"{name} {split}",
                    showlegend=column == 1,
                    line={"color": color, "dash": dash, "width": 2},
                    hovertemplate=f"epoch %{{x}}<br>{term} %{{y:.2f}} nats/{unit}<extra>{name}, {words}</extra>",
                    row=1,
                    col=column,
                )
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title=f"nats/{unit}", col=1)
    return _framed(figure, 300)


def kl_per_dimension(record: Mapping[str, Any], unit: str) -> go.Figure:
    """How many nats each latent dimension carries after an epoch; inactive ones are grey."""
    values = record["test"]["kl_per_dim"]
    colors = [class_colors()[0] if value >= INACTIVE_KL else "#9aa0a0" for value in values]
    figure = go.Figure(
        go.Bar(
            x=[z_name(i) for i in range(len(values))],
            y=values,
            marker_color=colors,
            hovertemplate=f"%{{x}}: %{{y:.3f}} nats/{unit}<extra></extra>",
        )
    )
    # At least up to what counts as active: bars of nothing must look like nothing.
    top = 1.05 * max(2 * INACTIVE_KL, *values)
    figure.update_yaxes(title=f"KL, nats/{unit}", range=[0, top], exponentformat="none")
    figure.update_xaxes(title="latent dimension")
    return _framed(figure, 260)


def gradient_norm(records: Records, unit: str) -> go.Figure:
    """The length of the gradient at each epoch's last batch, on a logarithmic scale."""
    records = _thinned(records)
    figure = go.Figure(
        go.Scatter(
            x=[record["epoch"] for record in records],
            y=[record["gradient_norm"] for record in records],
            line={"color": class_colors()[0], "width": 2},
            hovertemplate="epoch %{x}: %{y:.3g}<extra></extra>",
        )
    )
    figure.update_yaxes(title=f"gradient norm,<br>nats/{unit} per unit weight", type="log")
    figure.update_xaxes(title="epoch")
    return _framed(figure, 260)


def _framed(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "y": -0.28}
    # Plotly's tools take the strip above the titles; touch screens show them all the time.
    margin = {"l": 10, "r": 10, "t": 52, "b": 10}
    return figure.update_layout(height=height + 22, margin=margin, legend=legend, uirevision="kept")
