"""Classes: one latent vector in every class of a conditional model: a style, or what a sentence says."""

from components.digits import digits as classes
from components.digits import links as digits_links
from components.digits.measures import measures
from components.shared.app import links, models, page

checkpoint = models.current()
page.header(classes.TITLE, classes.sentence(checkpoint), "digits/help.md")
if not checkpoint.train_config.conditional:
    classes.offer_conditional(checkpoint)
else:
    view, written = links.point(checkpoint, models.n_examples(checkpoint)), digits_links.view(checkpoint)
    settled = classes.digits(checkpoint, view, written, classes.ask_for_style(checkpoint))
    measures(checkpoint)
    if settled:
        links.show(settled[0], digits_links.parameters(settled[1]))
