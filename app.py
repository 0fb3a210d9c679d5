"""The ASGI app: our own routes, then Streamlit with the router. Start it with `streamlit run app.py` or uvicorn."""

import gc
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from components import assets, examples, exports, film, projection_maps
from vae_core import checkpoints


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
    routes=[*assets.routes, *exports.routes, *film.routes, *examples.routes, *projection_maps.routes],
    lifespan=lifespan,
)
