"""Latent map: a plane of the latent space, decoded everywhere, with the encoded images on it."""

import streamlit as st

from components.latent_map import links as map_links
from components.latent_map.latent_map import latent_map
from components.shared.app import models, page, samplers, words
from components.shared.app.addresses import links

checkpoint = models.current()
page.header(
    "Latent map",
    f"Move over the map: every place on it is {words.one(checkpoint.spec)}. Click to stay.",
    "latent_map/help.md",
)
if checkpoint.train_config.latent_dim < 2:
    st.info("This model has one latent dimension: that is a line, not a map. Explore has its slider.")
    name = checkpoint.name
    st.page_link("explore.py", label="Open it in Explore", icon=":material/tune:", query_params={models.KEY: name})
    st.stop()
settled = latent_map(checkpoint, links.point(checkpoint, models.n_examples(checkpoint)), map_links.view(checkpoint))
if settled:
    links.show(settled[0], map_links.parameters(settled[1]) | samplers.parameters(checkpoint))
