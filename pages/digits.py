"""Digits: one style for every class of a conditional model."""

from components.digits import links as digits_links
from components.digits.digits import ask_for_style, digits, offer_conditional
from components.shared.app import links, models, page

page.header("Digits", "Drag the style, and every class follows. Click one to see it large.", "digits/help.md")
checkpoint = models.current()
if not checkpoint.train_config.conditional:
    offer_conditional(checkpoint)
else:
    view, written = links.point(checkpoint, models.n_examples(checkpoint)), digits_links.view(checkpoint)
    settled = digits(checkpoint, view, written, ask_for_style(checkpoint))
    if settled:
        links.show(settled[0], digits_links.parameters(settled[1]))
