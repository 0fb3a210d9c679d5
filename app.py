"""The ASGI app: our own routes, then Streamlit with the router. Start it with `streamlit run app.py` or uvicorn."""

import gc
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from components import assets, deep_links, examples, exports, film, projection_maps
from vae_core import checkpoints

SERVED = (assets, deep_links, examples, exports, film, projection_maps)


@asynccontextmanager
async def lifespan(app):
    """Load what every session needs, then take it out of the garbage collector's sight: collections stay short."""
    for checkpoint in checkpoints.find()[:1]:
        checkpoint.load_model()
    gc.collect()
    gc.freeze()
    yield


app = st.App(
    Path(__file__).parent / "pages" / "router.py",
    routes=[route for module in SERVED for route in module.routes],
    lifespan=lifespan,
)
