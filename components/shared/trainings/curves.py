"""The curves of trainings: the Python side of curves.js, and the route that serves Plotly to it.

Not `st.plotly_chart`: that builds a chart anew whenever a number in it changes, so growing curves go blank at each
step.
"""

import json
from collections.abc import Mapping

import plotly.graph_objects as go
import streamlit as st
from plotly.offline import get_plotlyjs, get_plotlyjs_version
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.shared.app.assets import IMMUTABLE, TYPES, module_url
from components.shared.app.live import declare

_component = declare("training_curves", "Curves of the training", "lc", "shared/trainings/curves.css")


def show_curves(figures: Mapping[str, go.Figure], key: str, note: str = "") -> None:
    """Draw figures by id, the first across the whole width and the others below it in a row, under a note.

    The note is not a caption of its own: one that comes later would push the component to another place of the page's
    tree, where Streamlit builds it anew.

    A rerun with the same key and ids changes the curves in place: zoom, hidden traces and the nodes themselves stay.
    """
    shown = [{"id": id, **json.loads(figure.to_json())} for id, figure in figures.items()]
    data = {"module": module_url("shared/trainings/curves.js"), "plotly": _plotly_url(), "figures": shown, "note": note}
    with st.container(key="curves"):
        _component(data=data, key=key)


def _plotly_url() -> str:
    return f"/assets/plotly/{get_plotlyjs_version()}.js"


def serve_plotly(request: Request) -> Response:
    """The plotly package's own plotly.js: what Streamlit bundles is not open to components."""
    if request.path_params["version"] != get_plotlyjs_version():
        return PlainTextResponse("This app has another version of Plotly; reload the page.", 404)
    return Response(get_plotlyjs(), media_type=TYPES[".js"], headers=IMMUTABLE)


routes = [Route("/assets/plotly/{version}.js", serve_plotly)]
