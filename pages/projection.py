"""Projection: every stored example as a point, for latent spaces of any dimension."""

import streamlit as st

from components.projection import links as projection_links
from components.projection.controls import ask, is_solid
from components.projection.controls import shown as shown_map
from components.projection.own import ask_for_pictures
from components.projection.projection import projection
from components.projection.solid import solid_map
from components.shared.app import models, page, words
from components.shared.app.addresses import links

checkpoint = models.current()
view, seen = links.point(checkpoint, models.n_examples(checkpoint)), projection_links.view(checkpoint)
what_to_do = (
    "Drag to turn the cloud, click a point." if is_solid(checkpoint, seen) else "Click anywhere, or draw around points."
)
page.header(
    "Projection",
    f"Every point is {words.one(checkpoint.spec)}, and neighbours look alike. {what_to_do}",
    "projection/help.md",
)
with st.container(horizontal=True, vertical_alignment="center", key="projection-controls"):
    wanted = ask(checkpoint, seen)
    own = ask_for_pictures(checkpoint)
shown = [shown_map(checkpoint, *each) for each in wanted]
if shown[0].fitted.dimensions == 3:
    left, right = st.columns([3, 2])
    with left:
        solid_map(checkpoint, shown[0], own)
    with right:
        settled = projection(checkpoint, shown, own, view, seen)
else:
    settled = projection(checkpoint, shown, own, view, seen)
if settled:
    links.show(settled[0], projection_links.parameters(settled[1]))
