"""Serves the pages' own addresses, which links open: Streamlit's index.html with the address of its server in it.

Without that, Streamlit first looks for the server below the page's address, is refused twice, and only then tries the
root: a quarter of a second with an empty page.
"""

from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

PAGES = Path(__file__).parents[3] / "pages"
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
AT_ROOT = {"router", "explore"}
_TOLD = "<head><script>window.__streamlit = { BACKEND_BASE_URL: location.origin };</script>"


def _serve(_: Request) -> HTMLResponse:
    return HTMLResponse(_html, headers={"Cache-Control": "no-cache"})


_html = INDEX.read_text(encoding="utf-8").replace("<head>", _TOLD, 1)
routes = [Route(f"/{page.stem}", _serve) for page in PAGES.glob("*.py") if page.stem not in AT_ROOT]
