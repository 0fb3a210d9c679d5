"""The 3-D view of a projection, drawn by Plotly. solid.js hears what is hovered and clicked in it."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch

from components.projection.controls import Shown
from components.projection.own import Own
from components.shared.app import models
from components.shared.app.colors import class_colors
from vae_core.checkpoints import Checkpoint
from vae_core.projections import PROJECTIONS

HEIGHT = 560
ENDS = (1, 99)
"""Percentiles at the ends of the colours' scale: a few outliers would leave the rest one colour."""


def solid_map(checkpoint: Checkpoint, shown: Shown, own: list[Own]) -> None:
    """A cloud to turn, its points coloured by class or by a number."""
    choices = _choices(checkpoint)
    color = st.selectbox(
        "Colour",
        list(choices),
        format_func=lambda id: choices[id][0],
        key=f"solid colour {checkpoint.name}",
        label_visibility="collapsed",
    )
    label, values = choices[color]
    figure = go.Figure(_class_traces(checkpoint, shown) if color == "class" else [_scaled(shown, label, values())])
    if own:
        places = shown.fitted.transform(torch.stack([each.z for each in own])).numpy().T
        mark = {"size": 9, "symbol": "diamond", "color": "#000", "line": {"color": "#fff", "width": 2}}
        texts = {"name": "yours", "text": [each.name for each in own], "customdata": [-1] * len(own)}
        figure.add_scatter3d(x=places[0], y=places[1], z=places[2], mode="markers", marker=mark, **texts)
    pca = isinstance(shown.config, PROJECTIONS["pca"].config)
    axes = [f"PC {i}" if pca else f"{shown.title} {i}" for i in (1, 2, 3)]
    scene = {f"{axis}axis": {"title": name, "showticklabels": False} for axis, name in zip("xyz", axes, strict=True)}
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        scene=scene | {"aspectmode": "data"},
        legend={"itemsizing": "constant", "y": 0.9},  # below the mode bar
        uirevision=shown.title,
    )
    with st.container(key="solid-map"):
        st.plotly_chart(figure, width="stretch", key=f"solid {checkpoint.name}", config={"displaylogo": False})


def _choices(checkpoint: Checkpoint) -> dict[str, tuple[str, Any]]:
    """What colours may mean, by the id that links give it: its label, and what computes its numbers [N]."""
    latents = models.latents(checkpoint)
    posterior = latents.posterior
    found: dict[str, tuple[str, Any]] = {"class": ("Class", None)} if checkpoint.spec.classes else {}
    if latents.nll is not None:
        found["nll"] = "Reconstruction error (NLL), nats", latents.nll.numpy
    if posterior.logvar is not None:
        found["kl"] = "KL, nats", lambda: posterior.kl_per_dim().sum(1).numpy()
    found["typicality"] = "Typicality, %", lambda: latents.typicality(checkpoint.spec).percentile(posterior.mu).numpy()
    for i, factor in enumerate(checkpoint.spec.factors if latents.factors is not None else ()):
        found[f"factor:{factor}"] = f"Factor: {factor}", latents.factors[:, i].numpy
    return found


def _class_traces(checkpoint: Checkpoint, shown: Shown) -> list[go.Scatter3d]:
    y = models.latents(checkpoint).y.numpy()
    classes = checkpoint.spec.classes
    named = enumerate(zip(classes, class_colors(classes), strict=True))
    return [_cloud(shown, np.flatnonzero(y == label), name, {"color": color}) for label, (name, color) in named]


def _scaled(shown: Shown, name: str, values: np.ndarray) -> go.Scatter3d:
    low, high = np.percentile(values, ENDS)
    marker = {"color": values, "colorscale": "Viridis", "cmin": low, "cmax": high, "colorbar": {"title": name}}
    return _cloud(shown, np.arange(len(values)), name, marker)


def _cloud(shown: Shown, index: np.ndarray, name: str, marker: dict[str, Any]) -> go.Scatter3d:
    x, y, z = shown.fitted.flat.numpy()[index].T
    return go.Scatter3d(
        x=x, y=y, z=z, mode="markers", name=name, customdata=index, hoverinfo="none", marker={"size": 2.5, **marker}
    )
