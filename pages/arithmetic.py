"""Arithmetic: between images, what a concept makes of one, what is to C as B is to A, and the mean of several."""

from components.arithmetic import links as arithmetic_links
from components.arithmetic.arithmetic import arithmetic
from components.arithmetic.concepts import load_concept
from components.arithmetic.start import choose_mode, starting_view
from components.shared.app import models, page, samplers, words
from components.shared.app.addresses import links
from components.shared.bring.own_picture import ask_for_picture

checkpoint = models.current()
units = words.units(checkpoint.spec)
page.header(
    "Arithmetic",
    f"Calculate with {units}: go from one to another, add what makes a difference, draw an analogy, or take a mean.",
    "arithmetic/help.md",
)
linked = arithmetic_links.view(checkpoint, models.n_examples(checkpoint))
mode = choose_mode(checkpoint, linked)
view = starting_view(checkpoint, mode, linked)
own = ask_for_picture(checkpoint, "arithmetic")
if mode == "concept":
    load_concept(checkpoint)
seen = arithmetic(checkpoint, mode, view, own)
links.show(links.View(), arithmetic_links.parameters(seen) | samplers.parameters(checkpoint))
