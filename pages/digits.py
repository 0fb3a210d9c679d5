"""Digits: one handwriting for every class of a conditional model."""

from components import links, models, page
from components.digits import digits, offer_conditional
from components.own_picture import own_picture

page.header("Digits", "Drag the style: every class follows in the same handwriting. Click one to see it large.")
checkpoint = models.current()
if not checkpoint.train_config.conditional:
    offer_conditional(checkpoint)
else:
    view, written = links.view(checkpoint, models.n_examples(checkpoint)), links.written_view(checkpoint)
    own = own_picture(
        checkpoint, "Use your own handwriting", "A picture of one character, drawn or photographed", "digits"
    )
    settled = digits(checkpoint, view, written, own)
    if settled:
        links.show(settled[0], written_view=settled[1])
