"""Arithmetic: what lies between images, what a concept makes of one, and what is to C as B is to A."""

from components import links, models, page
from components.arithmetic import arithmetic
from components.arithmetic_start import choose_mode, starting_view
from components.concepts import load_concept
from components.own_picture import own_picture

page.header(
    "Arithmetic", "Calculate with images: go from one to another, add what makes a difference, draw an analogy."
)
checkpoint = models.current()
linked = links.arithmetic_view(checkpoint, models.n_examples(checkpoint))
mode = choose_mode(linked)
view = starting_view(checkpoint, mode, linked)
own = own_picture(checkpoint, "Use your own picture", "One picture, drawn or photographed", "arithmetic")
if mode == "concept":
    load_concept(checkpoint)
links.show(links.View(), arithmetic_view=arithmetic(checkpoint, mode, view, own))
