"""The path below which the app is served: Streamlit's `server.baseUrlPath`. The page's addresses are relative to it."""

import os

from starlette.routing import Route
from streamlit import config

OPTION, VARIABLE = "server.baseUrlPath", "STREAMLIT_SERVER_BASE_URL_PATH"


def read() -> str:
    """The path, without slashes at its ends. Streamlit's command line reads its environment variables; uvicorn starts
    the app without it, so this one is read here."""
    if not config.get_option(OPTION) and os.environ.get(VARIABLE):
        config.set_option(OPTION, os.environ[VARIABLE])
    return (config.get_option(OPTION) or "").strip("/")


def below(path: str, route: Route) -> Route:
    """A route of ours below the path, where Streamlit's own are."""
    return Route(f"/{path}{route.path}" if path else route.path, route.endpoint, methods=route.methods)
