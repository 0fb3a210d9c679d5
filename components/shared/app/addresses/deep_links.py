"""Serves the pages' own addresses, which links open: Streamlit's index.html with what it lacks.

- The address of its server. Without it, Streamlit first looks for the server below the page's address, is refused
  twice, and only then tries the root: a quarter of a second with an empty page.
- What keeps the browser's history (entries.js), and what shows why an upload was refused (refusals.js).
- A link over the sidebar's many stops, the first that the Tab key reaches.
"""

from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

APP = Path(__file__).parents[1]
PAGES = APP.parents[2] / "pages"
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
NO_PAGES = {"router"}
_TOLD = "<script>window.__streamlit = { BACKEND_BASE_URL: new URL('.', location.href).href.slice(0, -1) };</script>"
_SKIP = """
<style>
  .skip-link { position: fixed; top: 0.5rem; left: 0.5rem; z-index: 1000000; padding: 0.6rem 1rem;
    border-radius: 0.5rem; background: #0b6b63; color: #fff; font: 600 1rem sans-serif; }
  .skip-link:not(:focus) { transform: translateY(-300%); }
</style>
<a class="skip-link" href="#main">Skip to the page</a>
<script>
  document.querySelector(".skip-link").addEventListener("click", (event) => {
    event.preventDefault();
    const main = document.querySelector('[data-testid="stMain"]');
    main?.setAttribute("tabindex", "-1");
    main?.focus();
  });
</script>
"""


def _serve(_: Request) -> HTMLResponse:
    return HTMLResponse(_html, headers={"Cache-Control": "no-cache"})


_SCRIPTS = ("addresses/entries.js", "refusals.js")
_first = _TOLD + "".join(f"<script>{(APP / name).read_text(encoding='utf-8')}</script>" for name in _SCRIPTS)
_html = INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>{_first}", 1).replace("<body>", f"<body>{_SKIP}", 1)
_pages = [page.stem for page in PAGES.glob("*.py") if page.stem not in NO_PAGES]
routes = [Route("/" if page == "explore" else f"/{page}", _serve) for page in _pages]
