"""Serves the pages' own addresses: Streamlit's index.html with what must be there before Streamlit starts.

- The address of its server. Without that, Streamlit first looks for the server below the page's address, is refused
  twice, and only then tries the root: a quarter of a second with an empty page.
- What keeps the browser's history (entries.js).
"""

from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

APP = Path(__file__).parent
PAGES = APP.parents[2] / "pages"
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
NO_PAGES = {"router", "explore"}
"""Files in `pages/` that have no address of their name: Explore is at the root."""
_TOLD = "window.__streamlit = { BACKEND_BASE_URL: location.origin };"


def _serve(_: Request) -> HTMLResponse:
    return HTMLResponse(_html, headers={"Cache-Control": "no-cache"})


_first = "".join(f"<script>{text}</script>" for text in (_TOLD, (APP / "entries.js").read_text(encoding="utf-8")))
_html = INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>{_first}", 1)
_paths = ["/", *(f"/{page.stem}" for page in PAGES.glob("*.py") if page.stem not in NO_PAGES)]
routes = [Route(path, _serve) for path in _paths]
